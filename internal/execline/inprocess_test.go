package execline

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/script"
)

// spied calls the words of a script here, and notes what would have become of the process.
func spied(t *testing.T, bin, text string) (starts []string, said string, code int) {
	t.Helper()
	argv, err := script.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr strings.Builder
	c := chain.Call{Name: "test", Env: []string{"PATH=" + bin + ":/usr/bin:/bin"}, Stdout: &stdout, Stderr: &stderr, Find: Find}
	c.Exec = func(cmd *proc.Command) (int, error) {
		starts = append(starts, strings.Join(cmd.Args, " "))
		return 0, nil
	}
	code = c.Next(argv)
	return starts, stdout.String() + stderr.String(), code
}

func TestWordsThatTouchNothingStartNothing(t *testing.T) {
	bin := links(t)
	for _, c := range []struct{ name, script, want string }{
		{"a chain of ten is one program", "define A b export C d importas -u C C emptyenv -p exec elglob -0 G /nope* multisubstitute { define D e } multidefine x { X } getcwd -E W printf $A $C $D $X", "printf b d e x"},
		{"a question starts none", "if { eltest -d / } if -n { eltest a = b } printf yes", "printf yes"},
		{"nor does one behind a substitution", "ifelse { importas -i P PATH eltest -n $P } { printf yes } printf no", "printf yes"},
		{"nor a loop over questions", "foreground { forx -E i { a b } eltest -n $i } importas ? ? printf $?", "printf 0"},
		{"nor the text that a word of ours prints", "backtick -E H { homeof root } printf $H", "printf /root"},
	} {
		t.Run(c.name, func(t *testing.T) {
			starts, said, code := spied(t, bin, c.script)
			if code != 0 || said != "" || !slices.Equal(starts, []string{c.want}) {
				t.Errorf("it starts %q, says %q and ends with %d, want %q", starts, said, code, c.want)
			}
		})
	}
}

func TestWhatIsSaidOfAScript(t *testing.T) {
	bin := links(t)
	dir := t.TempDir()
	put := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	large := put("large", "")
	if err := os.Truncate(large, mostScript+1); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, script string
		starts, code int
		says         []string
	}{
		{"a program that isn't there", "nosuch", 0, 127, []string{"test: fatal: unable to exec nosuch: No such file or directory\n"}},
		{"one of the family that berth hasn't", "s6-nosuchword x", 0, 127, []string{"unable to exec s6-nosuchword", "test: hint: s6-nosuchword is a word of the s6 family that berth doesn't have"}},
		{"one that came before 2.9", "define A b import A", 0, 127, []string{"define: fatal: unable to exec import", "hint: import is a word"}},
		{"a word that has no link", "export PATH /nosuch foreground { } exec foreground { } true", 0, 127, []string{"hint: berth has this word, but no link of the name exec lies on PATH"}},
		{"a child that isn't there", "if { nosuch } true", 0, 111, []string{"if: fatal: unable to spawn nosuch"}},
		{"a block where a program is wanted", "loopwhilex { true }", 0, 111, []string{"hint: its name begins with a space"}},
		{"a script with line ends of another system", "execlineb -P " + put("crlf", "#!/command/execlineb -P\r\nprintf \\\r\n x\r\n"), 1, 0, []string{"execlineb: warning: ", "3 of its lines end with CR LF"}},
		{"the kernel hands the CR of the first line on", "execlineb \"-P\r\" " + put("cr", "printf x"), 1, 0, nil},
		{"a byte order mark", "execlineb -P " + put("bom", "\xef\xbb\xbfprintf x\n"), 1, 0, []string{"execlineb: warning: ", "byte order mark"}},
		{"a block that isn't closed", "execlineb -P " + put("open", "if { true\nprintf x\n"), 0, 100, []string{"/open: line 1, column 4: this { is never closed\n", "execlineb: hint: close each block"}},
		{"one that isn't opened", "execlineb -P " + put("close", "true\n }\n"), 0, 100, []string{"line 2, column 2: this } closes nothing"}},
		{"a file that is no text", "execlineb -P " + put("binary", "a\x00b"), 0, 100, []string{"a NUL byte"}},
		{"one that is too large", "execlineb -P " + large, 0, 100, []string{"larger than 16 MiB"}},
		{"more words than a command line can have", "define -s A \"" + strings.Repeat("a ", 300) + "\" printf $A$A$A$A", 0, 111, []string{"argument list too long"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			starts, said, code := spied(t, bin, c.script)
			if code != c.code || len(starts) != c.starts {
				t.Errorf("it starts %q and ends with %d, want %d and %d", starts, code, c.starts, c.code)
			}
			for _, says := range c.says {
				if !strings.Contains(said, says) {
					t.Errorf("it says %q, want %q", said, says)
				}
			}
			if c.says == nil && said != "" {
				t.Errorf("it says %q", said)
			}
		})
	}
}

func TestEachNameHasItsWord(t *testing.T) {
	for _, name := range names() {
		if Find(name) == nil {
			t.Errorf("%s is none", name)
		}
	}
	for _, name := range []string{"", "for", "import", "berth", "hermes", "sh", "s6-svc"} {
		if Find(name) != nil {
			t.Errorf("%q is one", name)
		}
	}
	for _, name := range names() {
		if quiet(name) && !harmless(name) {
			t.Errorf("%s is quiet and not harmless", name)
		}
	}
	for _, name := range []string{"background", "cd", "umask", "redirfd", "fdmove", "fdclose", "wait", "trap", "pipeline", "forstdin", "withstdinas", "getpid", "heredoc", "piperw", "execlineb"} {
		if harmless(name) {
			t.Errorf("%s changes its process, or tells of it, and is called on behalf of another one", name)
		}
	}
}

// What a word is told to change stays with it: calls on behalf of a child don't reach the one that comes next.
func TestAChildKeepsItsEnvironmentToItself(t *testing.T) {
	starts, said, _ := spied(t, links(t), "foreground { export A b eltest -v A } importas ? ? importas -D none A A printf $? $A")
	if !slices.Equal(starts, []string{"printf 0 none"}) {
		t.Errorf("it starts %q and says %q", starts, said)
	}
}

func TestFramesOfParameters(t *testing.T) {
	env := []string{"PATH=/bin", "#=1", "0=s", "1=a", "#:1=2", "1:1=x", "1:x=y", "10=b", "1foo=c", "#:0=z", "nothing"}
	pushed := push(env, positionals()...)
	want := []string{"PATH=/bin", "#:1=1", "0:1=s", "1:1=a", "#:2=2", "1:2=x", "1:x=y", "10:1=b", "1foo:1=c", "#:0=z", "nothing"}
	if !slices.Equal(pushed, want) {
		t.Errorf("pushed, it is %q, want %q", pushed, want)
	}
	if popped := pop(pushed, positionals()...); !slices.Equal(popped, env) {
		t.Errorf("popped again, it is %q, want %q", popped, env)
	}
	c := chain.Call{Env: []string{"#=9999999999"}}
	if words, missing := getPositionals(&c); missing == "" {
		t.Errorf("a number without parameters gives %d of them", len(words))
	}
	setPositionals(&c, "name", []string{"a", "b"})
	words, missing := getPositionals(&c)
	if missing != "" || !slices.Equal(words, []string{"a", "b"}) {
		t.Errorf("set, it gives %q, %s", words, missing)
	}
	reframe(&c, 2, []string{"b"})
	if _, set := c.Get("2"); set {
		t.Error("a parameter that was shifted away is there")
	}
	if n, _ := c.Get("#"); n != strconv.Itoa(1) {
		t.Errorf("# is %s", n)
	}
}
