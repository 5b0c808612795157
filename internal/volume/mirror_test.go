package volume

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

const withPassword = "https://me:s3cret@a.example/v1"

// mirroringRig gives a rig with two profiles and a directory that is none.
func mirroringRig(t *testing.T, env ...string) *rig {
	t.Helper()
	g := newRig(t)
	g.spec.Profiles = &spec.Profiles{Root: "default", Dir: "profiles", Marker: "marker", Name: "[a-z]+"}
	g.spec.Mirror = []spec.Mirror{{Path: ".env", Profiles: true, Keys: []string{"PORTAL", "API"}, Mode: spec.Mode{Perm: 0o600, Set: true}}}
	g.env = env
	for _, name := range []string{"profiles/a/marker", "profiles/b/marker", "profiles/none/x", "profiles/BIG/marker", "profiles/default/marker", "profiles/.tmp/marker"} {
		g.put(name, "", 0o644)
	}
	g.chown(g.at("profiles"), g.uid, g.gid)
	return g
}

// files gives what each file of lines holds.
func (g *rig) files() string {
	var all []string
	for _, dir := range []string{"", "profiles/a/", "profiles/b/", "profiles/none/", "profiles/BIG/", "profiles/default/", "profiles/.tmp/"} {
		if st, err := os.Lstat(g.at(dir + ".env")); err != nil || !st.Mode().IsRegular() {
			continue
		}
		if text := g.fileOf(dir + ".env"); text != "-" {
			all = append(all, dir+".env "+text)
		}
	}
	return strings.Join(all, "|")
}

// record gives what is remembered.
func (g *rig) record() string {
	g.t.Helper()
	data, err := os.ReadFile(g.at(mirrorFile))
	g.check(err)
	return string(data)
}

// Set, changed, unset, set anew: in the volume's own file and in each profile's; what else is there stays, and a boot with
// nothing to do touches nothing.
func TestVariablesAreMirrored(t *testing.T) {
	setUmask(t, 0)
	g := mirroringRig(t)
	boots := func(says string, env ...string) {
		t.Helper()
		g.env = env
		r := g.lawful(Mirror())
		if got := notes(r); got != says {
			t.Fatalf("it says %q, want %q", got, says)
		}
		if got := strings.Join(steps(r), "\n") + notes(r); strings.Contains(got, "s3cret") || strings.Contains(got, "example") {
			t.Fatalf("a value is shown: %s", got)
		}
		inode := g.files()
		before := map[string]unix.Stat_t{}
		for _, name := range []string{".env", "profiles/a/.env", "profiles/b/.env"} {
			if g.fileOf(name) != "-" {
				before[name] = g.untouched(name)
			}
		}
		second := g.must(Mirror())
		g.silent(second)
		g.idle(second)
		for name, was := range before {
			if g.untouched(name) != was {
				t.Fatalf("a second boot touched %s", name)
			}
		}
		if g.files() != inode {
			t.Fatal("a second boot changed something")
		}
	}
	holds := func(want string) {
		t.Helper()
		if got := g.files(); got != want {
			t.Fatalf("they hold\n%q\nwant\n%q", got, want)
		}
	}
	// Without a variable nothing is made.
	boots("")
	boots("", "PORTAL=", "API= \t")
	holds("")
	if _, err := os.Lstat(g.at(mirrorFile)); err == nil {
		t.Error("something is remembered already")
	}
	g.put("profiles/b/.env", "# mine\nAPI=stale\nAPI=staler\nTOKEN=x\n", 0o640)
	boots("changed: Set PORTAL, API in .env, profiles/a/.env, profiles/b/.env\n", "PORTAL="+withPassword, "API=1 & 2")
	holds(".env PORTAL=" + withPassword + "\nAPI='1 & 2'\n|profiles/a/.env PORTAL=" + withPassword + "\nAPI='1 & 2'\n|profiles/b/.env # mine\nAPI='1 & 2'\nTOKEN=x\nPORTAL=" + withPassword + "\n")
	g.wants(".env", g.uid, g.gid, 0o600)
	g.wants("profiles/a/.env", g.uid, g.gid, 0o600)
	g.wants("profiles/b/.env", g.uid, g.gid, 0o640) // it was there, and its mode is the user's
	boots("changed: Set API in .env, profiles/a/.env, profiles/b/.env\n", "PORTAL="+withPassword, "API=2")
	holds(".env PORTAL=" + withPassword + "\nAPI=2\n|profiles/a/.env PORTAL=" + withPassword + "\nAPI=2\n|profiles/b/.env # mine\nAPI=2\nTOKEN=x\nPORTAL=" + withPassword + "\n")
	// The user writes a line of its own in one file: unset, that one stays.
	g.put("profiles/a/.env", "PORTAL="+withPassword+"\nAPI=mine\n", 0o600)
	boots("changed: Removed API from .env, profiles/b/.env: the environment doesn't set it any more\n", "PORTAL="+withPassword, "API=")
	holds(".env PORTAL=" + withPassword + "\n|profiles/a/.env PORTAL=" + withPassword + "\nAPI=mine\n|profiles/b/.env # mine\nTOKEN=x\nPORTAL=" + withPassword + "\n")
	boots("changed: Removed PORTAL from .env, profiles/a/.env, profiles/b/.env: the environment doesn't set it any more\n")
	holds(".env |profiles/a/.env API=mine\n|profiles/b/.env # mine\nTOKEN=x\n")
	if got := g.record(); got != `{"format":1,"files":{}}`+"\n" {
		t.Errorf("remembered is %s", got)
	}
	// A line that says the same already is the user's, and stays.
	boots("changed: Set API in .env, profiles/b/.env\n", "API=mine")
	boots("changed: Removed API from .env, profiles/b/.env: the environment doesn't set it any more\n")
	holds(".env |profiles/a/.env API=mine\n|profiles/b/.env # mine\nTOKEN=x\n")
}

