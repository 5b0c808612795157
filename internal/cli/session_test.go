package cli

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/front"
	"github.com/berth-init/berth/internal/spec"
)

// nowhere is the spec of a test that names none: no word can boot the machine that runs the tests by it.
const nowhere = "/nonexistent/berth.yaml"

// isBerth makes this test's program berth itself, for what only a process of its own can show.
const isBerth = "TEST_IS_BERTH"

// TestMain takes out of the environment what would make these tests say something else on a machine that runs berth.
func TestMain(m *testing.M) {
	if os.Getenv(isBerth) != "" {
		os.Exit(Main(os.Args[1:], nil, Beside{}, os.Stdout))
	}
	for name, value := range map[string]string{front.SpecEnv: nowhere, front.FormatEnv: "", "BERTH_OTHER_USERS": "", api.SocketEnv: "/nonexistent/s"} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// testing.T and rapid.T both.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// answer is what a call of berth gave.
type answer struct {
	code     int
	out, err string
}

// berth calls berth with words.
func berth(t tester, args ...string) answer {
	t.Helper()
	var out strings.Builder
	a := berthTo(t, &out, args...)
	a.out = out.String()
	return a
}

// berthTo calls berth with words and with a stdout. It never boots: as root that would change this very machine.
func berthTo(t tester, out io.Writer, args ...string) answer {
	t.Helper()
	if boots := slices.Contains(args, "init") || slices.Contains(args, "run"); boots {
		if _, wrong := spec.Read(front.OpenSpec, os.Getenv(front.SpecEnv)); len(wrong) == 0 {
			t.Fatalf("%q might boot this machine: name a spec that can't", args)
		}
	}
	var a answer
	a.err = heard(t, func() { a.code = Main(args, nil, Beside{}, out) })
	return a
}

// heard gives what is said on stderr meanwhile. The voice writes to the descriptor, so that is what is turned aside;
// no test of this room runs beside another.
func heard(t tester, speak func()) string {
	t.Helper()
	fd, err := unix.MemfdCreate("stderr", unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), "stderr")
	defer func() { _ = file.Close() }()
	kept, err := unix.FcntlInt(2, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Dup3(fd, 2, 0); err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() { // a panic, too, is told on the real one
			_ = unix.Dup3(kept, 2, 0)
			_ = unix.Close(kept)
		}()
		speak()
	}()
	data, err := io.ReadAll(io.NewSectionReader(file, 0, 1<<24))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// wants holds an answer to its code and to what must be in its two texts; an empty want is an empty text.
func (a answer) wants(t tester, code int, out, err string) {
	t.Helper()
	if a.code != code {
		t.Errorf("ended with %d, want %d", a.code, code)
	}
	for _, text := range []struct{ name, got, want string }{{"stdout", a.out, out}, {"stderr", a.err, err}} {
		if text.want == "" && text.got != "" || !strings.Contains(text.got, text.want) {
			t.Errorf("%s is %q, want %q in it", text.name, text.got, text.want)
		}
	}
}

// put lays a file down, whatever the umask is.
func put(t tester, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// mkdir makes a directory, whatever the umask is.
func mkdir(t tester, path string) string {
	t.Helper()
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t tester, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// snapshot tells all of a tree but when it was read: a change that was undone shows by the change time.
func snapshot(t tester, tree string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(tree, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(path, &st); err != nil {
			return err
		}
		all = append(all, fmt.Sprintf("%q inode %d %o %d:%d %d bytes, %d names, mtime %v, ctime %v",
			path, st.Ino, st.Mode, st.Uid, st.Gid, st.Size, st.Nlink, st.Mtim, st.Ctim))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// app gives the numbers of the app's user in the specs of these tests: as root one of its own, otherwise who runs them.
func app() (uid, gid int) {
	if os.Geteuid() == 0 {
		return 4242, 4343
	}
	return os.Geteuid(), os.Getegid()
}

// image lays a spec down whose volume is a path, with more of the spec after it, and names it as a container would.
// The user has no name: the accounts of the machine that runs the tests are nobody's business.
func image(t *testing.T, volume, more string) {
	t.Helper()
	uid, gid := app()
	text := fmt.Sprintf("version: 1\napp: tester\nuser: {uid: %d, gid: %d}\nvolume:\n  path: %q\n%s", uid, gid, volume, more)
	t.Setenv(front.SpecEnv, put(t, filepath.Join(t.TempDir(), "berth.yaml"), text))
}

// same fails if a tree isn't what it was.
func same(t tester, before, after []string) {
	t.Helper()
	if d := cmp.Diff(before, after); d != "" {
		t.Errorf("the tree has changed:\n%s", d)
	}
}

// mounted runs f on a thread with mounts of its own, which end with the thread.
func mounted(t *testing.T, f func(), mounts ...func() error) {
	t.Helper()
	why := error(nil)
	inOwn := func() {
		own := func() error { return unix.Unshare(unix.CLONE_NEWNS) }
		private := func() error { return unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") }
		for _, step := range append([]func() error{own, private}, mounts...) {
			if why = step(); why != nil {
				return
			}
		}
		f()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never given back
		if unix.Gettid() != unix.Getpid() {
			inOwn()
			return
		}
		other := make(chan struct{}) // this is the thread that /proc/self shows: while it is held, another one does it
		go func() {
			defer close(other)
			runtime.LockOSThread()
			inOwn()
		}()
		<-other
		runtime.UnlockOSThread()
	}()
	<-done
	if why != nil {
		t.Skipf("needs mounts of its own: %v", why)
	}
}
