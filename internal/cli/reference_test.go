package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/berth-init/berth/internal/front"
)

const docs = "../../docs/reference"

// generatedNow writes the pages as `make gen` does, and gives their directory.
func generatedNow(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for range 2 { // the second time over what the first one left
		berth(t, "reference", dir).wants(t, 0, "", "")
	}
	return dir
}

func TestTheReferenceIsFresh(t *testing.T) {
	dir := generatedNow(t)
	all, err := os.ReadDir(dir)
	if err != nil || len(all) != 7 {
		t.Fatalf("wrote %v, %v", all, err)
	}
	for _, e := range all {
		if info, err := e.Info(); err != nil || info.Mode() != 0o644 {
			t.Errorf("%s is %v, %v", e.Name(), info, err)
		}
		if d := cmp.Diff(read(t, filepath.Join(docs, e.Name())), read(t, filepath.Join(dir, e.Name()))); d != "" {
			t.Errorf("%s is stale; run make gen (-is +should be):\n%s", e.Name(), d)
		}
	}
	berth(t, "reference", dir+"/none").wants(t, 1, "", "no such file")
}

// Every word that is offered has its section, every flag its line in it; what is hidden has none.
func TestTheReferenceNamesEveryWordAndFlag(t *testing.T) {
	page := read(t, filepath.Join(generatedNow(t), "cli.md"))
	root := new(session).root()
	parts := strings.Split(page, "\n## berth ")
	sections := map[string]string{"": parts[0]}
	for _, part := range parts[1:] {
		name, text, _ := strings.Cut(part, "\n")
		sections[name] = text
	}
	for _, c := range append(root.Commands(), root) {
		name, set := c.Name(), c.Flags()
		if c == root {
			name, set = "", c.PersistentFlags()
		}
		text, there := sections[name]
		delete(sections, name)
		if c.Hidden || c.Name() == "help" {
			if there {
				t.Errorf("%s is not berth's to tell and has a section", name)
			}
			continue
		}
		if !there || !strings.Contains(text, "\nberth "+c.Use+"\n") && c != root {
			t.Errorf("%s has no section with its use", name)
		}
		help := berth(t, strings.Fields("help "+name)...).out // init --help is the app's
		rows := 0
		set.VisitAll(func(f *pflag.Flag) {
			if f.Name == "help" || f.Hidden {
				return
			}
			rows++
			if !strings.Contains(text, "\n| `--"+f.Name) || !strings.Contains(text, "| "+f.Usage) {
				t.Errorf("%s --%s is missing", name, f.Name)
			}
			if strings.ContainsAny(f.Usage, "|\n") {
				t.Errorf("%s --%s would break its table: %q", name, f.Name, f.Usage)
			}
			if !strings.Contains(help, "--"+f.Name) || !strings.Contains(c.Use, "--"+f.Name) && c != root {
				t.Errorf("%s --%s is missing in its help or its use", name, f.Name)
			}
		})
		if got := strings.Count(text, "\n| `--"); got != rows {
			t.Errorf("%s has %d flags and %d lines for them", name, rows, got)
		}
	}
	for name := range sections {
		t.Errorf("there is no word %s", name)
	}
}

func TestTheReferenceNamesEveryExitCode(t *testing.T) {
	page := read(t, filepath.Join(generatedNow(t), "exit-codes.md"))
	container, words := front.Codes()
	for _, m := range append(container, words...) {
		if !strings.Contains(page, "\n| "+m.Code+" | "+m.Means+" |\n") {
			t.Errorf("%s is missing", m.Code)
		}
	}
	if got, want := strings.Count(page, "\n| "), len(container)+len(words)+2; got != want {
		t.Errorf("the page has %d lines of tables, want %d", got, want)
	}
}

func TestHelpOffersEveryWord(t *testing.T) {
	for _, args := range [][]string{{}, {"--help"}, {"-h"}, {"help"}, {"--log-format", "text"}} {
		a := berth(t, args...)
		a.wants(t, 0, "berth makes the data volume", "")
		for _, c := range new(session).root().Commands() {
			if got := strings.Contains(a.out, "\n  "+c.Name()+" "); got == c.Hidden {
				t.Errorf("%q offers %s: %v", args, c.Name(), got)
			}
		}
	}
}
