package fsx

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	mkdir(t, dir+"/real/sub")
	ok(t, os.Symlink("real", dir+"/link"), unix.Mkfifo(dir+"/fifo", 0o600))
	write(t, dir+"/file", "")
	for _, c := range []struct {
		name, path string
		want       error
	}{
		{"a directory", dir + "/real", nil},
		{"a directory with a slash at the end", dir + "/real/", nil},
		{"a directory below an operator's link", dir + "/link/sub", nil},
		{"a link to a directory", dir + "/link", ErrSymlink},
		{"a link to a directory with a slash at the end", dir + "/link/", ErrSymlink},
		{"a FIFO that nobody writes to", dir + "/fifo", ErrKind},
		{"a file", dir + "/file", ErrKind},
		{"nothing", dir + "/none", fs.ErrNotExist},
		{"a relative path", "real", ErrName},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := Open(c.path)
			wants(t, err, c.want)
			if err == nil {
				if d.Path() != filepath.Clean(c.path) {
					t.Errorf("path is %q", d.Path())
				}
				ok(t, d.Close(), d.Close())
			}
		})
	}
}

func TestLook(t *testing.T) {
	dir := t.TempDir()
	outside := mkdir(t, dir+"/outside")
	write(t, outside+"/secret", "s")
	in := mkdir(t, dir+"/in")
	mkdir(t, in+"/a/b")
	write(t, in+"/a/file", "f")
	ok(
		t, os.Symlink("../outside", in+"/out"), os.Symlink("a", in+"/inner"), os.Symlink(outside+"/secret", in+"/abs"),
		unix.Mkfifo(in+"/fifo", 0o600), os.Symlink("/proc/self/root", in+"/magic"), os.Symlink("loop", in+"/loop"),
		unix.Mknod(in+"/socket", unix.S_IFSOCK|0o600, 0),
	)
	everyKernel(t, func(t *testing.T) {
		d := opened(t, in)
		before := openFiles(t)
		for _, c := range []struct {
			name, look string
			kind       Kind
			want       error
		}{
			{"the directory itself by no name", "", Directory, nil},
			{"the directory itself by a dot", ".", Directory, nil},
			{"a directory below", "a/b", Directory, nil},
			{"a file in needless words", "./a//./file", Regular, nil},
			{"a FIFO doesn't block", "fifo", FIFO, nil},
			{"a socket", "socket", Socket, nil},
			{"a link in the last place is the link", "out", Symlink, nil},
			{"a link to itself is a link", "loop", Symlink, nil},
			{"a link on the way out", "out/secret", Unknown, ErrSymlink},
			{"a link on the way inside", "inner/file", Unknown, ErrSymlink},
			{"a magic link on the way", "magic/etc", Unknown, ErrSymlink},
			{"two dots", "..", Unknown, ErrName},
			{"two dots on the way", "a/../a/file", Unknown, ErrName},
			{"an absolute name", "/a", Unknown, ErrName},
			{"a name with a zero byte", "a\x00b", Unknown, ErrName},
			{"nothing", "a/none", Unknown, fs.ErrNotExist},
			{"below a file", "a/file/x", Unknown, unix.ENOTDIR},
			{"a name longer than the kernel takes", strings.Repeat("x", 300), Unknown, unix.ENAMETOOLONG},
		} {
			t.Run(c.name, func(t *testing.T) {
				e, err := d.Look(c.look)
				wants(t, err, c.want)
				if err == nil {
					if e.Info().Kind != c.kind {
						t.Errorf("kind is %v, want %v", e.Info().Kind, c.kind)
					}
					ok(t, e.Close(), e.Close())
				}
				if errors.Is(c.want, ErrSymlink) || errors.Is(c.want, ErrName) {
					if !IsRefusal(err) {
						t.Errorf("%v is no refusal", err)
					}
				}
			})
		}
		for name, want := range map[string]error{"a/b": nil, "out": ErrSymlink, "a/file": ErrKind, "fifo": ErrKind, "none": fs.ErrNotExist} {
			s, err := d.Sub(name)
			wants(t, err, want)
			if err == nil {
				ok(t, s.Close())
			}
		}
		if after := openFiles(t); after != before {
			t.Errorf("%d descriptors are open, %d were before", after, before)
		}
	})
}

