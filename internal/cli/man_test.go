package cli

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// The man pages are made here and not by berth itself, so that it doesn't link what turns Markdown into roff.
//
//go:generate go test -count=1 -run TestTheManPagesAreFresh . -args -update

// update writes the man pages: what go generate does.
var update = flag.Bool("update", false, "write docs/man")

const manual = "../../docs/man"

// manPages makes a page for berth and for each of its words. Their date is that of the pages' form, so that the same
// words give the same pages on any day.
func manPages(t *testing.T) map[string]string {
	t.Helper()
	root := new(session).root()
	root.DisableAutoGenTag = true
	form := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	pages := map[string]string{}
	for _, c := range append([]*cobra.Command{root}, root.Commands()...) {
		if c.Hidden || c.Name() == "help" {
			continue
		}
		var b bytes.Buffer
		if err := doc.GenMan(c, &doc.GenManHeader{Date: &form, Source: "berth", Manual: "berth's words"}, &b); err != nil {
			t.Fatal(err)
		}
		name := strings.ReplaceAll(c.CommandPath(), " ", "-") + ".1"
		pages[name] = strings.ReplaceAll(b.String(), "[=false]", "") // a switch is off if it isn't there
	}
	return pages
}

func TestTheManPagesAreFresh(t *testing.T) {
	pages := manPages(t)
	if *update {
		if err := os.MkdirAll(manual, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, text := range pages {
			put(t, filepath.Join(manual, name), text)
		}
	}
	old, err := filepath.Glob(manual + "/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range old {
		if _, there := pages[filepath.Base(path)]; !there && *update {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		} else if !there {
			t.Errorf("%s is no word's page; run make gen", path)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		if is, err := os.ReadFile(filepath.Join(manual, name)); err != nil || string(is) != pages[name] {
			t.Errorf("%s is stale (%v); run make gen (-is +should be):\n%s", name, err, cmp.Diff(string(is), pages[name]))
		}
	}
}

// Each page has its name, its use, and every flag of its word.
func TestTheManPagesTellEveryFlag(t *testing.T) {
	pages := manPages(t)
	if len(pages) < 18 {
		t.Fatalf("%d pages", len(pages))
	}
	for _, c := range new(session).root().Commands() {
		if c.Hidden || c.Name() == "help" {
			continue
		}
		page := pages["berth-"+c.Name()+".1"]
		for _, want := range []string{"\nberth-" + c.Name() + " - " + c.Short + "\n", "\\fBberth " + c.Use + "\\fP", "\n\\fBberth(1)\\fP"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s doesn't hold %q", c.Name(), want)
			}
		}
		for row := range strings.Lines(c.Flags().FlagUsages()) {
			if _, name, ok := strings.Cut(row, "--"); ok && !strings.Contains(page, "--"+strings.Fields(name)[0]+"\\fP") {
				t.Errorf("%s doesn't tell --%s", c.Name(), name)
			}
		}
		if !strings.Contains(pages["berth.1"], "berth-"+c.Name()+"(1)") {
			t.Errorf("berth.1 doesn't name %s", c.Name())
		}
	}
}
