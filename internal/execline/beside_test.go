package execline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/script"
)

// allEnv asks for all scripts of the tables: each starts several processes. Without it, ours run
// each fourth of them, the real commands each twelfth.
const allEnv = "BERTH_PROOF_SCRIPTS"

// genuine is where Debian keeps the real commands.
const genuine = "/usr/lib/execline/bin"

// A side runs scripts with the real commands or with ours.
type side struct{ bin string }

// sides gives both, or skips.
func sides(t *testing.T) (real, ours side) {
	t.Helper()
	if _, err := os.Stat(genuine + "/execlineb"); err != nil {
		t.Skip("needs Debian's package execline")
	}
	return side{genuine}, side{links(t)}
}

// links is a directory in which this test binary bears the names of all words.
func links(t testing.TB) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range names() {
		if err := os.Symlink(self, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// names are the words.
func names() []string {
	return strings.Fields(`background backtick case cd define dollarat elgetopt elgetpositionals elglob eltest emptyenv envfile exec
		execline-cd execline-startup execline-umask execlineb exit export export-array fdblock fdclose fdmove fdreserve fdswap
		forbacktickx foreground forstdin forx getcwd getpid heredoc homeof if ifelse ifte ifthenelse importas loopwhilex multidefine
		multisubstitute pipeline piperw posix-cd posix-umask redirfd runblock shift trap tryexec umask unexport wait withstdinas`)
}

// An outcome is all that can be seen of a script.
type outcome struct {
	code           int
	stdout, stderr string
	files          string
}

func (o outcome) String() string {
	return fmt.Sprintf("code %d\nstdout %q\nstderr %q\nfiles %s", o.code, o.stdout, o.stderr, o.files)
}

// run runs a script in a directory of its own, which holds some files.
func (s side) run(t *testing.T, script string) outcome {
	t.Helper()
	dir := t.TempDir()
	furnish(t, dir)
	return s.call(t, dir, "execlineb", "-Pc", script)
}

// call calls a word.
func (s side) call(t *testing.T, dir string, argv ...string) outcome {
	t.Helper()
	limit, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var stdout, stderr sink
	stdout.make(t)
	stderr.make(t)
	cmd := exec.CommandContext(limit, filepath.Join(s.bin, argv[0]), argv[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, stdout.file, stderr.file // files: a child in the background may hold them
	cmd.Env = []string{"PATH=" + s.bin + ":/usr/bin:/bin", "HOME=/root"}
	code := 0
	if err := cmd.Run(); err != nil {
		e, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			t.Fatal(err)
		}
		code = e.ExitCode()
	}
	if limit.Err() != nil {
		t.Errorf("%q takes longer than a minute", argv)
	}
	plain := strings.NewReplacer(s.bin, "BIN", dir, "DIR")
	return outcome{code, environment(plain.Replace(stdout.text(t))), kinds(plain.Replace(stderr.text(t))), environment(plain.Replace(tree(t, dir)))}
}

// furnish puts files where a script runs.
func furnish(t *testing.T, dir string) {
	t.Helper()
	for _, d := range []string{"sub/x", ".hid"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"a.txt": "a\n", "b.txt": "", "c.c": "", ".dot": "", "sp ace": "", "[x]": "", "sub/x/q": "", "sub/a.txt": "",
		"plain": "no program\n", "sub/old": "", "sub/new": "", "vars": "A=1\n B = two words  \n# c\n\nC=\"q\\tx  \"\nD=a\\\nb\nE=\nF = \"x\"y\n", "novars": "A\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	when := time.Unix(1_000_000_000, 0)
	if err := errors.Join(os.Chtimes(dir+"/sub/old", when, when), os.Chtimes(dir+"/sub/new", when, when.Add(time.Second)), os.Symlink("a.txt", dir+"/link")); err != nil {
		t.Fatal(err)
	}
}

// A sink is a file without a name.
type sink struct{ file *os.File }

func (s *sink) make(t *testing.T) {
	t.Helper()
	fd, err := unix.MemfdCreate("sink", unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	s.file = os.NewFile(uintptr(fd), "sink")
}

func (s *sink) text(t *testing.T) string {
	t.Helper()
	out, err := io.ReadAll(io.NewSectionReader(s.file, 0, 1<<20))
	if err := errors.Join(err, s.file.Close()); err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// environment puts the lines of env into order: the real commands have several orders themselves.
func environment(out string) string {
	if !strings.Contains(out, "PATH=") {
		return out
	}
	lines := strings.Split(regexp.MustCompile(`!=\d+`).ReplaceAllString(out, "!=N"), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// kinds leaves of what the commands say about themselves whether it is a warning, the end, or about their use: the sentences
// are their own. What can't be run is told in the same words. Hints have no counterpart.
func kinds(said string) string {
	line := regexp.MustCompile(`^([a-z-]+): (fatal|warning|usage|hint): (.*)$`)
	var out []string
	for text := range strings.Lines(said) {
		text = strings.TrimSuffix(text, "\n")
		m := line.FindStringSubmatch(text)
		switch {
		case m == nil:
		case m[2] == "hint":
			continue
		case !strings.HasPrefix(m[3], "unable to exec ") && !strings.HasPrefix(m[3], "unable to spawn "):
			text = m[1] + ": " + m[2]
		}
		out = append(out, text)
	}
	return strings.Join(out, "\n")
}

// tree is what lies in a directory, less what was laid there.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || !strings.HasPrefix(e.Name(), "out") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := e.Info()
		out = append(out, fmt.Sprintf("%s %v %q", strings.TrimPrefix(path, dir), info.Mode(), text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, ", ")
}

// expand writes the short forms of the tables out: ARGS prints each of its words in angle brackets.
func expand(script string) string {
	return strings.ReplaceAll(script, "ARGS", `printf "<%s>" .`)
}

// A recorded script is one with what came of it with the real commands.
type recorded struct {
	script string
	want   outcome
}

// beside runs scripts with ours and compares what comes of them with what is recorded; and with the real commands, whether
// that is true, where they are installed.
func beside(t *testing.T, scripts []recorded) {
	t.Helper()
	ours, all := side{links(t)}, os.Getenv(allEnv) != ""
	_, missing := os.Stat(genuine + "/execlineb")
	var queue sync.WaitGroup
	free := make(chan struct{}, 4)
	count := [2]int{}
	one := func(s side, whose string, r recorded) {
		free <- struct{}{}
		queue.Go(func() {
			defer func() { <-free }()
			if got := s.run(t, expand(r.script)); got != r.want {
				t.Errorf("%s\n%s:\n%s\nrecorded is:\n%s", r.script, whose, got, r.want)
			}
		})
	}
	for n, r := range scripts {
		if all || n%4 == 0 {
			count[0]++
			one(ours, "ours", r)
		}
		if missing == nil && (all || n%12 == 0) {
			count[1]++
			one(side{genuine}, "the real commands", r)
		}
	}
	queue.Wait()
	t.Logf("%d of %d scripts, and %d with the real commands", count[0], len(scripts), count[1])
}

// directly runs words that touch nothing: ours without a process.
func directly(t *testing.T, scripts []recorded) {
	t.Helper()
	_, missing := os.Stat(genuine + "/execlineb")
	dir := t.TempDir()
	furnish(t, dir)
	t.Chdir(dir)
	for n, r := range scripts {
		argv, err := script.Parse([]byte(r.script))
		if err != nil {
			t.Fatal(err)
		}
		var stdout, stderr strings.Builder
		code := Find(argv[0])(&chain.Call{Name: argv[0], Args: argv[1:], Env: []string{"PATH=/usr/bin:/bin", "HOME=/root"}, Stdout: &stdout, Stderr: &stderr})
		got := outcome{code, stdout.String(), kinds(stderr.String()), tree(t, dir)}
		if got != r.want {
			t.Errorf("%s\nours:\n%s\nrecorded is:\n%s", r.script, got, r.want)
		}
		if missing != nil || n%12 != 0 && os.Getenv(allEnv) == "" {
			continue
		}
		if got := (side{genuine}).call(t, dir, argv...); got != r.want {
			t.Errorf("%s\nthe real command:\n%s\nrecorded is:\n%s", r.script, got, r.want)
		}
	}
	t.Logf("%d expressions", len(scripts))
}