func TestInfo(t *testing.T) {
	d := temp(t)
	write(t, d.Path()+"/f", "four")
	ok(t, os.Chmod(d.Path()+"/f", 0o640|os.ModeSetuid), os.Link(d.Path()+"/f", d.Path()+"/g"))
	e, err := d.Look("f")
	ok(t, err)
	defer func() { _ = e.Close() }()
	in := e.Info()
	if in.Perm != 0o4640 || in.Size != 4 || in.Nlink != 2 || in.UID != uint32(os.Geteuid()) || in.Mtime.IsZero() || in.Ino == 0 {
		t.Errorf("info is %+v", in)
	}
	var st unix.Stat_t
	ok(t, unix.Lstat(d.Path()+"/f", &st))
	if in.Dev != st.Dev {
		t.Errorf("device is %d, stat says %d", in.Dev, st.Dev)
	}
	for k, want := range map[Kind]string{Regular: "file", FIFO: "FIFO", Kind(99): "unknown", BlockDevice: "block device"} {
		if k.String() != want {
			t.Errorf("kind %d is called %q", k, k)
		}
	}
}

func TestEmpty(t *testing.T) {
	d := Empty("/nowhere")
	look := func(_ any, err error) error { return err }
	_, _, readErr := d.Read("x", 1)
	for name, err := range map[string]error{
		"look": look(d.Look("")), "sub": look(d.Sub("a")), "info": look(d.Info()), "read": readErr, "readlink": look(d.Readlink("x")),
		"create": d.Create("x", nil, Attr{}), "mkdir": d.Mkdir("x", Attr{}), "replace": d.Replace("x", nil, Attr{}),
		"remove": d.Remove("x"), "rename": d.Rename("x", "y"), "append": d.Append("x", nil, Attr{}, 1), "writable": d.Writable(),
		"usable": d.Usable("x", 1, 1, nil), "lock": look(d.Lock(t.Context(), "x", Attr{})), "mount": look(d.Mount("x")), "sweep": d.Sweep(".berth-0123456789abcdef"),
	} {
		t.Run(name, func(t *testing.T) { wants(t, err, fs.ErrNotExist) })
	}
	list, err := d.List()
	if err != nil || len(list) != 0 {
		t.Errorf("list gives %v, %v", list, err)
	}
	wants(t, d.Walk(t.Context(), func(Found) error { return errors.New("visited") }), nil)
	there, err := d.Exists("x")
	if there || err != nil {
		t.Errorf("exists gives %v, %v", there, err)
	}
	ok(t, d.Close())
}

func TestMakeAll(t *testing.T) {
	dir := t.TempDir()
	mkdir(t, dir+"/real")
	write(t, dir+"/file", "")
	ok(t, os.Symlink("real", dir+"/link"), os.Symlink("none", dir+"/dangling"))
	defer unix.Umask(unix.Umask(0o077))
	for _, c := range []struct {
		name, path string
		made       bool
		want       error
		words      string
	}{
		{"a directory is there", "/real", false, nil, ""},
		{"three levels are missing", "/a/b/c", true, nil, ""},
		{"three levels are there now", "/a/b/c", false, nil, ""},
		{"below an operator's link", "/link/x", true, nil, ""},
		{"a file on the way", "/file/x", false, ErrKind, "/file: "},
		{"a file in the last place", "/file", false, ErrKind, "/file: "},
		{"a link to nothing", "/dangling/x", false, ErrSymlink, "/dangling: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			made, err := MakeAll(dir+c.path, 0o2750)
			wants(t, err, c.want)
			if made != c.made {
				t.Errorf("made is %v", made)
			}
			if err != nil && !strings.Contains(err.Error(), dir+c.words) {
				t.Errorf("%v doesn't name %s", err, c.words)
			}
		})
	}
	if p := perm(t, dir+"/a/b/c"); p != 0o2750 {
		t.Errorf("the last one has mode %o", p)
	}
	if p := perm(t, dir+"/a/b"); p != 0o755 {
		t.Errorf("a parent has mode %o under umask 077", p)
	}
	_, err := MakeAll("relative", 0o755)
	wants(t, err, ErrName)
	made, err := MakeAll("/", 0o755)
	if made || err != nil {
		t.Errorf("the root gives %v, %v", made, err)
	}
}

func TestWords(t *testing.T) {
	for in, want := range map[string]string{
		"/data/a":    "/data/a",
		"/data/ü":    "/data/ü",
		"a b":        `"a b"`,
		"a\nberth: ": `"a\nberth: "`,
		`a"b`:        `"a\"b"`,
		"\x1b[2J":    `"\x1b[2J"`,
		"":           `""`,
	} {
		if got := word(in); got != want {
			t.Errorf("%q is written %s, want %s", in, got, want)
		}
	}
}
