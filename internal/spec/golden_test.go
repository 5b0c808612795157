package spec

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// update writes what is said today into testdata: go test ./internal/spec -update, then read the difference.
var update = flag.Bool("update", false, "rewrite the golden files")

// files gives an opener for specs that lie in memory; the second one finds what was opened.
type files map[string]string

func (f files) open(path string) ([]byte, error) {
	if text, ok := f[path]; ok {
		return []byte(text), nil
	}
	return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
}

// one reads a spec that is a single file.
func one(text string) (*Spec, []Complaint) { return Read(files{"berth.yaml": text}.open, "berth.yaml") }

// said gives complaints as a reader sees them.
func said(complaints []Complaint) string {
	var b strings.Builder
	for _, c := range complaints {
		b.WriteString(c.String())
	}
	return b.String()
}

// TestComplaints reads each archive in testdata: its comment says what it is about, its files are specs, the first one
// is read, and the file named complaints is what must be said.
func TestComplaints(t *testing.T) {
	names, err := filepath.Glob("testdata/complaints/*.txtar")
	if err != nil || len(names) < 20 {
		t.Fatalf("found %d archives: %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			specs, want := files{}, -1
			for i, f := range archive.Files {
				if f.Name == "complaints" {
					want = i
					continue
				}
				specs[f.Name] = string(f.Data)
			}
			s, complaints := Read(specs.open, archive.Files[0].Name)
			if s != nil || len(complaints) == 0 {
				t.Fatalf("nothing is complained about; the archive is about: %s", archive.Comment)
			}
			got := said(complaints)
			if *update {
				if want < 0 {
					archive.Files = append(archive.Files, txtar.File{Name: "complaints"})
					want = len(archive.Files) - 1
				}
				archive.Files[want].Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want < 0 {
				t.Fatal("the archive has no file named complaints; run with -update")
			}
			if diff := cmp.Diff(string(archive.Files[want].Data), got); diff != "" {
				t.Errorf("%s(-want +got):\n%s", archive.Comment, diff)
			}
			placesLieInTheFile(t, specs, complaints)
		})
	}
}

// placesLieInTheFile holds complaints to their word: the place is in the file, and the source is that line.
func placesLieInTheFile(t *testing.T, specs files, complaints []Complaint) {
	t.Helper()
	for _, c := range complaints {
		if c.Line == 0 {
			continue
		}
		text, ok := specs[c.File]
		if !ok {
			t.Errorf("%v: there is no such file", c)
			continue
		}
		lines := cutLines(text)
		if c.Line < 1 || c.Line > len(lines) {
			t.Errorf("%v: line %d of %d", c, c.Line, len(lines))
			continue
		}
		if n := len([]rune(lines[c.Line-1])); c.Column < 1 || c.Column > n+1 {
			t.Errorf("%v: column %d of %d", c, c.Column, n)
		}
		marked := strings.HasPrefix(text, "\uFEFF") || strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff")
		if c.Source != lines[c.Line-1] && !marked {
			t.Errorf("%v: the line is %q", c, lines[c.Line-1])
		}
	}
}
