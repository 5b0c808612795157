package chain

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		name, spec, args string
		want             string // flag=value …, then | and the rest
	}{
		{"no words", "a", "", "|"},
		{"a flag and a word", "a", "-a b", "a=|b"},
		{"flags in one word", "abc", "-ab -c x", "a= b= c=|x"},
		{"a value of its own", "t:", "-t 10 x", "t=10|x"},
		{"a value in the same word", "at:", "-at10 x", "a= t=10|x"},
		{"the end of the flags", "a", "-a -- -b", "a=|-b"},
		{"a word ends them", "ab", "x -a", "|x -a"},
		{"a dash alone is a word", "a", "- -a", "|- -a"},
		{"a flag that isn't known", "a", "-b", "wrong"},
		{"a colon is no flag", "t:", "-:", "wrong"},
		{"a value that isn't there", "t:", "-t", "wrong"},
		{"a value that looks like a flag", "t:a", "-t -a", "t=-a|"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			rest, ok := Options(strings.Fields(c.args), c.spec, func(f byte, v string) { got = append(got, fmt.Sprintf("%c=%s", f, v)) })
			text := strings.Join(got, " ") + "|" + strings.Join(rest, " ")
			if !ok {
				text = "wrong"
			}
			if text != c.want {
				t.Errorf("%q gives %q, want %q", c.args, text, c.want)
			}
		})
	}
}

func TestTheEnvironment(t *testing.T) {
	c := &Call{Env: []string{"A=1", "AB=2", "A=3"}}
	if v, ok := c.Get("A"); !ok || v != "3" {
		t.Errorf("A is %q, %v", v, ok)
	}
	if _, ok := c.Get("B"); ok {
		t.Error("B is there")
	}
	had := c.Env
	c.Set("A", "4")
	c.Unset("AB")
	if !slices.Equal(c.Env, []string{"A=4"}) {
		t.Errorf("it is %q", c.Env)
	}
	if had[0] != "A=1" {
		t.Error("what somebody else may hold was changed")
	}
}

func TestWhatCantComeNext(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "plain"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, program, says string
		code                int
	}{
		{"a name that nobody bears", "nobody", "word: fatal: unable to exec nobody: No such file or directory\n", NotFound},
		{"a file that can't be run", filepath.Join(dir, "plain"), "Permission denied", NotExec},
		{"a directory", dir, "Is a directory", NotExec},
	} {
		t.Run(c.name, func(t *testing.T) {
			var said strings.Builder
			call := &Call{Name: "word", Env: []string{"PATH=" + dir}, Stderr: &said}
			if code := call.Next([]string{c.program, "x"}); code != c.code {
				t.Errorf("it ends with %d, want %d", code, c.code)
			}
			if !strings.Contains(said.String(), c.says) {
				t.Errorf("it says %q, want %q", said.String(), c.says)
			}
		})
	}
	if code := (&Call{}).Next(nil); code != 0 {
		t.Errorf("nothing comes next, and it ends with %d", code)
	}
}

func TestAWordOfItsOwnIsCalled(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"mine", "other"} {
		if err := os.Symlink(self, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	c := &Call{Name: "first", Env: []string{"PATH=" + dir, "A=1"}, Stderr: os.Stderr}
	c.Find = func(name string) Word {
		if name != "mine" {
			return nil
		}
		return func(c *Call) int {
			if v, _ := c.Get("A"); c.Name != "mine" || !slices.Equal(c.Args, []string{"x", "y"}) || v != "1" {
				t.Errorf("it is called as %+v", c)
			}
			return 42
		}
	}
	if code := c.Next([]string{"mine", "x", "y"}); code != 42 {
		t.Errorf("it ends with %d", code)
	}
	if _, w, err := c.Look(filepath.Join(dir, "other")); w != nil || err != nil {
		t.Error("a name that is no word is one")
	}
	c.Env = []string{"PATH=" + t.TempDir() + ":" + dir}
	if err := os.Symlink("/bin/sh", filepath.Join(strings.Split(strings.TrimPrefix(c.Env[0], "PATH="), ":")[0], "mine")); err != nil {
		t.Fatal(err)
	}
	if _, w, err := c.Look("mine"); w != nil || err != nil {
		t.Errorf("another program is taken for this one: %v", err)
	}
}

func TestReasons(t *testing.T) {
	if r := Reason(syscall.ENOENT); r != "No such file or directory" {
		t.Errorf("it is %q", r)
	}
	if r := Reason(fmt.Errorf("odd")); r != "odd" {
		t.Errorf("it is %q", r)
	}
}

func TestWhatIsSaid(t *testing.T) {
	var said strings.Builder
	c := &Call{Name: "word", Stderr: &said}
	if code := c.Wrong("word [ -a ] prog"); code != Usage {
		t.Errorf("%d", code)
	}
	c.Warn("it is %s", "odd")
	if want := "word: usage: word [ -a ] prog\nword: warning: it is odd\n"; said.String() != want {
		t.Errorf("it says %q", said.String())
	}
}
