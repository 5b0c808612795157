package early

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/proc"
)

// as runs this test binary, which is what berth is as far as this package goes, under another name.
func as(t *testing.T, name string, args ...string) (string, int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, args...)
	c.Args[0] = name
	out, err := c.CombinedOutput()
	if c.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), c.ProcessState.ExitCode()
}

// No test runs, and no flag of a test is read, where a door was gone through.
func TestADoorIsGoneThroughBeforeMain(t *testing.T) {
	for _, c := range []struct {
		about, name string
		args        []string
		out         string
		code        int
	}{
		{"a word of s6", "s6-echo", []string{"--", "-test.list", "x"}, "-test.list x\n", 0},
		{"a word by its path", "/command/s6-false", nil, "", 1},
		{"a word of execline that becomes a program", "export", []string{"A", "b c", "/bin/sh", "-c", `echo "$A"; exit 7`}, "b c\n", 7},
		{"a word that runs children", "foreground", []string{" /bin/echo", " first", "", "/bin/echo", "second"}, "first\nsecond\n", 0},
		{"a word that berth doesn't have", "s6-sudo", nil, "s6-sudo: fatal: berth has no such word\ns6-sudo: hint: use s6-setuidgid in the service that needs other rights\n", 127},
		{"the child stage without its orders", proc.StageName, nil, "", 125},
	} {
		t.Run(c.about, func(t *testing.T) {
			if out, code := as(t, c.name, c.args...); out != c.out || code != c.code {
				t.Errorf("it says %q and ends with %d, want %q and %d", out, code, c.out, c.code)
			}
		})
	}
}

func TestWhatIsMainsWaitsForMain(t *testing.T) {
	for _, name := range []string{"berth", "init", "hermes", "s6-log", "s6-rc", "s6-rc-compile", "halt", "logutil-service", ""} {
		if out, code := as(t, name, "-test.list", "TestWhatIsMains"); code != 0 || !strings.Contains(out, "TestWhatIsMainsWaitsForMain") {
			t.Errorf("%q: it says %q and ends with %d, and main was to run", name, out, code)
		}
	}
	if _, ended := enter(nil); ended {
		t.Error("a door was gone through by no name")
	}
}

// A word that isn't here is executed, and what is said of one that PATH doesn't lead to is as true as in main.
func TestAWordThatIsMainsIsExecuted(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	out, code := as(t, "s6-env", "A=b", "s6-log", "-test.list", "TestAWord")
	if code != 127 || !strings.Contains(out, "berth has this word, but no link of the name s6-log lies on PATH") {
		t.Errorf("it says %q and ends with %d", out, code)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(dir, "s6-log")); err != nil {
		t.Fatal(err)
	}
	if out, code = as(t, "s6-env", "A=b", "s6-log", "-test.list", "TestAWord"); code != 0 || !strings.Contains(out, "TestAWordThatIsMainsIsExecuted") {
		t.Errorf("it says %q and ends with %d", out, code)
	}
}
