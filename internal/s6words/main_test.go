package s6words

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/chain"
)

// The test binary under the name of a word is that word.
func TestMain(m *testing.M) {
	name := filepath.Base(os.Args[0])
	if w := Find(name); w != nil {
		os.Exit(w(&chain.Call{
			Name: name, Argv0: os.Args[0], Args: os.Args[1:], Env: os.Environ(),
			Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Find: Find,
		}))
	}
	code := m.Run()
	if linked != "" {
		_ = os.RemoveAll(linked)
	}
	os.Exit(code)
}

// words are the names under which the tests call this program.
var words = []string{
	"with-contenv", "printcontenv", "with-retries",
	"s6-svc", "s6-svstat", "s6-svwait", "s6-svok", "s6-svlisten", "s6-svlisten1", "s6-svscanctl", "s6-svlink", "s6-svunlink", "s6-svdt",
	"s6-svdt-clear", "s6-permafailon", "s6-notifyoncheck", "s6-ftrig-wait", "s6-ftrig-listen1", "s6-ftrig-notify", "s6-mkfifodir",
	"s6-cleanfifodir", "s6-setuidgid", "s6-envuidgid", "s6-applyuidgid", "s6-setlock", "s6-envdir", "s6-softlimit", "s6-setsid", "s6-fghack",
	"s6-nice", "s6-env", "s6-true", "s6-false", "s6-echo", "s6-cat", "s6-printenv", "s6-dumpenv", "s6-basename", "s6-dirname", "s6-linkname",
	"s6-hostname", "s6-sleep", "s6-pause", "s6-sync", "s6-seq", "s6-head", "s6-sort", "s6-maximumtime", "s6-tai64n", "s6-tai64nlocal",
	"s6-test", "s6-quote", "s6-unquote", "s6-uniquename", "s6-mkdir", "s6-mkfifo", "s6-touch", "s6-ln", "s6-rename", "s6-rmrf", "s6-chmod",
	"s6-chown", "s6-ls", "s6-hiercopy", "s6-ipcserver", "s6-fdholderd", "s6-sudod",
}

// linked is the directory that [links] gives.
var linked string

// links gives a directory of the words' names, each a link to this program. All tests share it.
func links(t testing.TB) string {
	t.Helper()
	making.Lock()
	defer making.Unlock()
	if linked != "" {
		return linked
	}
	self, err := os.Executable()
	must(t, err)
	// Not t.TempDir: others than root have to reach it.
	dir, err := os.MkdirTemp("", "words")
	must(t, err)
	must(t, os.Chmod(dir, 0o755))
	copied := filepath.Join(dir, "self")
	if err := os.Link(self, copied); err != nil {
		b, err := os.ReadFile(self)
		must(t, err)
		must(t, os.WriteFile(copied, b, 0o755))
	}
	must(t, os.Chmod(copied, 0o755))
	for _, w := range words {
		must(t, os.Symlink("self", filepath.Join(dir, w)))
	}
	linked = dir
	return dir
}

var making sync.Mutex

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// An outcome is what a script came to.
type outcome struct {
	Code   int
	Stdout string
	Kinds  []string // of the lines on stderr: fatal, usage, warning, info
	Files  string
	stderr string
}

var kind = regexp.MustCompile(`(?m)^[\w.-]+: (fatal|usage|warning|info): `)

// run runs a script with some programs first on PATH, in a directory.
func run(t testing.TB, programs, dir, script string, env ...string) outcome {
	t.Helper()
	c := exec.Command("/bin/sh", "-c", script)
	c.Dir = dir
	c.Env = append([]string{"PATH=" + programs + ":/usr/bin:/bin"}, env...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	c.WaitDelay = 5 * time.Second
	code := 0
	if err := c.Run(); err != nil {
		e, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			t.Fatalf("%s: %v", script, err)
		}
		code = e.ExitCode()
	}
	o := judge(out.String(), errs.String())
	o.Code = code
	return o
}

// judge makes an outcome of what was printed.
func judge(stdout, stderr string) outcome {
	o := outcome{Stdout: stdout, stderr: stderr}
	for _, m := range kind.FindAllStringSubmatch(stderr, -1) {
		o.Kinds = append(o.Kinds, m[1])
	}
	o.Kinds = slices.Compact(o.Kinds)
	return o
}

// needs skips where a package of Debian's isn't there.
func needs(t testing.TB) {
	t.Helper()
	if _, err := os.Stat("/usr/bin/s6-svc"); err != nil {
		t.Skip("needs Debian's package s6")
	}
}
