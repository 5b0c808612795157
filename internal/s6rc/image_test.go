package s6rc

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/fsx"
)

// Images in the manner of published ones, and how they are read as a whole. The text in front of the first file says what is known
// to be a program, and the environment.
func TestImages(t *testing.T) {
	for _, name := range []string{"chain", "addon", "cameras", "assistant", "second"} {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile("testdata/" + name + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			head, tree, _ := strings.Cut(string(data), "\n-- ")
			var known, vars []string
			for l := range strings.Lines(head + "\n") {
				l = strings.TrimSuffix(l, "\n")
				if words, ok := strings.CutPrefix(l, "known: "); ok {
					known = strings.Fields(words)
				}
				if v, ok := strings.CutPrefix(l, "env: "); ok {
					vars = append(vars, v)
				}
			}
			g := newRig(t, "-- "+tree)
			thaw := fsx.Freeze()
			on, why := Switched(g.root, env(vars...))
			s, also := ReadSettings(env(vars...))
			i := Read(g.root, s, func(name string) bool { return slices.Contains(known, name) })
			thaw()
			golden(t, "testdata/"+name+".explained", Explanation{On: on, Why: why, Image: i, Also: also}.String())
			same(t, "fatal complaints", said(i.Fatal()), nil)
		})
	}
}

// golden compares with a file, or writes it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("it says\n%s\nwant\n%s\n(go test -update writes it)", got, want)
	}
}
