package api

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestTheListOfPlaces(t *testing.T) {
	for _, c := range []struct {
		name string
		env  map[string]string
		uids []uint32
		want []string
	}{
		{"the server's", nil, []uint32{0}, []string{"/run/berth/control.sock", "/tmp/berth-0/control.sock", "/dev/shm/berth-0/control.sock"}},
		{
			"a user's with a directory of its own",
			map[string]string{"XDG_RUNTIME_DIR": "/run/user/5"},
			[]uint32{5},
			[]string{"/run/berth/control.sock", "/run/user/5/berth/control.sock", "/tmp/berth-5/control.sock", "/dev/shm/berth-5/control.sock"},
		},
		{
			"a client's, who looks for more than one user's", nil,
			[]uint32{5, 0, 5, 7},
			[]string{
				"/run/berth/control.sock", "/tmp/berth-5/control.sock", "/tmp/berth-0/control.sock", "/tmp/berth-7/control.sock",
				"/dev/shm/berth-5/control.sock", "/dev/shm/berth-0/control.sock", "/dev/shm/berth-7/control.sock",
			},
		},
		{"a wish is the only one", map[string]string{SocketEnv: "/a/b.sock", "XDG_RUNTIME_DIR": "/x"}, []uint32{0}, []string{"/a/b.sock"}},
		{"a relative directory is none", map[string]string{"XDG_RUNTIME_DIR": "x"}, nil, []string{"/run/berth/control.sock"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, p := range standard().places(env(c.env), c.uids...) {
				got = append(got, p.path())
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestWhatLiesOnTheVolume(t *testing.T) {
	top := shortTemp(t)
	for _, dir := range []string{"data/deep", "other"} {
		if err := os.MkdirAll(filepath.Join(top, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for from, to := range map[string]string{"link": "data", "other/in": "../data/deep"} {
		if err := os.Symlink(to, filepath.Join(top, from)); err != nil {
			t.Fatal(err)
		}
	}
	off := []string{filepath.Join(top, "none"), filepath.Join(top, "data"), "/"}
	for path, want := range map[string]bool{
		"data": true, "data/deep": true, "data/not/there/yet": true, "link": true, "link/deep": true, "other/in": true,
		"other/in/new": true, "other": false, "new": false, "database": false, "": false,
	} {
		if got := onAny(off, filepath.Join(top, path)); got != want {
			t.Errorf("%q lies on the volume: %v", path, got)
		}
	}
	if onAny(nil, top) {
		t.Error("without a volume there is one")
	}
}

func TestWhoseDirectoryItMayBe(t *testing.T) {
	uid := uint32(os.Geteuid())
	for _, c := range []struct {
		name string
		make func(t *testing.T, dir string)
		want string // in the error; empty is none
	}{
		{"none yet", func(*testing.T, string) {}, ""},
		{"one's own", func(t *testing.T, dir string) { mkdir(t, dir, 0o700) }, ""},
		{"one that everybody can write", func(t *testing.T, dir string) { mkdir(t, dir, 0o777) }, "others can write it"},
		{"one that a group can write", func(t *testing.T, dir string) { mkdir(t, dir, 0o770) }, "others can write it"},
		{"a link to one's own", func(t *testing.T, dir string) {
			mkdir(t, dir+"x", 0o700)
			if err := os.Symlink(dir+"x", dir); err != nil {
				t.Fatal(err)
			}
		}, "symbolic link"},
		{"a file", func(t *testing.T, dir string) {
			if err := os.WriteFile(dir, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "another kind"},
		{"somebody else's", func(t *testing.T, dir string) {
			needsRoot(t)
			mkdir(t, dir, 0o700)
			if err := os.Chown(dir, 4321, 4321); err != nil {
				t.Fatal(err)
			}
		}, "somebody else"},
	} {
		t.Run(c.name, func(t *testing.T) {
			base := shortTemp(t)
			c.make(t, filepath.Join(base, "berth"))
			for _, p := range []place{{base: base, dir: "berth", name: "s"}, {dir: filepath.Join(base, "berth"), name: "s"}} {
				dir, err := p.open(uid, nil)
				if err == nil {
					info, ierr := dir.Info()
					if ierr != nil || info.UID != uid || info.Perm&0o022 != 0 || info.Perm&0o011 != 0o011 {
						t.Errorf("%s has mode %o, %v", dir.Path(), info.Perm, ierr)
					}
					_ = dir.Close()
				}
				if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
					t.Errorf("below %q: %v", p.base, err)
				}
			}
		})
	}
}

func TestARuntimeDirectoryMustBeTheUsersOwn(t *testing.T) {
	base := shortTemp(t)
	p := place{base: base, dir: "berth", name: "s", mine: true}
	dir, err := p.open(uint32(os.Geteuid()), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = dir.Close()
	if _, err := p.open(uint32(os.Geteuid())+1, nil); err == nil {
		t.Error("another's was taken")
	}
	p.base = filepath.Join(base, "none")
	if _, err := p.open(uint32(os.Geteuid()), nil); err == nil {
		t.Error("it was made")
	}
}

func mkdir(t *testing.T, dir string, mode os.FileMode) {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, mode); err != nil {
		t.Fatal(err)
	}
}
