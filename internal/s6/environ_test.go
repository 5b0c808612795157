package s6

import (
	"errors"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/daemon"
	"github.com/berth-init/berth/internal/s6dir"
)

func TestTheEnvironmentIsAFileAVariable(t *testing.T) {
	a := placed(t)
	ok(t, a.mkdir(environmentDir))
	ok(t, a.dump([]string{"A=one", "B=", "C=x\n", "D=a b\nc", "bad", "=x", "E/F=x", "..=x"}))
	dir := a.path + "/" + environmentDir
	for name, want := range map[string]string{"A": "one", "B": "\n", "C": "x\n\n", "D": "a b\nc"} {
		if got := read(t, dir+"/"+name); got != want {
			t.Errorf("%s holds %q, want %q", name, got, want)
		}
	}
	items, err := os.ReadDir(dir)
	ok(t, err)
	if len(items) != 4 {
		t.Errorf("there are %v", items)
	}
}

func TestWhatScriptsChangedIsSeen(t *testing.T) {
	a := placed(t)
	ok(t, a.mkdir(environmentDir))
	environ := []string{"SAME=1", "PATH=/bin", "OTHER=old", "GONE=1", "EMPTY=", "UNSET=1"}
	ok(t, a.dump(environ))
	dir := a.path + "/" + environmentDir + "/"
	write(t, dir+"OTHER", "new\n", 0o644)
	write(t, dir+"BORN", "yes", 0o644)
	write(t, dir+"UNSET", "", 0o644)
	write(t, dir+"A=B", "x", 0o644)
	write(t, dir+"NUL", "a\x00b", 0o644)
	ok(t, os.Remove(dir+"GONE"), os.Symlink("/etc/passwd", dir+"LINK"), os.Mkdir(dir+"DIR", 0o755))
	set, unset := a.changed(environ)
	if want := map[string]string{"OTHER": "new", "BORN": "yes"}; !maps.Equal(set, want) {
		t.Errorf("set: %v, want %v", set, want)
	}
	if got := strings.Join(unset, " "); got != "GONE UNSET" {
		t.Errorf("unset: %s", got)
	}
	got := overlay([]string{"PATH=/command:/bin", "OTHER=old", "GONE=1", "HOME=/"}, map[string]string{"OTHER": "new", "BORN": "yes", "PATH": "/x"}, unset)
	if want := []string{"PATH=/command:/bin", "HOME=/", "BORN=yes", "OTHER=new"}; !slices.Equal(got, want) {
		t.Errorf("laid over: %q, want %q", got, want)
	}
}

// What is written and read again is what it was: nothing is changed where no script changed anything.
func TestADumpChangesNothing(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			r.Fatal(err)
		}
		a, err := claim(t.Context(), dir)
		if err != nil {
			r.Fatal(err)
		}
		defer func() { _ = a.close() }()
		if err := a.mkdir(environmentDir); err != nil {
			r.Fatal(err)
		}
		vars := rapid.MapOf(rapid.StringMatching(`[A-Za-z_][A-Za-z0-9_.-]{0,8}`), rapid.StringOf(rapid.RuneFrom([]rune("a\n= é\t'\"$")))).Draw(r, "environ")
		var environ []string
		for name, value := range vars {
			environ = append(environ, name+"="+value)
		}
		if err := a.dump(environ); err != nil {
			r.Fatal(err)
		}
		if set, unset := a.changed(environ); len(set) > 0 || len(unset) > 0 {
			r.Fatalf("set %q, unset %q", set, unset)
		}
	})
}

// A variable that never had a file, for want of room, was taken away by nobody.
func TestWhatCouldNotBeWrittenIsKept(t *testing.T) {
	a := placed(t)
	ok(t, a.mkdir(environmentDir), a.mkdir(environmentDir+"/SECRET"))
	environ := []string{"A=1", "SECRET=1", "GONE=1", "ODD=1"}
	if err := a.dump(environ); err == nil {
		t.Error("a directory was replaced")
	}
	dir := a.path + "/" + environmentDir + "/"
	ok(t, os.Remove(dir+"SECRET"), os.Remove(dir+"GONE"), os.Remove(dir+"ODD"), os.Mkdir(dir+"ODD", 0o755)) // ODD can't be read
	set, unset := a.changed(environ)
	if len(set) > 0 || !slices.Equal(unset, []string{"GONE"}) {
		t.Errorf("set %q, unset %q", set, unset)
	}
	write(t, dir+"SECRET", "2", 0o644) // a script's
	if set, _ := a.changed(environ); !maps.Equal(set, map[string]string{"SECRET": "2"}) {
		t.Errorf("set %q", set)
	}
}

func TestOnAFullDiskEveryVariableIsKept(t *testing.T) {
	needsRoot(t)
	dir := openDir(t, 0o755)
	mounted(t, dir, "size=64k,mode=755")
	a, err := claim(t.Context(), dir)
	ok(t, err)
	defer func() { _ = a.close() }()
	ok(t, a.mkdir(environmentDir))
	var environ []string
	for i := range 100 {
		environ = append(environ, "V"+strconv.Itoa(i)+"="+strings.Repeat("x", 4000))
	}
	if err := a.dump(environ); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("got %v", err)
	}
	if set, unset := a.changed(environ); len(set) > 0 || len(unset) > 0 {
		t.Errorf("set %d, unset %q", len(set), unset)
	}
}

func TestManyVariablesAreAllKept(t *testing.T) {
	a := placed(t)
	ok(t, a.mkdir(environmentDir))
	var environ []string
	for i := range maxVariables + 10 {
		environ = append(environ, "V"+strconv.Itoa(i)+"=1")
	}
	ok(t, a.dump(environ))
	if set, unset := a.changed(environ); len(set) > 0 || len(unset) > 0 {
		t.Errorf("set %q, unset %q", set, unset)
	}
}

func TestWhatScriptsAreStartedWith(t *testing.T) {
	p := &plugin{path: "/command:/bin", host: daemon.Host{World: &boot.World{Environ: []string{"PATH=/bin", "SECRET=1"}}}}
	if got := p.scriptEnv("RC_NAME=x"); !slices.Equal(got, []string{"PATH=/command:/bin", "RC_NAME=x"}) {
		t.Errorf("got %q", got)
	}
	p.settings.KeepEnv = true
	p.at = &place{path: "/dev/shm/x"}
	if got := p.scriptEnv(); !slices.Equal(got, []string{"SECRET=1", "PATH=/command:/bin", s6dir.RunEnv + "=/dev/shm/x"}) {
		t.Errorf("with everything kept: %q", got)
	}
}

func TestThePathHasWhatItLacks(t *testing.T) {
	for given, want := range map[string]string{
		"":                              "/command:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"/usr/local/bin:/usr/bin:/bin":  "/command:/usr/local/bin:/usr/bin:/bin",
		"/x":                            "/command:/usr/bin:/bin:/x",
		"/x:/command:/bin":              "/usr/bin:/x:/command:/bin",
		"/command:/usr/bin:/bin:/opt/x": "/command:/usr/bin:/bin:/opt/x",
	} {
		if got := commandPath(given); got != want {
			t.Errorf("%q becomes %q, want %q", given, got, want)
		}
	}
}
