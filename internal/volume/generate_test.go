package volume

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

// generating gives a rig whose spec has one key generated.
func generating(t *testing.T) *rig {
	t.Helper()
	g := newRig(t).modes(0o600, ".env")
	g.spec.Generate = []spec.Generate{{Path: ".env", Key: "API_KEY", Bytes: 32}}
	return g
}

// masked puts <key> in the place of each generated value.
func masked(s string) string {
	return regexp.MustCompile(`API_KEY=[0-9a-f]{64}\b`).ReplaceAllString(s, "API_KEY=<key>")
}

// Without a key the server is open or dead, with another one at each boot its clients are locked out, and the operator's own is never
// to be touched. Each of these is a file and an environment as people have them.
func TestGenerate(t *testing.T) {
	const strong = "API_KEY=0123456789abcdef"
	for _, c := range []struct {
		about, file, env string
		want             string // "=" is: as it was
		says             string
	}{
		{"no file", "-", "", "API_KEY=<key>\n", "changed: Generated API_KEY in .env\n"},
		{"no value", "A=1\n", "", "A=1\nAPI_KEY=<key>\n", "changed: Generated API_KEY in .env\n"},
		{"an empty line goes", "A=1\nAPI_KEY=\nB=2\n", "", "A=1\nB=2\nAPI_KEY=<key>\n", "changed: Generated API_KEY in .env\n"},
		{"all empty lines go", "API_KEY=''\n export API_KEY = # none\nAPI_KEY=", "", "API_KEY=<key>\n", "changed: Generated"},
		{"an empty variable is none", "A=1\n", "API_KEY=", "A=1\nAPI_KEY=<key>\n", "changed: Generated"},
		{"a value stays", "A=1\nAPI_KEY=mine\n", "", "=", ""},
		{"a short value stays", "API_KEY=x", "", "=", ""},
		{"a quoted value stays", "export API_KEY='x'\n", "", "=", ""},
		{"a value beside an empty line stays", "API_KEY=\nAPI_KEY=mine\n", "", "=", ""},
		{"a strong variable is enough", "A=1\n", strong, "=", "info: skipping generation of API_KEY: the environment sets it\n"},
		{"a strong variable, no file", "-", strong, "-", "info: skipping generation of API_KEY: the environment sets it\n"},
		{"an empty line would win over the variable", "A=1\nAPI_KEY=\n", strong, "A=1\n", "info: skipping generation of API_KEY"},
		{"a weak variable", "A=1\n", "API_KEY=short", "=", "warning: API_KEY in the environment is shorter than 16 characters (hint: make a longer one"},
		{"the variable in the file, too", "API_KEY=same-as-that\n", "API_KEY=same-as-that", "=", ""},
		{"another in the file", "API_KEY=mine\n", strong, "=", "warning: API_KEY is set in the environment and in .env: the .env value wins (hint: take one of the two away)\n"},
		{"a commented line is none", "# API_KEY=x\n", "", "# API_KEY=x\nAPI_KEY=<key>\n", "changed: Generated"},
		{"another variable is none", "MY_API_KEY=x\nAPI_KEYS=y\n", "", "MY_API_KEY=x\nAPI_KEYS=y\nAPI_KEY=<key>\n", "changed: Generated"},
		{"the last line isn't ended", "A=1", "", "A=1\nAPI_KEY=<key>\n", "changed: Generated"},
		{"lines of Windows", "A=1\r\nAPI_KEY=\r\nB=2", "", "A=1\r\nB=2\r\nAPI_KEY=<key>\r\n", "changed: Generated"},
		{"a value in lines of Windows", "A=1\r\nAPI_KEY=mine\r\n", "", "=", ""},
		{"bytes that are no text", "\x00\xff\n", "", "\x00\xff\nAPI_KEY=<key>\n", "changed: Generated"},
	} {
		t.Run(c.about, func(t *testing.T) {
			g := generating(t)
			g.env = []string{"OTHER=1", c.env}
			if c.file != "-" {
				g.put(".env", c.file, 0o600)
			}
			if c.want == "=" {
				c.want = c.file
			}
			r := g.lawful(Modes(), Generate())
			if c.want == "-" {
				g.absent(".env")
			} else if got := g.read(".env"); masked(got) != c.want {
				t.Errorf("%q became %q: want %q", c.file, got, c.want)
			} else {
				g.wants(".env", g.uid, g.gid, 0o600)
			}
			if got := notes(r); !strings.Contains(got, c.says) || (c.says == "") != (got == "") {
				t.Errorf("it says %q: want %q", got, c.says)
			}
			if got := masked(strings.Join(steps(r), "\n") + notes(r)); strings.Contains(got, "mine") || strings.Contains(got, "<key>") {
				t.Errorf("a value is shown: %s", got)
			}
			before := snapshot(t, g.vol)
			g.idle(g.must(Modes(), Generate()))
			g.spared(g.vol, before)
		})
	}
}

