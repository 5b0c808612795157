package daemon

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/migrate"
	"github.com/berth-init/berth/internal/spec"
	"github.com/berth-init/berth/internal/volume"
)

// cold is a volume on which a boot seeds, generates and migrates.
type cold struct {
	t    *testing.T
	top  string
	spec spec.Spec
}

func newCold(t *testing.T, old bool) *cold {
	t.Helper()
	g := &cold{t: t, top: open(t)}
	write := func(name, text string) {
		_, err := fsx.MakeAll(filepath.Dir(filepath.Join(g.top, name)), 0o755)
		ok(t, err, os.WriteFile(filepath.Join(g.top, name), []byte(text), 0o600), os.Chmod(filepath.Join(g.top, name), 0o644))
	}
	write("opt/config.example", "# seeded\na: 1\n")
	write("steps.yaml", "version: 1\nlatest: 2\nenv-file: .env\nsteps: [{to: 2, edits: [{default: b, value: c}, {blank: [TOKEN]}, {mkdir: [logs/new]}]}]\n")
	if old {
		write("vol/config.yaml", "a: 2 # mine\n")
		write("vol/.env", "TOKEN=s3cret\nKEY=\n")
	}
	id, private := app(), spec.Mode{Perm: 0o600, Set: true}
	g.spec = spec.Spec{
		User: spec.User{UID: spec.ID(id.UID), GID: spec.ID(id.GID)}, Install: spec.Install{Path: "/opt"},
		Volume: spec.Volume{
			Path: spec.Text(filepath.Join(g.top, "vol")), Dirs: []string{"logs", "backups"}, Modes: map[string]spec.Mode{".env": private, "config.yaml": private},
			Own: spec.Own{Files: []string{"config.yaml", ".env"}, Trees: []string{"logs", "backups"}},
		},
		Seed:     []spec.Seed{{Path: "config.yaml", From: "config.example"}, {Path: ".env", Content: new("KEY=\n")}},
		Generate: []spec.Generate{{Path: ".env", Key: "KEY"}},
		Migrate:  &spec.Migrate{File: "config.yaml", VersionKey: "version", Backup: []string{"config.yaml", ".env"}, Steps: filepath.Join(g.top, "steps.yaml")},
	}
	return g
}

// boot boots, or plans.
func (g *cold) boot(run func(*boot.World) *boot.Run) *boot.Run {
	g.t.Helper()
	root, err := fsx.Open(g.top)
	ok(g.t, err)
	w := &boot.World{Spec: &g.spec, EUID: uint32(os.Geteuid()), EGID: uint32(os.Getegid()), Identity: app(), Root: root}
	w.OnClose(root.Close)
	defer func() { ok(g.t, w.Close()) }()
	r := run(w)
	all := slices.Concat([]boot.Phase{volume.Directory(), actor(), volume.Take()}, volume.Heal(), volume.Fill(), []boot.Phase{migrate.Migration{}.Phase()})
	ok(g.t, r.Phases(context.Background(), all...))
	return r
}

func (g *cold) must() *boot.Run {
	return g.boot(func(w *boot.World) *boot.Run { return boot.NewBoot(w, nil) })
}

func (g *cold) plan() *boot.Run {
	defer fsx.Freeze()()
	return g.boot(boot.NewPlan)
}

// dies boots and dies before the k-th change of the disk.
func (g *cold) dies(k int) (died bool) {
	n := 0
	defer fsx.OnChange(func(string, string) {
		if n++; n == k {
			panic(k)
		}
	})()
	defer func() {
		if p := recover(); p != nil && p != k {
			panic(p)
		} else if died = p != nil; died {
			g.closeAll()
		}
	}()
	g.must()
	return false
}

// closeAll closes what a boot that died left open, and lets its locks go.
func (g *cold) closeAll() {
	fds, err := os.ReadDir("/proc/self/fd")
	ok(g.t, err)
	for _, it := range fds {
		fd, err := strconv.Atoi(it.Name())
		ok(g.t, err)
		if to, err := os.Readlink("/proc/self/fd/" + it.Name()); err == nil && strings.HasPrefix(to, g.top+"/vol") {
			ok(g.t, unix.Close(fd))
		}
	}
}

// result is the volume, without what is random or the time's.
func (g *cold) result() map[string]string {
	all := map[string]string{}
	top := filepath.Join(g.top, "vol")
	ok(g.t, filepath.WalkDir(top, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() == boot.LedgerDir {
			return fs.SkipDir
		}
		info, err := d.Info()
		ok(g.t, err)
		text := info.Mode().String()
		if d.Type().IsRegular() {
			data, err := os.ReadFile(p)
			ok(g.t, err)
			text += regexp.MustCompile(`[0-9a-f]{64}`).ReplaceAllString(string(data), "<key>")
		}
		name, _ := filepath.Rel(top, p)
		all[regexp.MustCompile(`bak-\w+`).ReplaceAllString(name, "bak")] += text
		return nil
	}))
	return all
}

// A boot that is killed anywhere, then booted, ends where an undisturbed one does: what it seeded before it died isn't taken for
// somebody's work, and what was somebody's work has its backup.
func TestAColdBootThatMigratesKilledAnywhere(t *testing.T) {
	for about, old := range map[string]bool{"a fresh volume": false, "an old volume": true} {
		t.Run(about, func(t *testing.T) {
			undisturbed := newCold(t, old)
			plan := undisturbed.plan()
			if d := cmp.Diff(plan.Steps(), undisturbed.must().Steps()); d != "" {
				t.Errorf("plan and boot: %s", d)
			}
			want := undisturbed.result()
			if _, backedUp := want["backups/config/config.yaml.bak"]; backedUp != old || !strings.HasSuffix(want["config.yaml"], "b: c\nversion: 2\n") {
				t.Errorf("it leaves %q", want)
			}
			k := 1
			for ; ; k++ {
				g := newCold(t, old)
				if !g.dies(k) {
					break
				}
				g.must()
				if d := cmp.Diff(want, g.result()); d != "" {
					t.Errorf("killed before change %d, then booted: %s", k, d)
				}
				if left := g.plan().Steps(); len(left) > 0 {
					t.Errorf("killed before change %d, then booted, this is left: %v", k, left)
				}
			}
			if k < 30 {
				t.Errorf("only %d changes were seen", k)
			}
		})
	}
}
