package daemon

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

func crashScenes() []crashScene {
	filled := func(g *crashRig) {
		key := ""
		g.spec.Volume.Dirs = []string{"logs/web", "home"}
		g.spec.Volume.Own = spec.Own{Trees: []string{"logs", "skills"}, Files: []string{".env", "config.yaml"}}
		g.spec.Volume.Modes = map[string]spec.Mode{".env": {Perm: 0o600, Set: true}}
		g.spec.Seed = []spec.Seed{
			{Path: ".env", From: ".env.example", Mode: spec.Mode{Perm: 0o600, Set: true}},
			{Path: "config.yaml", From: "config.example", Mode: spec.Mode{Perm: 0o640, Set: true}},
			{Path: "notes/SOUL.md", Content: &key},
		}
		g.spec.Generate = []spec.Generate{{Path: ".env", Key: "API_KEY", Bytes: 32}}
		g.put("root/opt/app/.env.example", "# settings\nAPI_KEY=\nOTHER=1\n", 0o644)
		g.put("root/opt/app/config.example", "a: 1\n", 0o644)
	}
	return []crashScene{
		{"a cold boot with seeds", 40, filled},
		{"a session that is over, and routes of another place", 30, func(g *crashRig) {
			filled(g)
			g.spec.Volume.Own = spec.Own{Trees: []string{"profiles"}, Files: []string{".env", "config.yaml", "auth.json"}}
			g.spec.Volume.Modes["auth.json"] = spec.Mode{Perm: 0o600, Set: true}
			g.spec.Profiles = &spec.Profiles{Root: "default", Dir: "profiles", Marker: "SOUL.md", Name: "[a-z]+"}
			g.spec.Mirror = []spec.Mirror{{Path: ".env", Profiles: true, Keys: []string{"PORTAL"}}}
			g.spec.Reseed = []spec.Reseed{{Path: "auth.json", Entry: "main", FromEnv: "AGAIN", Tokens: []string{"token"}, Terminal: "over"}}
			g.put("vol/auth.json", `{"main":{"over":true},"other":{}}`, 0o600)
			g.put("vol/profiles/a/SOUL.md", "x", 0o644)
			g.put("vol/profiles/b/SOUL.md", "x", 0o644)
			g.put("vol/profiles/b/.env", "PORTAL=stale\nA=1\nPORTAL=staler", 0o600)
			g.environ = []string{`AGAIN={"token":"new"}`, "PORTAL=https://a.example/v1"}
		}},
		{"a remap, and an older image's volume that root restored", 20, func(g *crashRig) {
			filled(g)
			stale := "docker"
			g.spec.Volume.Remove = []spec.Remove{{Path: "stamp", WhenContent: &stale}}
			for _, name := range []string{"skills/a/b", "skills/a/c", "logs/app.log", "photos/x"} {
				g.put("vol/"+name, "x", 0o644)
			}
			g.put("vol/.env", "A=1\r\nAPI_KEY=\r\nB=2", 0o666)
			g.put("vol/stamp", "docker\n", 0o644)
			g.put("vol/.berth-0123456789abcdef", "half", 0o600)
			if os.Geteuid() == 0 {
				g.environ = []string{"PUID=4242", "PGID=4343"}
				g.spec.Install.Own = []string{"venv"}
				for _, name := range []string{"venv/bin/x", "venv/lib/y", "venv/lib/z"} {
					g.put("root/opt/app/"+name, "x", 0o755)
				}
				for _, name := range []string{"venv", "venv/bin", "venv/bin/x", "venv/lib", "venv/lib/y", "venv/lib/z"} {
					ok(g.t, os.Lchown(g.at("root/opt/app/"+name), 10000, 10000))
				}
			}
		}},
		{"a new image over an older one's volume: a migration, seeds, a kept tree that the user has edited, healing", 60, func(g *crashRig) {
			filled(g)
			g.newerImage()
		}},
	}
}

