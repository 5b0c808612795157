package migrate

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/boot"
)

const rootsOwn = "TOKEN=roots-own\n"

// rootLink makes a name on the volume a hard link to a file that only root may read, as the app's user can where
// fs.protected_hardlinks is 0.
func (g *rig) rootLink(name string) {
	g.t.Helper()
	secret := filepath.Join(g.top, "secret")
	if _, err := os.Lstat(secret); err != nil {
		g.write(secret, rootsOwn, 0o600)
	}
	if err := os.Remove(g.at(name)); err != nil && !os.IsNotExist(err) {
		g.t.Fatal(err)
	}
	g.check(os.Link(secret, g.at(name)))
}

// copies gives the files of the volume, beside the planted one, that hold what only root may read.
func (g *rig) copies(planted string) []string {
	g.t.Helper()
	var all []string
	g.check(filepath.WalkDir(g.vol, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(p)
		if rel, _ := filepath.Rel(g.vol, p); strings.Contains(string(data), strings.TrimSpace(rootsOwn)) && rel != planted {
			all = append(all, rel)
		}
		return err
	}))
	return all
}

// Berth reads as root and backs up as the app: nothing that only root may read becomes the app's by that.
func TestNoBackupIsMadeOfWhatOnlyRootMayRead(t *testing.T) {
	needRoot(t, "files of root's own")
	const bait, forged = ".env.bak-20200101T000000Z", `{"format":1,"files":{".env":".env.bak-20200101T000000Z"}}`
	for _, c := range []struct {
		about, planted, says string
		lay                  func(g *rig)
	}{
		{"a file that is backed up with the config", ".env", "could not migrate .env: permission denied", func(g *rig) { g.put("config.yaml", "version: 3\nold:\n  key: v\n", 0o640) }},
		{"a file that is migrated", ".env", "could not migrate .env: permission denied", func(g *rig) { g.put("config.yaml", oldConfig, 0o640) }},
		{"the config itself", "config.yaml", "", func(g *rig) { g.put("config.yaml", oldConfig, 0o640) }},
		{"a forged note", ".env", "could not migrate .env: permission denied", func(g *rig) {
			g.put("config.yaml", newConfig, 0o640).put("backups/config/"+bait, "bait\n", 0o600).put(noteName, forged, 0o600)
		}},
		{"a forged backup", "backups/config/" + bait, "could not migrate .env: permission denied", func(g *rig) {
			g.put("config.yaml", newConfig, 0o640).put(".env", "A=1\n", 0o600).put("backups/config/"+bait, "", 0o600).put(noteName, forged, 0o600)
		}},
	} {
		t.Run(c.about, func(t *testing.T) {
			g := newRig(t)
			c.lay(g)
			g.rootLink(c.planted)
			r := g.boot()
			if got := g.copies(c.planted); len(got) > 0 {
				t.Errorf("%q hold what only root may read", got)
			}
			says(t, notes(r), c.says)
			if len(r.Steps()) > 0 {
				t.Errorf("steps %q", steps(r))
			}
		})
	}
}

// What the app may read and not write is backed up as ever.
func TestAFileThatTheAppMayOnlyReadIsBackedUp(t *testing.T) {
	needRoot(t, "a file of root's")
	g := newRig(t).put("config.yaml", "version: 3\nold:\n  key: v\n", 0o640).put("logs/x", "", 0o644)
	g.spec.Volume.Own.Files = []string{"config.yaml"}
	g.write(g.at(".env"), "A=1\n", 0o644)
	g.lawful()
	g.wants("backups/config/.env.bak-20260701T120000Z", "A=1\n", 0o644)
}

func TestNoStepHearsWhatOnlyRootMayRead(t *testing.T) {
	needRoot(t, "files of root's own")
	g := newRig(t).put("profiles/a/config.yaml", "A=1\n", 0o600).put("profiles/b/config.yaml", "", 0o600)
	g.rootLink("profiles/b/config.yaml")
	w := g.world()
	defer func() { g.check(w.Close()) }()
	got := dirs(boot.NewBoot(w, nil), "profiles", []string{"config.yaml"})
	if len(got) != 1 || got[0].Name != "a" || string(got[0].Text) != "A=1\n" {
		t.Errorf("got %q", got)
	}
}
