package s6

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// attacker is the app's own user.
const attacker = 10000

func needsRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: it changes owners")
	}
}

// openDir gives a directory that others can reach, with a mode.
func openDir(t *testing.T, mode uint32) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "place")
	ok(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	ok(t, unix.Chmod(dir, mode))
	return dir
}

// plant is what the attacker makes: variables for root's programs.
func plant(dir string) error {
	env := dir + "/" + path.Base(environmentDir)
	return errors.Join(os.MkdirAll(env, 0o777), os.WriteFile(env+"/LD_PRELOAD", []byte("/tmp/evil.so"), 0o600), os.Chown(env, attacker, attacker))
}

// roots fails unless a directory is root's alone and empty.
func roots(t *testing.T, dir string) {
	t.Helper()
	var st unix.Stat_t
	ok(t, unix.Lstat(dir, &st))
	if st.Uid != 0 || st.Gid != 0 || st.Mode != unix.S_IFDIR|0o755 {
		t.Errorf("%s is %d:%d's with mode %o", dir, st.Uid, st.Gid, st.Mode)
	}
	items, err := os.ReadDir(dir)
	ok(t, err)
	for _, it := range items {
		in, err := it.Info()
		ok(t, err)
		if !strings.HasPrefix(it.Name(), ".old-") || in.Mode().Perm() != 0o700 {
			t.Errorf("%s holds %v", dir, it)
		}
	}
}

// Where others may rename what root makes, they could put variables of their own in its place.
func TestNobodyRenamesRootsDirectories(t *testing.T) {
	needsRoot(t)
	for _, c := range []struct {
		mode, want uint32
		owner      int
		refused    bool
	}{
		{mode: 0o755, want: 0o755},
		{mode: 0o777, want: 0o1777},
		{mode: 0o775, want: 0o1775},
		{mode: 0o2777, want: 0o3777},
		{mode: 0o1777, want: 0o1777},
		{mode: 0o755, want: 0o755, owner: attacker, refused: true},
		{mode: 0o1777, want: 0o1777, owner: attacker, refused: true},
	} {
		t.Run(fmt.Sprintf("%o of %d", c.mode, c.owner), func(t *testing.T) {
			dir := openDir(t, c.mode)
			ok(t, os.Chown(dir, c.owner, 0), unix.Chmod(dir, c.mode))
			for _, claim := range []func() (*place, error){
				func() (*place, error) { return claim(t.Context(), dir) },
				func() (*place, error) { return claimOwn(t.Context(), dir, "ours") },
			} {
				a, err := claim()
				if (err != nil) != c.refused {
					t.Fatalf("got %v", err)
				}
				_ = a.close()
			}
			var st unix.Stat_t
			ok(t, unix.Stat(dir, &st))
			if st.Mode&0o7777 != c.want {
				t.Errorf("it has mode %o, want %o", st.Mode&0o7777, c.want)
			}
			if items, _ := os.ReadDir(dir); c.refused && len(items) > 0 {
				t.Errorf("it holds %v", items)
			}
			if c.refused {
				return
			}
			as(t, func() error {
				if err := os.Rename(dir+"/s6", dir+"/gone"); !errors.Is(err, fs.ErrPermission) {
					return fmt.Errorf("the attacker renames root's directory: %w", err)
				}
				return nil
			})
		})
	}
}

// as does something with the attacker's rights.
func as(t *testing.T, f func() error) {
	t.Helper()
	a, err := fsx.NewActor(attacker, attacker, nil)
	ok(t, err)
	defer func() { _ = a.Close() }()
	ok(t, a.Do(f))
}