// A volume that was copied elsewhere knows its lines by what they say.
func TestMirroredLinesOfACopy(t *testing.T) {
	g := mirroringRig(t, "API=x")
	g.must(Mirror())
	h := mirroringRig(t)
	for _, name := range []string{".env", "profiles/a/.env", mirrorFile} {
		h.put(name, g.read(name), 0o600)
	}
	h.says(h.lawful(Mirror()), "Removed API")
	if got := h.files(); got != ".env |profiles/a/.env " {
		t.Errorf("they hold %q", got)
	}
}

// The app's user may write into the record what it likes: the worst that comes of it is that a line of the app's own file goes.
func TestTheMirrorsRecordMayLie(t *testing.T) {
	lie := func(files mirrored) string {
		data, err := json.Marshal(map[string]any{"format": 1, "files": files})
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	sum := lineSum([]byte("API=mine"))
	for about, record := range map[string]string{
		"other names":     lie(mirrored{"../outside": {"API": {sum}}, "/etc/passwd": {"root": {sum}}, "profiles/../../x": {"API": {sum}}, "profiles/none/.env": {"API": {sum}}, "": {"": {""}}}),
		"other variables": lie(mirrored{".env": {"TOKEN": {lineSum([]byte("TOKEN=x"))}, "": {sum}}}),
		"no hashes":       lie(mirrored{".env": {"API": {"", "x"}}}),
		"another format":  strings.Replace(lie(mirrored{".env": {"API": {sum}}}), `"format":1`, `"format":2`, 1),
		"no JSON":         "{",
		"null":            "null",
		"an array":        "[]",
		"other types":     `{"format":1,"files":{".env":[1]}}`,
		"nulls":           `{"format":1,"files":{".env":null,"x":{"API":null}}}`,
		"too large":       strings.Repeat(" ", maxMirrored+1),
	} {
		t.Run(about, func(t *testing.T) {
			g := mirroringRig(t)
			g.put(".env", "API=mine\nTOKEN=x\n", 0o600)
			g.put("profiles/none/.env", "API=mine\n", 0o600)
			g.put(mirrorFile, record, 0o600)
			before, image := snapshot(t, g.vol), snapshot(t, g.root)
			r := g.lawful(Mirror())
			g.idle(r)
			g.silent(r)
			g.spared(g.vol, before)
			g.spared(g.root, image)
		})
	}
	g := mirroringRig(t)
	g.put(".env", "API=mine\nTOKEN=x\n", 0o600)
	g.put(mirrorFile, lie(mirrored{".env": {"API": {sum}}}), 0o600)
	g.lawful(Mirror())
	if got := g.read(".env"); got != "TOKEN=x\n" {
		t.Errorf("it holds %q", got)
	}
}

// The record's own place may be anything. The lines are put all the same, and the boot says that they will stay.
func TestAMirrorThatCannotBeRemembered(t *testing.T) {
	for about, make := range map[string]func(g *rig) error{
		"a link":      func(g *rig) error { return os.Symlink(g.root+"/victim", g.at(mirrorFile)) },
		"a directory": func(g *rig) error { return os.Mkdir(g.at(mirrorFile), 0o755) },
		"a FIFO":      func(g *rig) error { return unix.Mkfifo(g.at(mirrorFile), 0o600) },
	} {
		t.Run(about, func(t *testing.T) {
			g := mirroringRig(t)
			g.write(g.root+"/victim", "x", 0o666)
			g.must(Mirror())
			g.check(make(g))
			g.put(".env", "A=1\n", 0o600)
			g.env = []string{"API=x"}
			image := snapshot(t, g.root)
			r := g.lawful(Mirror())
			if len(r.Notes()) != 2 || r.Notes()[0].Hint == "" || g.read(".env") != "A=1\nAPI=x\n" {
				t.Errorf("it says %q, the file holds %q", notes(r), g.read(".env"))
			}
			g.says(r, "warning: remember the lines in .berth/mirror.json: ", "changed: Set API in .env, profiles/a/.env, profiles/b/.env")
			g.silent(g.must(Mirror()))
			g.spared(g.root, image)
		})
	}
}

// What stands in a file's place: nothing is read or written there, one line says so, the other files get theirs.
func TestAMirrorOfSomethingElse(t *testing.T) {
	for _, c := range []struct {
		about, says string
		make        func(g *rig, name string) error
		root        bool
	}{
		{"a link", "refusal: refusing write through symlinked path %s (hint: ", func(g *rig, name string) error {
			g.write(g.root+"/victim", "A=1\n", 0o666)
			return os.Symlink(g.root+"/victim", g.at(name))
		}, false},
		{"a link to nothing", "refusal: refusing write through symlinked path %s (hint: ", func(g *rig, name string) error { return os.Symlink(g.root+"/none", g.at(name)) }, false},
		{"a FIFO", "warning: write %s: unsafe: it is not a regular file (hint: ", func(g *rig, name string) error { return unix.Mkfifo(g.at(name), 0o600) }, false},
		{"a directory", "warning: write %s: unsafe: it is not a regular file (hint: ", func(g *rig, name string) error { return os.Mkdir(g.at(name), 0o755) }, false},
		{"a hard link", "warning: write %s: unsafe: the file has other names (hard links) (hint: ", func(g *rig, name string) error {
			return os.Link(g.put("elsewhere", "A=1\n", 0o600), g.at(name))
		}, false},
		{"a huge file", "warning: write %s: unsafe: it is larger than allowed (hint: ", func(g *rig, name string) error {
			g.put(name, "A=1\n", 0o600)
			return os.Truncate(g.at(name), maxLines+1)
		}, false},
		{"a shut file", "warning: write %s: permission denied (hint: ", func(g *rig, name string) error { g.put(name, "A=1\n", 0o400); return nil }, false},
		{"root's file", "warning: write %s: permission denied (hint: ", func(g *rig, name string) error { g.write(g.at(name), "A=1\n", 0o644); return nil }, true},
		{"an open quote", "warning: write API to %s: a quote in it is never closed", func(g *rig, name string) error { g.put(name, "A='1\n", 0o600); return nil }, false},
	} {
		for _, name := range []string{".env", "profiles/b/.env"} {
			t.Run(c.about+" "+name, func(t *testing.T) {
				if c.root {
					needRoot(t)
				}
				for _, with := range []func(func()){func(f func()) { f() }, fsx.WithoutOpenat2} {
					with(func() {
						g := mirroringRig(t, "API=x y")
						g.check(c.make(g, name))
						image, before := snapshot(t, g.root), snapshot(t, g.vol)
						r := g.lawful(Mirror())
						if got := notes(r); !strings.Contains(got, fmt.Sprintf(c.says, name)) || len(r.Notes()) != 2 {
							t.Errorf("it says %q", got)
						}
						g.spared(g.root, image)
						for _, other := range changed(before, snapshot(t, g.vol)) {
							if other == name || other == "elsewhere" {
								t.Errorf("%s changed", other)
							}
						}
						if n := strings.Count(g.files(), ".env API='x y'\n"); n != 2 {
							t.Errorf("%d files have the line: %q", n, g.files())
						}
						// It still is berth's that is remembered: unset, the others' lines go.
						g.env = nil
						g.lawful(Mirror())
						if strings.Contains(g.files(), "API=") {
							t.Errorf("unset, they hold %q", g.files())
						}
					})
				}
			})
		}
	}
}

// A link in the place of a profile's directory leads nowhere; another phase tells of it.
func TestProfilesBehindLinks(t *testing.T) {
	g := mirroringRig(t, "API=x")
	g.write(g.root+"/victim/marker", "", 0o644)
	g.check(os.Chmod(g.root+"/victim", 0o777), os.Symlink(g.root+"/victim", g.at("profiles/link")))
	image := snapshot(t, g.root)
	g.lawful(Mirror())
	g.spared(g.root, image)
	g.check(os.Rename(g.at("profiles"), g.at("moved")), os.Symlink(g.root+"/victim", g.at("profiles")))
	g.env = nil
	g.says(g.lawful(Mirror()), "refusal: refusing list through symlinked path profiles (hint: ")
	g.spared(g.root, image)
	// What is remembered of them is kept meanwhile.
	g.check(os.Remove(g.at("profiles")), os.Rename(g.at("moved"), g.at("profiles")))
	g.says(g.lawful(Mirror()), "Removed API from profiles/a/.env, profiles/b/.env: the environment doesn't set it any more")
}

// A value that no line can hold leaves all as it is, and is told once.
func TestAValueThatNoLineCanHold(t *testing.T) {
	g := mirroringRig(t, "API=x", "PORTAL=y")
	g.must(Mirror())
	before := snapshot(t, g.vol)
	g.env = []string{"API=s3cret\nTOKEN=stolen", "PORTAL=y"}
	r := g.lawful(Mirror())
	if got := notes(r); got != "warning: mirror API: its value has a line break or a NUL byte (hint: write it in another way; until then the app has it from its environment alone)\n" {
		t.Errorf("it says %q", got)
	}
	g.spared(g.vol, before)
	g.env = nil
	g.says(g.lawful(Mirror()), "Removed PORTAL, API")
}

// Who can't write there keeps what is there, whole, and is told why.
func TestAMirrorOnAFullDisk(t *testing.T) {
	ownMounts(t, func(t *testing.T) {
		refusals := 0
		for pages := range int64(12) {
			g := newRig(t)
			g.mount(".", "size=1m")
			g.chown(g.vol, g.uid, g.gid)
			g.spec.Mirror = []spec.Mirror{{Path: ".env", Keys: []string{"API"}}}
			long := strings.Repeat("# settings\n", 1000)
			g.put(".env", long+"API=old\n", 0o600)
			g.env = []string{"API=new"}
			free := g.fill(pages)
			r := g.must(Mirror())
			whole(g, fmt.Sprintf("%d pages", pages), map[string][]string{".env": {long + "API=old\n", long + "API=new\n"}})
			if strings.Contains(g.read(".env"), "old") {
				refusals++
				g.says(r, "warning: write .env: ", "no space left on device", "make room on the volume's file system")
			}
			free()
			g.must(Mirror())
			if got := g.read(".env"); got != long+"API=new\n" {
				t.Errorf("%d pages, then room: %q", pages, got[len(long):])
			}
			g.env = nil
			g.must(Mirror())
			if got := g.read(".env"); got != long {
				t.Errorf("%d pages, then room, unset: %q", pages, got[len(long):])
			}
			g.check(unix.Unmount(g.vol, unix.MNT_DETACH))
		}
		if refusals == 0 {
			t.Error("there always was room")
		}
	})
}

// A read-only volume is looked at by nobody: what it holds is what the app gets.
func TestAMirrorOnAReadOnlyVolume(t *testing.T) {
	ownMounts(t, func(t *testing.T) {
		g := mirroringRig(t, "API=x", "AGAIN="+issued)
		g.spec.Reseed = []spec.Reseed{sessions()}
		g.put("auth.json", overOne, 0o600)
		before := snapshot(t, g.vol)
		g.readOnly(g.vol)
		g.idle(g.lawful(Mirror(), Reseed()))
		g.spared(g.vol, before)
	})
}

// Killed anywhere while lines are set, changed and taken away: each file is the old one or the new one, and what berth has put
// there goes with its variable, however often a boot was cut off between.
func TestAMirrorIsKilledAnywhere(t *testing.T) {
	g := mirroringRig(t)
	for k := 1; ; k++ {
		g = mirroringRig(t)
		died := false
		for _, env := range []string{"API=one", "API=two", "API=three"} {
			g.env = []string{env}
			died = g.diesAt(k, func() { g.must(Mirror()) }) || died
			if text := g.fileOf(".env"); text != "-" && strings.Count(text, "API=") != 1 {
				t.Fatalf("killed before change %d: %q", k, text)
			}
		}
		g.env = nil
		g.must(Stale(), Mirror())
		if got := g.files(); strings.Contains(got, "API=") {
			t.Fatalf("killed before change %d each time, then unset: %q", k, got)
		}
		if all := left(t, g.vol); len(all) > 0 {
			t.Fatalf("killed before change %d: left are %q", k, all)
		}
		plan, err := g.plan(Mirror())
		g.check(err)
		g.idle(plan)
		if !died {
			if k < 10 {
				t.Errorf("only %d changes were seen", k)
			}
			return
		}
	}
}

// Reseeded, killed anywhere: the file is the old one or the new one.
func TestAReseedIsKilledAnywhere(t *testing.T) {
	k := 1
	for ; ; k++ {
		g := again(t, overOne, issued)
		g.check(os.Chmod(g.at("auth.json"), 0o600))
		died := g.diesAt(k, func() { g.must(Reseed()) })
		if got := g.read("auth.json"); got != overOne && got != replacing {
			t.Fatalf("killed before change %d: %s", k, got)
		}
		g.must(Stale(), Reseed())
		if got := g.read("auth.json"); got != replacing || len(left(t, g.vol)) > 0 {
			t.Fatalf("killed before change %d, then booted: %s, left %q", k, got, left(t, g.vol))
		}
		if !died {
			break
		}
	}
	if k < 3 {
		t.Errorf("only %d changes were seen", k)
	}
}
