package early

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/door"
	"github.com/berth-init/berth/internal/records"
	"github.com/berth-init/berth/internal/shim"
)

const (
	mainVar   = "EARLY_TEST_MAIN"   // has main tell that it was come to, and as whom
	sealedVar = "EARLY_TEST_SEALED" // says that a test is in the mount namespace that sealed makes
)

func TestMain(m *testing.M) {
	if os.Getenv(mainVar) != "" {
		umask := syscall.Umask(0)
		fmt.Printf("main %d %d %03o %q\n", os.Geteuid(), os.Getegid(), umask, os.Args[1:])
		os.Exit(3)
	}
	os.Exit(m.Run())
}

// sealed says whether a test may go on here: the records' directory is one fixed place, which on a machine isn't the test's to
// write. Outside, it runs the test once more in a mount namespace of its own, with a /run that nobody else sees.
func sealed(t *testing.T) bool {
	t.Helper()
	if os.Getenv(sealedVar) != "" {
		must(t, unix.Mount("tmpfs", "/run", "tmpfs", 0, "mode=755"))
		t.Cleanup(func() { must(t, unix.Unmount("/run", unix.MNT_DETACH)) })
		return true
	}
	if os.Geteuid() != 0 {
		t.Skip("needs root: it mounts a /run of its own")
	}
	seal := []string{"-m", "--propagation", "private"}
	if out, err := exec.Command("unshare", append(seal[:3:3], "true")...).CombinedOutput(); err != nil {
		t.Skipf("needs a mount namespace: %v %s", err, out)
	}
	self, err := os.Executable()
	must(t, err)
	c := exec.Command("unshare", append(seal, self, "-test.run=^"+t.Name()+"$")...)
	c.Env = append(os.Environ(), sealedVar+"=1")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("in its own namespace: %v\n%s", err, out)
	}
	return false
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// put lays a file of a mode below /run, where everybody can come.
func put(t *testing.T, name, text string, mode os.FileMode) string {
	t.Helper()
	file := filepath.Join("/run", name)
	must(t, os.MkdirAll(filepath.Dir(file), 0o755))
	must(t, os.Chmod(filepath.Dir(file), 0o755))
	must(t, os.WriteFile(file, []byte(text), 0o600))
	must(t, os.Chmod(file, mode))
	return file
}

// booted leaves the record of a boot, changed by some.
func booted(t *testing.T, changes ...func(*shim.App)) string {
	t.Helper()
	app := &shim.App{
		Version: 1, UID: 4242, GID: 4343, Groups: []uint32{4444}, Name: "app", Home: "/data", Umask: 0o27, Command: []string{"hermes"},
		RootEnv: "AS_ROOT", Native: []string{"gateway"}, Set: map[string]string{"GREETING": "hello ${WHO:-world}"}, Path: []string{"/run/bin"},
		Files: []string{"TOKEN"},
	}
	for _, change := range changes {
		change(app)
	}
	data, err := json.Marshal(app)
	must(t, err)
	return put(t, "berth/"+records.AppFile, string(data), 0o640)
}

// theApp tells what it has become.
const theApp = `#!/bin/sh
[ "$1" = exit ] && exit "$2"
echo "app $(id -u) $(id -g) $(id -G) $(umask) $HOME, $GREETING, $TOKEN, ${TOKEN_FILE-none}, $*"
`

// called calls by a name, with main telling where it is come to; beside its environment as root's shell has it.
func called(t *testing.T, name, env string, args ...string) (string, int) {
	t.Helper()
	for line := range strings.FieldsSeq(env) {
		variable, value, _ := strings.Cut(line, "=")
		t.Setenv(variable, value)
	}
	t.Setenv(mainVar, "1")
	t.Setenv("PATH", "/usr/bin:/bin")
	defer syscall.Umask(syscall.Umask(0o26))
	return as(t, name, args...)
}

func TestTheAppsNameBecomesTheApp(t *testing.T) {
	if !sealed(t) {
		return
	}
	put(t, "bin/hermes", theApp, 0o755)
	put(t, "bin/helper", theApp, 0o755)
	real := put(t, "real/hermes", strings.Replace(theApp, "app ", "real ", 1), 0o755)
	put(t, "secret/token", "s3cret\n", 0o600)
	const who, none = "app 4242 4343 4343 4444 0027 /data, hello world, ", ", none, "
	for _, c := range []struct {
		about, name, env string
		args             []string
		change           func(*shim.App)
		out              string
		code             int
	}{
		{"root", "hermes", "", []string{"-q", "a b"}, nil, who + none + "-q a b\n", 0},
		{"by a path, with no words", "/opt/bin/hermes", "", nil, nil, who + none + "\n", 0},
		{"the code is the app's", "hermes", "", []string{"exit", "9"}, nil, "", 9},
		{"a caller's variables", "hermes", "WHO=you", nil, nil, strings.Replace(who, "world", "you", 1) + none + "\n", 0},
		{"a secret that only root can read", "hermes", "TOKEN_FILE=/run/secret/token", nil, nil, who + "s3cret" + none + "\n", 0},
		{"who asks to stay root", "hermes", "AS_ROOT=1", nil, nil, "app 0 0 ", 0},
		{"main.program", "hermes", "", []string{"x"}, func(a *shim.App) { a.Program = real }, "real 4242 4343 ", 0},
		{"another program that berth stands before", "helper", "", []string{"gateway", "start"}, nil, who + none + "gateway start\n", 0},
		{"words that aren't berth's", "hermes", "", []string{"gateway", "setup"}, nil, who + none + "gateway setup\n", 0},
		{"words that the image leaves to the app", "hermes", "", []string{"doctor"}, nil, who + none + "doctor\n", 0},
		{"in a format that berth speaks", "hermes", door.FormatEnv + "=json", nil, nil, who + none + "\n", 0},
	} {
		t.Run(c.about, func(t *testing.T) {
			booted(t, func(a *shim.App) {
				if c.change != nil {
					c.change(a)
				}
			})
			if out, code := called(t, c.name, c.env, c.args...); !strings.HasPrefix(out, c.out) || code != c.code || strings.HasSuffix(c.out, "\n") && out != c.out {
				t.Errorf("it says %q and ends with %d, want %q and %d", out, code, c.out, c.code)
			}
		})
	}
}