// newerImage lays the volume of an older image, a user's edits in it, and root's hand over all, below an image that brings more.
func (g *crashRig) newerImage() {
	g.t.Helper()
	whole := g.spec
	whole.Volume.Dirs = append(whole.Volume.Dirs, "backups")
	whole.Volume.Own.Trees = append(whole.Volume.Own.Trees, "backups")
	whole.Keep = []spec.Keep{{Path: "skills", From: "skills", Marker: "SKILL.md", Beside: []string{"ABOUT.md"}, Manifest: ".manifest"}}
	whole.Migrate = &spec.Migrate{
		File: "config.yaml", VersionKey: "version", Backup: []string{"config.yaml", ".env"}, BackupDir: "backups/config", BackupKeep: 3, Steps: g.at("root/opt/app/steps.yaml"),
	}
	g.put("root/opt/app/steps.yaml", `version: 1
latest: 3
env-file: .env
steps:
  - {to: 2, edits: [{default: display.mode, value: all}]}
  - {to: 3, edits: [{blank: [TOKEN]}, {move: old.key, to: new.key}]}
`, 0o644)

	g.spec.Seed, g.spec.Generate, g.spec.Keep = nil, nil, whole.Keep
	g.put("root/opt/app/skills/core/SKILL.md", "core 1", 0o644)
	g.put("root/opt/app/skills/web/fetch/SKILL.md", "fetch 1", 0o644)
	g.put("root/opt/app/skills/web/fetch/lib/run.sh", "#!1", 0o755)
	g.put("root/opt/app/skills/web/search/SKILL.md", "search 1", 0o644)
	g.boot(nil)
	ok(g.t, os.RemoveAll(g.at("vol/"+boot.LedgerDir)), os.RemoveAll(g.at("vol/skills/web/search")))
	g.spec = whole

	g.put("root/opt/app/skills/web/fetch/SKILL.md", "fetch 2", 0o644)
	g.put("root/opt/app/skills/web/fetch/lib/run.sh", "#!2", 0o755)
	g.put("root/opt/app/skills/web/search/SKILL.md", "search 2", 0o644)
	g.put("root/opt/app/skills/core/SKILL.md", "core 2", 0o644)
	g.put("root/opt/app/skills/new/SKILL.md", "new", 0o644)
	g.put("root/opt/app/skills/new/ABOUT.md", "about", 0o644)
	g.put("vol/skills/core/SKILL.md", "mine", 0o644)
	g.put("vol/config.yaml", "# mine\nversion: 1 # raw\nold:\n    key: 'a'\n", 0o640)
	g.put("vol/.env", "TOKEN=abc\nAPI_KEY=\n", 0o600)
	g.put("vol/logs/app.log", "x", 0o644)
	if os.Geteuid() == 0 {
		ok(g.t, filepath.WalkDir(g.at("vol/skills"), func(p string, _ fs.DirEntry, err error) error { return errors.Join(err, os.Lchown(p, 0, 0)) }))
	}
}

// A kill, an OOM kill, a power cut that loses nothing: before each change that a whole boot makes it dies once. Whoever reads
// then finds no file half written: each has a content that a phase of an undisturbed boot has left. The next boot ends where the
// undisturbed one does, and has nothing left to do.
func TestABootIsKilledAnywhere(t *testing.T) {
	for _, s := range crashScenes() {
		t.Run(s.about, func(t *testing.T) {
			undisturbed := s.rig(t)
			whole := map[string]map[string]bool{} // contents by file
			note := func() {
				for name, what := range undisturbed.tree() {
					if whole[name] == nil {
						whole[name] = map[string]bool{}
					}
					whole[name][content(what)] = true
				}
			}
			note()
			undisturbed.boot(note)
			want := undisturbed.tree()
			stride := 1
			switch {
			case detector: // which makes it five times as slow: what it is there for, it sees in a part of them as well
				stride = 5
			case os.Geteuid() != 0: // root's changes are these and more, and hack/test has root die before each
				stride = 2
			}
			k := 1
			for ; ; k += stride {
				g := s.rig(t)
				read := func(when string) {
					for name, what := range g.tree() {
						if !fsx.IsTemp(name[strings.LastIndexByte(name, '/')+1:]) && content(what) != "" && !whole[name][content(what)] {
							t.Errorf("before change %d, %s, %s holds %s", k, when, name, what)
						}
					}
				}
				if !g.bootKilledAt(k, read) {
					break
				}
				g.boot(nil)
				if diff := cmp.Diff(want, g.tree()); diff != "" {
					t.Errorf("killed before change %d, then booted: %s", k, diff)
				}
				if left := g.plan(); len(left.Steps()) > 0 {
					t.Errorf("killed before change %d, then booted, this is left: %+v", k, left.Steps())
				}
			}
			if k <= s.changes {
				t.Errorf("only %d changes were seen", k-1)
			}
			t.Logf("killed before each change, or one of %d, of %d", stride, k-1)
		})
	}
}

// content is what a file holds, of its line in a tree; empty for what is no file, or one of berth's own.
func content(what string) string {
	_, data, _ := strings.Cut(what, " \"")
	return data
}

// The law of the house, for a whole boot in an image: a plan changes nothing, a boot makes its very steps and writes them into the
// ledger, and then nothing is left to do.
func TestAWholeBootDoesWhatItsPlanSays(t *testing.T) {
	for _, s := range crashScenes() {
		t.Run(s.about, func(t *testing.T) {
			g := s.rig(t)
			before := g.tree()
			planned := g.plan()
			if diff := cmp.Diff(before, g.tree()); diff != "" {
				t.Errorf("the plan changed %s", diff)
			}
			made := g.boot(nil)
			if diff := cmp.Diff(planned.Steps(), made.Steps()); diff != "" || len(made.Steps()) < 8 {
				t.Errorf("planned and made: %s", diff)
			}
			w, all := g.world()
			defer func() { ok(t, w.Close()) }()
			ok(t, boot.NewPlan(w).Phases(t.Context(), all...))
			kept, err := boot.Recall(w)
			ok(t, err)
			if len(kept) != 1 {
				t.Fatalf("the ledger holds %+v", kept)
			}
			if diff := cmp.Diff(made.Steps(), kept[0].Steps); diff != "" {
				t.Errorf("made and remembered: %s", diff)
			}
			if left := g.plan(); len(left.Steps()) > 0 {
				t.Errorf("left to do: %+v", left.Steps())
			}
		})
	}
}