// Each of these makes names at the moment at which the directory seems to be empty, or gone.
func TestRootTakesPreparedDirectoriesOver(t *testing.T) {
	needsRoot(t)
	for name, strike := range map[string]func(op, path, s6 string) error{
		"nobody strikes": func(string, string, string) error { return nil },
		"what was emptied is filled": func(op, path, s6 string) error {
			if op == "remove" && path == s6 {
				return plant(s6)
			}
			return nil
		},
		"what was removed is made again": func(op, path, s6 string) error {
			if op == "rename" && path == s6 {
				return errors.Join(os.MkdirAll(s6, 0o777), os.Chown(s6, attacker, attacker), plant(s6))
			}
			return nil
		},
		"and again, and what is in it too": func(op, path, s6 string) error {
			switch {
			case op == "rename" && path == s6:
				return errors.Join(os.MkdirAll(s6, 0o777), os.Chown(s6, attacker, attacker), plant(s6))
			case op == "remove" && path == s6+"/container_environment":
				return plant(s6)
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := openDir(t, 0o777)
			s6 := dir + "/s6"
			ok(t, os.Mkdir(s6, 0o700), unix.Chmod(s6, 0o1777), plant(s6))
			defer fsx.OnChange(func(op, path string) {
				if err := strike(op, path, s6); err != nil {
					t.Error(err)
				}
			})()
			a, err := claim(t.Context(), dir)
			ok(t, err)
			defer func() { _ = a.close() }()
			roots(t, s6)
			as(t, func() error {
				if os.Mkdir(s6+"/container_environment", 0o700) == nil {
					return errors.New("the attacker makes the environment's directory")
				}
				return nil
			})
			ok(t, a.mkdir(environmentDir))
		})
	}
}

// The attacker makes names all the time, in all directories that he can write.
func TestRootTakesPreparedDirectoriesOverUnderSiege(t *testing.T) {
	needsRoot(t)
	var stop atomic.Bool
	strikes, done := make(chan struct{}, 1), make(chan struct{})
	dir := openDir(t, 0o777)
	for _, name := range tops() {
		ok(t, os.Mkdir(dir+"/"+name, 0o700), unix.Chmod(dir+"/"+name, 0o1777))
	}
	t.Cleanup(func() { stop.Store(true); <-done })
	go func() {
		defer close(done)
		a, err := fsx.NewActor(attacker, attacker, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = a.Close() }()
		_ = a.Do(func() error {
			for !stop.Load() {
				_ = os.Rename(dir+"/s6", dir+"/away")
				_ = os.MkdirAll(dir+"/s6/container_environment/deep", 0o777)
				_ = os.WriteFile(dir+"/s6/container_environment/LD_PRELOAD", []byte("x"), 0o600)
				select {
				case strikes <- struct{}{}:
				default:
				}
				runtime.Gosched()
			}
			return nil
		})
	}()
	<-strikes
	a, err := claim(t.Context(), dir)
	for tries := 0; err != nil && tries < 5; tries++ { // a directory that vanishes while it is taken over is a refusal, and right
		a, err = claim(t.Context(), dir)
	}
	ok(t, err)
	defer func() { _ = a.close() }()
	roots(t, dir+"/s6")
	ok(t, a.mkdir(environmentDir), a.dump([]string{"A=1"}))
	for range 3 {
		<-strikes
	}
	items, err := os.ReadDir(dir + "/" + environmentDir)
	ok(t, err)
	if len(items) != 1 {
		t.Errorf("the environment holds %v", items)
	}
}

func TestRootTakesAMountOver(t *testing.T) {
	needsRoot(t)
	dir := openDir(t, 0o755)
	mounted(t, dir+"/s6", "mode=1777")
	ok(t, plant(dir+"/s6"))
	a, err := claim(t.Context(), dir)
	ok(t, err)
	defer func() { _ = a.close() }()
	roots(t, dir+"/s6")
}

// mounted mounts memory until the test ends.
func mounted(t *testing.T, dir, options string) {
	t.Helper()
	ok(t, os.MkdirAll(dir, 0o755))
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("needs the right to mount: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
}

// Where somebody else makes names in a fresh place, the next one is taken.
func TestAPlaceThatIsSharedIsNone(t *testing.T) {
	run, shared := t.TempDir(), t.TempDir()
	ok(t, os.Chmod(run, 0o755), os.Chmod(shared, 0o755))
	w := &boot.World{Environ: []string{"A=1"}}
	p := &plugin{path: "/bin"}
	at, err := settle(t.Context(), run, []string{shared}, func(at *place) error {
		if at.path == run {
			ok(t, at.mkdir(environmentDir)) // somebody else's
		}
		return p.furnish(at, w)
	})
	if at == nil || !errors.Is(err, fs.ErrExist) || !strings.HasPrefix(at.path, shared+"/berth-s6-") {
		t.Fatalf("got %+v, %v", at, err)
	}
	defer func() { _ = at.close() }()
	if got := read(t, at.path+"/"+environmentDir+"/A"); got != "1" {
		t.Errorf("the variable is %q", got)
	}
}