// Whatever there is to say, to answer or to look for is main's, and main is as whom it was started.
func TestWhatElseComesByTheAppsNameIsMains(t *testing.T) {
	if !sealed(t) {
		return
	}
	names := []string{"hermes", "berth", "berth-x", "init", "tini", "entrypoint.sh", "s6-log", "s6-rc", "halt"}
	for _, name := range names { // who took one of berth's names for the app's would find something
		put(t, "bin/"+name, theApp, 0o755)
	}
	broken := put(t, "broken/hermes", "#!/run/none\n", 0o755)
	garbage := put(t, "garbage/hermes", "\x7fELF", 0o755)
	record := "/run/berth/" + records.AppFile
	for _, c := range []struct {
		about, name, env, words string
		change                  func(*shim.App)
		spoil                   func() error
	}{
		{about: "words that berth answers", words: "gateway start"},
		{about: "behind a profile", words: "-p x gateway start"},
		{about: "berth's own name", name: "berth"},
		{about: "a longer one", name: "berth-x"},
		{about: "the entry point", name: "init", words: "a"},
		{about: "another's", name: "tini", words: "-- /init a"},
		{about: "a third's", name: "entrypoint.sh"},
		{about: "a word of a script that stays", name: "s6-log", words: "t"},
		{about: "one that talks to the supervisor", name: "s6-rc"},
		{about: "one that ends the container", name: "halt"},
		{about: "no name", name: "/"},
		{about: "a format that berth doesn't speak", env: door.FormatEnv + "=xml"},
		{about: "no record", spoil: func() error { return os.Remove(record) }},
		{about: "no directory of records", spoil: func() error { return os.RemoveAll(records.Dir) }},
		{about: "somebody else's record", spoil: func() error { return os.Chown(record, 4242, 0) }},
		{about: "one that others can write", spoil: func() error { return os.Chmod(record, 0o602) }},
		{about: "a directory that others can write", spoil: func() error { return os.Chmod(records.Dir, 0o777) }},
		{about: "a link", spoil: func() error {
			if err := os.Rename(record, record+".real"); err != nil {
				return err
			}
			return os.Symlink(record+".real", record)
		}},
		{about: "half a record", spoil: func() error { return os.Truncate(record, 20) }},
		{about: "no such program", name: "other"},
		{about: "main.program that is gone", change: func(a *shim.App) { a.Program = "/run/gone" }},
		{about: "a program whose interpreter is gone", change: func(a *shim.App) { a.Program = broken }},
		{about: "a program that is none", change: func(a *shim.App) { a.Program = garbage }},
		{about: "a program that is berth itself", change: func(a *shim.App) { a.Program = "/proc/self/exe" }},
		{about: "words that no program can have", change: func(a *shim.App) { a.Set["X"] = "\x00" }},
	} {
		t.Run(c.about, func(t *testing.T) {
			must(t, os.RemoveAll(records.Dir))
			booted(t, func(a *shim.App) {
				if c.change != nil {
					c.change(a)
				}
			})
			if c.spoil != nil {
				must(t, c.spoil())
			}
			name := c.name
			if name == "" {
				name = "hermes"
			}
			words := strings.Fields(c.words)
			want := fmt.Sprintf("main 0 0 026 %q\n", words)
			if len(words) == 0 {
				want = "main 0 0 026 []\n"
			}
			if out, code := called(t, name, c.env, words...); out != want || code != 3 {
				t.Errorf("it says %q and ends with %d, want %q and 3", out, code, want)
			}
		})
	}
}

// The app's user, who is let in to the record by its group, stays who it is.
func TestTheAppsUserBecomesTheApp(t *testing.T) {
	if !sealed(t) {
		return
	}
	put(t, "bin/hermes", theApp, 0o755)
	must(t, os.Chown(booted(t), 0, 4343))
	self, err := os.ReadFile("/proc/self/exe")
	must(t, err)
	shimFile := put(t, "shim/hermes", "", 0o755)
	must(t, os.WriteFile(shimFile, self, 0o600))
	for _, c := range []struct {
		uid, gid uint32
		want     string
	}{
		{4242, 4343, "app 4242 4343 4343 0027 /data, hello world, "},
		{5555, 5555, "main 5555 5555 "}, // who may not read it is told so by main
	} {
		call := exec.Command(shimFile, "x")
		call.Env = []string{mainVar + "=1", "PATH=/usr/bin:/bin"}
		call.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: c.uid, Gid: c.gid}}
		if out, err := call.CombinedOutput(); !strings.HasPrefix(string(out), c.want) {
			t.Errorf("%d: it says %q, %v", c.uid, out, err)
		}
	}
}