// A key is as long as the spec says, and no two are the same.
func TestAKeyIsRandom(t *testing.T) {
	seen := map[string]bool{}
	for n, digits := range map[int]int{0: 64, 16: 32, 32: 64, 33: 66, 1024: 2048} {
		for range 3 {
			g := newRig(t)
			g.spec.Generate = []spec.Generate{{Path: "deep/../.env", Key: "K", Bytes: n}}
			g.lawful(Generate())
			value := valueIn([]byte(g.read(".env")), "K")
			if len(value) != digits || strings.Trim(value, "0123456789abcdef") != "" || seen[value] || strings.Trim(value, "0") == "" {
				t.Errorf("%d bytes give %q", n, value)
			}
			seen[value] = true
		}
	}
}

// Keys of one file, in an order of their own: each is there once, and what the file held stays.
func TestSeveralKeysOfOneFile(t *testing.T) {
	g := generating(t)
	g.spec.Generate = append(g.spec.Generate, spec.Generate{Path: "./.env", Key: "SALT", Bytes: 16}, spec.Generate{Path: ".env", Key: "API_KEY", Bytes: 16})
	g.spec.Seed = []spec.Seed{{Path: ".env", Content: new("SALT=\nA=1\n"), Mode: spec.Mode{Perm: 0o600, Set: true}}}
	g.lawful()
	got := g.read(".env")
	if !regexp.MustCompile(`^A=1\nAPI_KEY=[0-9a-f]{64}\nSALT=[0-9a-f]{32}\n$`).MatchString(got) {
		t.Errorf("it holds %q", got)
	}
	g.idle(g.must())
	if again := g.read(".env"); again != got {
		t.Errorf("a second boot made %q of %q", again, got)
	}
}

// Who shut the file, or put something else there, meant it: the boot says what to do and goes on, and nothing is written through a
// link.
func TestAKeyThatCannotBeWritten(t *testing.T) {
	for _, c := range []struct {
		about string
		says  []string
		make  func(g *rig) error
		root  bool
	}{
		{"shut", []string{"could not write API_KEY to .env: permission denied", "let the app's user write .env, or set API_KEY in the environment"}, func(g *rig) error {
			g.spec.Volume.Modes = nil
			g.put(".env", "A=1\n", 0o400)
			return nil
		}, false},
		{"root's, in root's directory", []string{"could not write API_KEY to keys/.env: permission denied"}, func(g *rig) error {
			g.spec.Generate[0].Path = "keys/.env"
			g.write(g.at("keys/.env"), "A=1\n", 0o644)
			return nil
		}, true},
		{"a new one, in root's directory", []string{"could not write API_KEY to keys/.env: permission denied"}, func(g *rig) error {
			g.spec.Generate[0].Path = "keys/.env"
			g.mkdir(g.at("keys"), 0o755)
			return nil
		}, true},
		{"no directory", []string{"could not write API_KEY to none/.env: no such file"}, func(g *rig) error {
			g.spec.Generate[0].Path = "none/.env"
			return nil
		}, false},
		{"a link", []string{"refusing append through symlinked path .env"}, func(g *rig) error {
			g.write(g.root+"/victim", "A=1\n", 0o666)
			return os.Symlink(g.root+"/victim", g.at(".env"))
		}, false},
		{"a link to nothing", []string{"refusing append through symlinked path .env"}, func(g *rig) error { return os.Symlink(g.root+"/new", g.at(".env")) }, false},
		{"a link above", []string{"refusing append through symlinked path keys/.env"}, func(g *rig) error {
			g.spec.Generate[0].Path = "keys/.env"
			g.mkdir(g.root+"/victim", 0o777)
			return os.Symlink(g.root+"/victim", g.at("keys"))
		}, false},
		{"a FIFO", []string{"could not write API_KEY to .env: it is not a regular file", "write it into .env yourself"}, func(g *rig) error { return unix.Mkfifo(g.at(".env"), 0o600) }, false},
		{"a directory", []string{"could not write API_KEY to .env: it is not a regular file"}, func(g *rig) error { return os.Mkdir(g.at(".env"), 0o755) }, false},
		{"too large", []string{"could not write API_KEY to .env: it is larger than allowed"}, func(g *rig) error {
			g.put(".env", strings.Repeat("#\n", maxLines/2+1), 0o600)
			return nil
		}, false},
	} {
		t.Run(c.about, func(t *testing.T) {
			if c.root {
				needRoot(t)
			}
			g := generating(t)
			g.check(c.make(g))
			image, volume := snapshot(t, g.root), snapshot(t, g.vol)
			r := g.lawful(Generate())
			g.says(r, c.says...)
			if len(r.Notes()) != 1 || r.Notes()[0].Hint == "" {
				t.Errorf("it says:\n%s", notes(r))
			}
			g.idle(r)
			g.spared(g.root, image)
			g.spared(g.vol, volume)
			if len(left(t, g.vol)) > 0 {
				t.Errorf("left are %v", left(t, g.vol))
			}
		})
	}
}

