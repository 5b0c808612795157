package rootfs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// accounts draws lines of account files: entries good and bad, of names that matter.
func accounts(fields int) *rapid.Generator[string] {
	name := rapid.SampledFrom([]string{"root", "hermes", "www", "hostdocker", "\vroot", "docker", "", "#x", "+"})
	id := rapid.SampledFrom([]string{"0", "33", "998", "4242", "10000", "x", "", "4294967295"})
	return rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		for range rapid.IntRange(0, 6).Draw(t, "lines") {
			f := []string{name.Draw(t, "name"), "x", id.Draw(t, "id")}
			for len(f) < fields {
				f = append(f, rapid.SampledFrom([]string{"", "998", "hermes", "a,b"}).Draw(t, "field"))
			}
			b.WriteString(strings.Join(f[:rapid.IntRange(1, fields).Draw(t, "fields")], ":"))
			b.WriteString(rapid.SampledFrom([]string{"\n", "\r\n", "\n\n"}).Draw(t, "end"))
		}
		return strings.TrimSuffix(b.String(), rapid.SampledFrom([]string{"", "\n"}).Draw(t, "last"))
	})
}

// On any account files: the boot makes the very steps of the plan, a plan after it is empty, a second boot changes
// nothing, and other people's lines are there still.
func TestAccountsLaw(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		passwd, group := accounts(7).Draw(rt, "passwd"), accounts(4).Draw(rt, "group")
		put(t, w, "etc/passwd", passwd, 0o644)
		put(t, w, "etc/group", group, 0o644)
		w.Environ = []string{
			"PUID=" + rapid.SampledFrom([]string{"", "33", "4242", "10000", "0"}).Draw(rt, "uid"),
			"PGID=" + rapid.SampledFrom([]string{"", "33", "998", "10000"}).Draw(rt, "gid"),
		}
		if os.Geteuid() == 0 {
			w.Spec.User.JoinGroupsOf = hermesGroups
			for _, name := range []string{"run/docker.sock", "dev/dri/card0", "dev/dri/card1"} {
				if rapid.Bool().Draw(rt, name) {
					socket(t, w, name, rapid.SampledFrom([]int{0, 33, 998, 4242, 10000}).Draw(rt, "gid of "+name))
				}
			}
		}
		r := boot.NewPlan(w)
		if err := r.Phases(t.Context(), Identity(), Groups()); err != nil {
			if boot.HintFor(err) == "" || read(t, w, "etc/passwd") != passwd {
				rt.Fatalf("refused %q: %v", passwd, err)
			}
			return
		}
		if read(t, w, "etc/passwd") != passwd || read(t, w, "etc/group") != group {
			rt.Fatal("a plan changed something")
		}
		b := boot.NewBoot(w, nil)
		if err := b.Phases(t.Context(), Identity(), Groups()); err != nil {
			rt.Fatal(err)
		}
		if stepWords(r) != stepWords(b) {
			rt.Fatalf("planned:\n%s\nmade:\n%s", stepWords(r), stepWords(b))
		}
		left := boot.NewPlan(w)
		if err := left.Phases(t.Context(), Identity(), Groups()); err != nil || len(left.Steps()) > 0 {
			rt.Fatalf("left: %v\n%s", err, stepWords(left))
		}
		if id := w.Identity; id.UID == 0 || id.GID == 0 || id.UID == 65535 {
			rt.Fatalf("%+v", id)
		}
		for name, before := range map[string]string{"etc/passwd": passwd, "etc/group": group} {
			after := read(t, w, name)
			for line := range strings.SplitAfterSeq(before, "\n") {
				known := strings.HasPrefix(line, "hermes:") || name == "etc/group" && strings.Count(line, ":") == 3
				if !known && !strings.Contains(after, line) {
					rt.Fatalf("%s: %q is gone from %q", name, line, after)
				}
			}
		}
	})
}

// On any tree: plan, apply, plan is empty, whatever is refused; nothing outside changes; no file of root's with
// another name is given away.
func TestInstallLaw(t *testing.T) {
	needRoot(t)
	rapid.Check(t, func(rt *rapid.T) {
		w := newInstall(t)
		id := rapid.SampledFrom([]int{0, 33, built, moved})
		dirs := []string{"opt/hermes/.venv", "opt/hermes/ui-tui", "srv"}
		mkdir(t, w, "srv")
		for i := range rapid.IntRange(0, 12).Draw(rt, "entries") {
			at := rapid.SampledFrom(dirs).Draw(rt, "at") + fmt.Sprintf("/e%d", i)
			switch rapid.SampledFrom([]string{"file", "dir", "symlink", "hard"}).Draw(rt, "kind") {
			case "dir":
				mkdir(t, w, at)
				dirs = append(dirs, at)
			case "symlink":
				if err := os.Symlink(rapid.SampledFrom([]string{"/srv", "..", "x"}).Draw(rt, "to"), in(w, at)); err != nil {
					rt.Fatal(err)
				}
			case "hard":
				put(t, w, "srv/of-"+filepath.Base(at), "", 0o644)
				give(t, w, "srv/of-"+filepath.Base(at), id.Draw(rt, "owner"))
				if err := os.Link(in(w, "srv/of-"+filepath.Base(at)), in(w, at)); err != nil {
					rt.Fatal(err)
				}
				continue
			default:
				put(t, w, at, "", 0o644)
			}
			give(t, w, at, id.Draw(rt, "owner"))
		}
		give(t, w, "opt/hermes/.venv/lib", id.Draw(rt, "lib"))
		if err := os.Lchown(in(w, "opt/hermes/.venv"), rapid.SampledFrom([]int{0, built, moved}).Draw(rt, "top"), 0); err != nil {
			rt.Fatal(err)
		}
		outside := owners(t, w, "srv")
		planned := boot.NewPlan(w)
		if err := planned.Phases(t.Context(), Install()); err != nil {
			rt.Fatal(err)
		}
		made := boot.NewBoot(w, nil)
		if err := made.Phases(t.Context(), Install()); err != nil {
			rt.Fatal(err)
		}
		if stepWords(planned) != stepWords(made) {
			rt.Fatalf("planned:\n%s\nmade:\n%s", stepWords(planned), stepWords(made))
		}
		left := boot.NewPlan(w)
		if err := left.Phases(t.Context(), Install()); err != nil || len(left.Steps()) > 0 {
			rt.Fatalf("left: %v\n%s", err, stepWords(left))
		}
		for path, who := range owners(t, w, "srv") {
			hard := strings.Contains(path, "of-")
			if was := outside[path]; was != who && (!hard || was == "0:0" || was == "33:33") {
				rt.Fatalf("%s was %s and is %s", path, was, who)
			}
		}
		info, err := fsxInfo(w, "opt/hermes/.venv")
		if err != nil || info.UID != moved {
			rt.Fatalf("%+v, %v", info, err)
		}
	})
}

func fsxInfo(w *boot.World, name string) (fsx.Info, error) {
	e, err := w.Root.Look(name)
	if err != nil {
		return fsx.Info{}, err
	}
	defer func() { _ = e.Close() }()
	return e.Info(), nil
}
