package s6words

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// show prints variables so that each byte can be seen.
const show = " printenv -0 A B C D E F G H I J K L"

func TestEnvdirAsTheRealOne(t *testing.T) {
	files := map[string]string{
		"e/A": "plain", "e/B": "ends\n", "e/C": "", "e/D": "\n", "e/E": "two\nlines\n", "e/F": "blanks \t ", "e/G": "blanks \t \nmore", "e/H": "nul\x00in\x00it",
		"e/I": "\x00", "e/J": " ", "e/K": "last\n\n", "e/L": strings.Repeat("x", 5000), "e/.M": "hidden", "e/n=o": "odd",
		"none/": "", "path/PATH": "/nonesuch", "dir/A/": "", "fifo/A": "fifo", "one/A": "of one",
	}
	prepare := func(t *testing.T, dir string) {
		lay(files)(t, dir)
		must(t, os.Symlink("../e/A", filepath.Join(dir, "one/B")))
		must(t, os.Symlink("e", filepath.Join(dir, "link")))
		must(t, os.Mkdir(filepath.Join(dir, "dangling"), 0o755))
		must(t, os.Symlink("nowhere", filepath.Join(dir, "dangling/A")))
	}
	var cases []dual
	for _, flags := range []string{"", "-n", "-f", "-fn", "-c :", "-f -c :", "-Lfn", "-i", "-I"} {
		cases = append(cases, dual{name: "e " + flags, script: "A=1 C=1 s6-envdir " + flags + " e" + show})
	}
	for _, s := range []string{
		"none", "one", "link", "link/", "nonesuch", "-I nonesuch", "-i nonesuch", "e/A", "-I e/A", "dir", "-I dir", "dangling", "", "-c '' e", "-Z e", "-- e", "-c ab e", "''", "-I ''",
	} {
		cases = append(cases, dual{name: "envdir " + strings.ReplaceAll(s, "/", "|"), script: "A=1 s6-envdir " + s + show})
	}
	cases = append(
		cases, dual{name: "without a program", script: "s6-envdir e"}, dual{name: "another PATH isn't the one that is looked along", script: "s6-envdir path env | grep ^PATH"},
		dual{name: "an unknown program", script: "s6-envdir one nonesuch"},
		dual{name: "a NUL with -L", differ: "envdir -L", script: "s6-envdir -L e sh -c 'echo \"$H\"'", says: "nul\nin\nit\n"},
		dual{name: "a FIFO", differ: "FIFO", script: "s6-envdir fifo echo on", says: "on\n"},
	)
	// The real one would wait for somebody to write to it.
	fifo := cases[len(cases)-1]
	same(t, prepare, cases[:len(cases)-1])
	dir := t.TempDir()
	prepare(t, dir)
	known(t, fifo.differ)
	if o := run(t, links(t), dir, fifo.script); o.Code != fifo.code || o.Stdout != fifo.says {
		t.Errorf("a FIFO: %+v", o)
	}
}

func TestAnyEnvdirAsTheRealOne(t *testing.T) {
	needs(t)
	ours := links(t)
	few(t, 15)
	rapid.Check(t, func(r *rapid.T) {
		dir, err := os.MkdirTemp("", "envdir")
		must(t, err)
		defer func() { _ = os.RemoveAll(dir) }()
		var script strings.Builder
		for n := range 4 {
			d := filepath.Join(dir, decimal(uint32(n)))
			must(t, os.Mkdir(d, 0o755))
			for _, name := range []string{"A", "B", "C", ".D"} {
				text := rapid.StringOfN(rapid.SampledFrom([]rune("ab \t\n\x00\r=é")), 0, 8, -1).Draw(r, name)
				must(t, os.WriteFile(filepath.Join(d, name), []byte(text), 0o644))
			}
			flags := rapid.SampledFrom([]string{"", "-n", "-f", "-nf", "-Lf", "-c x", "-I"}).Draw(r, "flags")
			script.WriteString("B=before s6-envdir " + flags + " " + decimal(uint32(n)) + show + "\n")
		}
		a, b := run(t, "/usr/bin", dir, script.String()), run(t, ours, dir, script.String())
		if a.Stdout != b.Stdout || a.Code != b.Code {
			r.Fatalf("the real one says\n%sours says\n%s%s%s", a.Stdout, b.Stdout, b.stderr, script.String())
		}
	})
}