// A second name of the file (a backup made with ln) keeps what it held: the key isn't published there.
func TestAKeyAndASecondName(t *testing.T) {
	g := generating(t)
	g.put(".env", "A=1\n", 0o600)
	g.check(os.Link(g.at(".env"), g.at("backup")))
	g.lawful(Generate())
	if g.read("backup") != "A=1\n" || !strings.HasPrefix(g.read(".env"), "A=1\nAPI_KEY=") {
		t.Errorf("the backup holds %q", g.read("backup"))
	}
}

// The app of another container writes the file while a key is: its work stays, and the key goes behind it.
func TestAKeyIsNotWrittenOverAnothersWork(t *testing.T) {
	for _, c := range []struct {
		about, file, env string
		writes           int
		want, says       string
	}{
		{"once", "A=0\n", "", 1, "A=1\nAPI_KEY=<key>\n", "changed: Generated API_KEY in .env\n"},
		{"again and again", "A=0\n", "", 100, "A=3\n", "warning: could not write API_KEY to .env: it was moved or replaced meanwhile (hint: the next boot looks again)\n"},
		{"beside a variable", "A=0\nAPI_KEY=\n", "API_KEY=0123456789abcdef", 1, "A=1\n", "info: skipping generation of API_KEY: the environment sets it\n"},
	} {
		t.Run(c.about, func(t *testing.T) {
			g := generating(t)
			g.env = []string{c.env}
			g.put(".env", c.file, 0o600)
			file, err := os.OpenFile(g.at(".env"), os.O_WRONLY, 0)
			g.check(err)
			defer func() { _ = file.Close() }()
			n := 0
			remove := fsx.OnChange(func(op, path string) {
				if op == "write" && !strings.Contains(path, boot.LedgerDir+"/") && n < c.writes {
					n++
					_, err := file.WriteAt(fmt.Appendf(nil, "A=%d\n", n), 0)
					g.check(err, file.Truncate(4))
				}
			})
			r := g.must(Modes(), Generate())
			remove()
			if got := masked(g.read(".env")); got != c.want {
				t.Errorf("it holds %q: want %q", got, c.want)
			}
			if got := notes(r); got != c.says {
				t.Errorf("it says %q: want %q", got, c.says)
			}
		})
	}
}

// Two containers that start on one volume must agree: each would hand its own key to its clients. The race is the operators'
// (a deployment that rolls over), so it is run again and again.
func TestBootsAtOnceMakeOneKey(t *testing.T) {
	for range 10 {
		g := newRig(t).full()
		const n = 4
		var boots sync.WaitGroup
		runs, keys, errs := make([]*boot.Run, n), make([]string, n), make([]error, n)
		start := make(chan struct{})
		for i := range n {
			w := g.world()
			runs[i] = boot.NewBoot(w, nil)
			boots.Go(func() {
				<-start
				errs[i] = runs[i].Phases(t.Context(), or(nil)...)
				if data, err := os.ReadFile(g.at(".env")); err == nil {
					keys[i] = valueIn(data, "API_KEY") // what main would start with
				}
				if err := w.Close(); errs[i] == nil {
					errs[i] = err
				}
			})
		}
		close(start)
		boots.Wait()
		made := 0
		for i := range n {
			g.check(errs[i])
			if keys[i] == "" || keys[i] != keys[0] {
				t.Errorf("boot %d has %q, the first %q", i, keys[i], keys[0])
			}
			made += strings.Count(notes(runs[i]), "Generated API_KEY")
			if got := notes(runs[i]); strings.Contains(got, "refus") || strings.Contains(got, "warning") {
				t.Errorf("boot %d says:\n%s", i, got)
			}
		}
		if lines := strings.Count(g.read(".env"), "API_KEY="); made != 1 || lines != 1 {
			t.Errorf("%d boots made a key, %d lines hold one", made, lines)
		}
		if got := left(t, g.vol); len(got) > 0 {
			t.Errorf("left are %q", got)
		}
	}
}
