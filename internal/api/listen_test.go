package api

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/fsx"
)

// somewhere makes a list of places below a directory of the test's.
func somewhere(t *testing.T) roots {
	t.Helper()
	top := shortTemp(t)
	r := roots{run: top + "/run/berth", tmp: top + "/tmp", shm: top + "/shm"}
	mkdir(t, top+"/run", 0o755)
	mkdir(t, r.tmp, 0o777|os.ModeSticky)
	mkdir(t, r.shm, 0o777|os.ModeSticky)
	return r
}

// blocked puts a file where a directory would be made: the way of being read-only that root obeys too.
func blocked(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// serves serves on a list of places and gives the client for it.
func serves(t *testing.T, r roots, vars map[string]string) (*Listener, *Client) {
	t.Helper()
	l, err := Listen(t.Context(), Where{Getenv: env(vars), roots: &r})
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{}
	s := New(Options{About: Version{Version: "here"}, Supervisor: f, Recorder: f, Allow: grants()})
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := errors.Join(s.Close(context.Background()), <-done, l.Close(), l.Close()); err != nil {
			t.Error(err)
		}
		if _, err := os.Lstat(l.Path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the name is left: %v", err)
		}
	})
	c := NewClient(env(vars))
	c.roots = r
	return l, c
}

func TestTheClientFindsTheServerWhereverItHadToGo(t *testing.T) {
	uid := "/berth-" + itoa(os.Geteuid())
	for _, c := range []struct {
		name   string
		block  func(t *testing.T, r roots)
		want   func(r roots) string
		passed int
	}{
		{"/run", func(*testing.T, roots) {}, func(r roots) string { return r.run }, 0},
		{"/tmp", func(t *testing.T, r roots) { blocked(t, r.run) }, func(r roots) string { return r.tmp + uid }, 1},
		{"/dev/shm", func(t *testing.T, r roots) { blocked(t, r.run); blocked(t, r.tmp+uid) }, func(r roots) string { return r.shm + uid }, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := somewhere(t)
			c.block(t, r)
			l, client := serves(t, r, nil)
			if want := c.want(r) + "/control.sock"; l.Path != want || len(l.Passed) != c.passed {
				t.Errorf("it listens at %s, want %s; passed over %v", l.Path, want, l.Passed)
			}
			for _, p := range l.Passed {
				if !strings.HasPrefix(p.Error(), "listen at /") {
					t.Errorf("odd words: %v", p)
				}
			}
			if v, err := client.Version(t.Context()); err != nil || v.Version != "here" {
				t.Errorf("%v, %v", v, err)
			}
			st, err := os.Lstat(l.Path)
			if err != nil || st.Mode().Perm() != 0o666 {
				t.Errorf("%v, %v", st.Mode(), err)
			}
		})
	}
}

func TestARuntimeDirectoryIsTheSecondPlace(t *testing.T) {
	r := somewhere(t)
	blocked(t, r.run)
	own := shortTemp(t)
	l, client := serves(t, r, map[string]string{"XDG_RUNTIME_DIR": own})
	if l.Path != own+"/berth/control.sock" {
		t.Errorf("it listens at %s", l.Path)
	}
	if _, err := client.Version(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAWishIsGranted(t *testing.T) {
	path := shortTemp(t) + "/deep/down/b.sock"
	l, client := serves(t, somewhere(t), map[string]string{SocketEnv: path})
	if l.Path != path {
		t.Errorf("it listens at %s", l.Path)
	}
	if _, err := client.Version(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAWishThatCantBeGrantedIsRefused(t *testing.T) {
	volume := shortTemp(t)
	open := shortTemp(t)
	if err := os.Chmod(open, 0o777); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{
		volume + "/s": errVolume, volume + "/new/s": errVolume, "s": errRelative, open + "/s": fsx.ErrOthers,
		shortTemp(t) + "/" + strings.Repeat("x", 108): fsx.ErrLongPath,
	} {
		r := somewhere(t)
		_, err := Listen(t.Context(), Where{Getenv: env(map[string]string{SocketEnv: path}), Off: []string{volume}, roots: &r})
		if !errors.Is(err, want) || HintFor(err) == "" {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := os.Lstat(volume + "/new"); err == nil {
		t.Error("something was made on the volume")
	}
}

func TestAPlaceOnTheVolumeIsPassedOver(t *testing.T) {
	r := somewhere(t)
	l, err := Listen(t.Context(), Where{Getenv: env(nil), Off: []string{filepath.Dir(r.run)}, roots: &r})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if !strings.HasPrefix(l.Path, r.tmp) || !errors.Is(l.Passed[0], errVolume) {
		t.Errorf("it listens at %s; passed over %v", l.Path, l.Passed)
	}
}

func TestNoPlaceAtAll(t *testing.T) {
	top := shortTemp(t)
	blocked(t, top+"/f")
	r := roots{run: top + "/f/run", tmp: top + "/f", shm: top + "/none"}
	_, err := Listen(t.Context(), Where{Getenv: env(nil), roots: &r})
	if HintFor(err) == "" || strings.Count(err.Error(), "listen at ") != 3 {
		t.Errorf("%v", err)
	}
}

// A second berth in the same place must not split the clients between two.
func TestASecondServerIsRefused(t *testing.T) {
	r := somewhere(t)
	_, client := serves(t, r, nil)
	_, err := Listen(t.Context(), Where{Getenv: env(nil), roots: &r})
	if !errors.Is(err, fsx.ErrAnswers) || !strings.Contains(HintFor(err), SocketEnv) {
		t.Errorf("%v, hint %q", err, HintFor(err))
	}
	if _, err := client.Version(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestADeadServersNameIsTakenOver(t *testing.T) {
	r := somewhere(t)
	mkdir(t, r.run, 0o755)
	dead(t, r.run+"/control.sock")
	l, client := serves(t, r, nil)
	if l.Path != r.run+"/control.sock" {
		t.Errorf("it listens at %s", l.Path)
	}
	if _, err := client.Version(t.Context()); err != nil {
		t.Error(err)
	}
}
