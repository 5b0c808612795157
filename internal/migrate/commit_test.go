package migrate

import (
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
)

// The wait for the disk comes behind the rename: where it fails the new file has its name, and is taken back like the others.
func TestAWriteThatFailsBehindItsRenameIsTakenBack(t *testing.T) {
	for _, name := range []string{"config.yaml", ".env"} {
		g := old(t)
		g.wrote = func(wrote string) error {
			if wrote == name {
				return unix.EIO
			}
			return nil
		}
		r := g.boot()
		g.wants("config.yaml", oldConfig, 0o640)
		g.wants(".env", oldEnv, 0o600)
		says(t, notes(r), "ERROR Migration failed; restored "+map[string]string{".env": ".env: ", "config.yaml": "config.yaml, .env: "}[name]+"input/output error")
		g.wrote = nil
		says(t, notes(g.lawful()), "Migrating config schema 1 -> 5")
		g.wants("config.yaml", newConfig, 0o640)
		g.wants(".env", newEnv, 0o600)
	}
}

// A slow disk gives people time to edit a file whose new version is being written.
func TestAnEditWhileTheNewFileIsWrittenWins(t *testing.T) {
	const mine = "version: 1\nmine: edit\n"
	for _, name := range []string{"config.yaml", ".env"} {
		g := old(t)
		writes := 0
		remove := fsx.OnChange(func(op, path string) {
			if op == "write" && strings.HasPrefix(path, g.at(".berth-")) {
				if writes++; writes == map[string]int{".env": 1, "config.yaml": 2}[name] {
					aside(func() string { g.put(name, mine, 0o600); return "" })
				}
			}
		})
		r := g.boot()
		remove()
		says(t, notes(r), "ERROR Migration failed; restored ", name+" was changed meanwhile")
		if g.holds(name) != mine || name == "config.yaml" && g.holds(".env") != oldEnv || name == ".env" && g.holds("config.yaml") != oldConfig {
			t.Errorf("config.yaml holds %q, .env %q", g.holds("config.yaml"), g.holds(".env"))
		}
	}
}

// Who edits the file behind its rename finds the old one there, and the edit among the backups.
func TestAnEditOfTheNewFileIsKept(t *testing.T) {
	const mine = newConfig + "mine: edit\n"
	g := old(t)
	g.wrote = func(name string) error {
		if name == "config.yaml" {
			g.put(name, mine, 0o600)
		}
		return nil
	}
	says(t, notes(g.boot()), "restored config.yaml, .env: config.yaml doesn't hold what was written")
	g.wants("config.yaml", oldConfig, 0o640)
	if got := g.shelfOf("config.yaml"); !slices.Equal(got, []string{oldConfig, mine}) {
		t.Errorf("the backups are %q", got)
	}
}

// What can't be kept as well stays where it is.
func TestAnEditThatCannotBeKeptStays(t *testing.T) {
	const mine = newConfig + "mine: edit\n"
	g := old(t)
	g.wrote = func(name string) error {
		if name == "config.yaml" {
			g.put(name, mine, 0o600)
			g.check(os.Rename(g.at("backups"), g.at("elsewhere")))
		}
		return nil
	}
	says(t, notes(g.boot()), "restored .env; could NOT restore config.yaml: ")
	g.wants("config.yaml", mine, 0o600)
}
