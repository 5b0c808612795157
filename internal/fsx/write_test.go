package fsx

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

func TestWhatWritingRefuses(t *testing.T) {
	everyKernel(t, func(t *testing.T) {
		dir := t.TempDir()
		write(t, dir+"/victim", "untouched")
		in := mkdir(t, dir+"/in")
		mkdir(t, in+"/dir")
		write(t, in+"/file", "old")
		ok(
			t, os.Symlink("../victim", in+"/link"), os.Symlink("..", in+"/up"), unix.Mkfifo(in+"/fifo", 0o600),
			os.Link(dir+"/victim", in+"/hard"), os.Symlink("none", in+"/dangling"),
		)
		d := opened(t, in)
		a := Attr{Mode: 0o600}
		data := []byte("new")
		_, _, readErr := d.Read("up/victim", 100)
		before := openFiles(t)
		for _, c := range []struct {
			name string
			err  error
			want error
		}{
			{"create where a file is", d.Create("file", data, a), fs.ErrExist},
			{"create where a link is", d.Create("link", data, a), fs.ErrExist},
			{"create where a dangling link is", d.Create("dangling", data, a), fs.ErrExist},
			{"create below a link", d.Create("up/x", data, a), ErrSymlink},
			{"create below two dots", d.Create("../x", data, a), ErrName},
			{"create below nothing", d.Create("none/x", data, a), fs.ErrNotExist},
			{"create the directory itself", d.Create(".", data, a), ErrName},
			{"mkdir where a link is", d.Mkdir("up", a), fs.ErrExist},
			{"mkdir where a directory is", d.Mkdir("dir", a), fs.ErrExist},
			{"mkdir below nothing", d.Mkdir("none/x", a), fs.ErrNotExist},
			{"mkdir below a link", d.Mkdir("up/x", a), ErrSymlink},
			{"replace a link", d.Replace("link", data, a), ErrSymlink},
			{"replace a link soon", d.Replace("link", data, soon(a)), ErrSymlink},
			{"replace a directory", d.Replace("dir", data, a), ErrKind},
			{"replace a directory soon", d.Replace("dir", data, soon(a)), ErrKind},
			{"replace a FIFO", d.Replace("fifo", data, a), ErrKind},
			{"replace below a link", d.Replace("up/victim", data, a), ErrSymlink},
			{"append to a link", d.Append("link", data, a, 100), ErrSymlink},
			{"append to a FIFO that nobody reads", d.Append("fifo", data, a, 100), ErrKind},
			{"append to a file with another name elsewhere", d.Append("hard", data, a, 100), ErrHardlink},
			{"append more than fits", d.Append("file", data, a, 5), ErrTooBig},
			{"append more than fits to a new file", d.Append("new", data, a, 2), ErrTooBig},
			{"remove a directory", d.Remove("dir"), ErrKind},
			{"remove nothing", d.Remove("none"), fs.ErrNotExist},
			{"remove below a link", d.Remove("up/victim"), ErrSymlink},
			{"rename out", d.Rename("file", "../file"), ErrName},
			{"rename through a link", d.Rename("file", "up/file"), ErrSymlink},
			{"read through a link", readErr, ErrSymlink},
		} {
			t.Run(c.name, func(t *testing.T) { wants(t, c.err, c.want) })
		}
		if got := strings.Join(listed(t, in), " "); got != "dangling dir fifo file hard link up" {
			t.Errorf("the directory holds %s", got)
		}
		if text(t, dir+"/victim") != "untouched" || text(t, in+"/file") != "old" || len(listed(t, dir)) != 2 {
			t.Error("something was changed")
		}
		if after := openFiles(t); after != before {
			t.Errorf("%d descriptors are open, %d were before", after, before)
		}
	})
}

func TestWriting(t *testing.T) {
	defer unix.Umask(unix.Umask(0o027))
	everyKernel(t, func(t *testing.T) {
		d := temp(t)
		in := d.Path()
		own := Attr{UID: uint32(os.Geteuid()), GID: uint32(os.Getegid()), Owner: true}
		with := func(mode uint32) Attr { a := own; a.Mode = mode; return a }
		ok(
			t, d.Mkdir("a", with(0o3777)), d.Mkdir("a/b", with(0o755)), d.Create("a/b/f", []byte("one"), with(0o666)),
			d.Create("setuid", []byte("x"), with(0o6755)), d.Append("log", []byte("1\n"), with(0o622), 100),
			d.Append("log", []byte("2\n"), with(0o600), 100), d.Create("replaced", []byte("old"), with(0o600)),
			os.Link(in+"/replaced", in+"/other"), d.Replace("replaced", []byte("new"), with(0o604)), d.Replace("fresh", nil, soon(with(0o640))),
			d.Create("gone", nil, with(0o600)), d.Remove("gone"), d.Rename("fresh", "a/moved"), d.Rename("a/b", "b"),
			os.Symlink("b", in+"/l"), d.Rename("l", "l2"), os.Symlink("b", in+"/l3"), d.Remove("l3"),
		)
		for name, want := range map[string]uint32{
			"a": 0o3777, "b": 0o755, "b/f": 0o666, "setuid": 0o6755, "log": 0o622, "replaced": 0o604, "a/moved": 0o640,
		} {
			if got := perm(t, in+"/"+name); got != want {
				t.Errorf("%s has mode %o, want %o", name, got, want)
			}
		}
		for name, want := range map[string]string{"b/f": "one", "log": "1\n2\n", "replaced": "new", "other": "old"} {
			if got := text(t, in+"/"+name); got != want {
				t.Errorf("%s holds %q, want %q", name, got, want)
			}
		}
		if got := strings.Join(listed(t, in), " "); got != "a b l2 log other replaced setuid" {
			t.Errorf("the directory holds %s", got)
		}
	})
}

func TestOwnersAreSetBeforeTheNameIsThere(t *testing.T) {
	needsRoot(t)
	d := temp(t)
	a := Attr{UID: 4321, GID: 1234, Mode: 0o4750, Owner: true}
	ok(t, d.Mkdir("dir", a), d.Create("file", []byte("x"), a), d.Replace("file2", []byte("x"), a), d.Append("log", []byte("x"), a, 10))
	for _, name := range []string{"dir", "file", "file2", "log"} {
		if o, p := owner(t, d.Path()+"/"+name), perm(t, d.Path()+"/"+name); o != [2]uint32{4321, 1234} || p != 0o4750 {
			t.Errorf("%s belongs to %v with mode %o", name, o, p)
		}
	}
	a.UID = Keep
	ok(t, d.Create("group", nil, a))
	if o := owner(t, d.Path()+"/group"); o != [2]uint32{0, 1234} {
		t.Errorf("with the owner kept it belongs to %v", o)
	}
}

func TestAFailureLeavesNothingBehind(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("needs an ordinary user: root may give files away")
	}
	d := temp(t)
	a := Attr{UID: 1, GID: 1, Mode: 0o600, Owner: true}
	for name, err := range map[string]error{
		"mkdir": d.Mkdir("x", a), "create": d.Create("x", nil, a), "replace": d.Replace("x", nil, a), "append": d.Append("x", nil, a, 1),
	} {
		t.Run(name, func(t *testing.T) { wants(t, err, unix.EPERM) })
	}
	if left := listed(t, d.Path()); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// Law: any sequence of writes does what a map of names does.
func TestLawWritesAreAMap(t *testing.T) {
	without(durability, func() { rapid.Check(t, writesAreAMap) })
}

func writesAreAMap(t *rapid.T) {
	dir, err := os.MkdirTemp("", "fsx")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	d, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	model := map[string]string{}
	name := rapid.SampledFrom([]string{"a", "b", "c d"})
	data := rapid.SampledFrom([]string{"", "x", "longer text"})
	expect := func(err, want error) {
		if !errors.Is(err, want) {
			t.Fatalf("got %v, want %v", err, want)
		}
	}
	missing := func(n string) error {
		if _, there := model[n]; there {
			return nil
		}
		return fs.ErrNotExist
	}
	t.Repeat(map[string]func(*rapid.T){
		"create": func(t *rapid.T) {
			n, v := name.Draw(t, "name"), data.Draw(t, "data")
			err := d.Create(n, []byte(v), Attr{Mode: 0o600})
			if missing(n) == nil {
				expect(err, fs.ErrExist)
				return
			}
			expect(err, nil)
			model[n] = v
		},
		"replace": func(t *rapid.T) {
			n, v := name.Draw(t, "name"), data.Draw(t, "data")
			expect(d.Replace(n, []byte(v), Attr{Mode: 0o600}), nil)
			model[n] = v
		},
		"append": func(t *rapid.T) {
			n, v := name.Draw(t, "name"), data.Draw(t, "data")
			err := d.Append(n, []byte(v), Attr{Mode: 0o600}, 30)
			if len(model[n])+len(v) > 30 {
				expect(err, ErrTooBig)
				return
			}
			expect(err, nil)
			model[n] += v
		},
		"remove": func(t *rapid.T) {
			n := name.Draw(t, "name")
			expect(d.Remove(n), missing(n))
			delete(model, n)
		},
		"rename": func(t *rapid.T) {
			from, to := name.Draw(t, "from"), name.Draw(t, "to")
			want := missing(from)
			expect(d.Rename(from, to), want)
			if want == nil {
				v := model[from]
				delete(model, from)
				model[to] = v
			}
		},
		"": func(t *rapid.T) {
			items, err := d.List()
			if err != nil || len(items) != len(model) {
				t.Fatalf("%v, %v; the model has %v", items, err, model)
			}
			for n, v := range model {
				got, _, err := d.Read(n, 100)
				if err != nil || string(got) != v {
					t.Fatalf("%s holds %q, %v; want %q", n, got, err, v)
				}
			}
		},
	})
}

func TestReplaceIfAsksBeforeTheName(t *testing.T) {
	d := temp(t)
	write(t, d.Path()+"/f", "old")
	no := errors.New("no")
	wants(t, d.ReplaceIf("f", []byte("new"), Attr{Mode: 0o600}, func() error { return no }), no)
	if left, err := d.List(); err != nil || len(left) != 1 || text(t, d.Path()+"/f") != "old" {
		t.Errorf("%v is there, %v", left, err)
	}
	ok(t, d.ReplaceIf("f", []byte("new"), Attr{Mode: 0o600}, func() error {
		if text(t, d.Path()+"/f") != "old" {
			t.Error("it was asked too late")
		}
		return nil
	}))
	if text(t, d.Path()+"/f") != "new" {
		t.Error("it wasn't replaced")
	}
}
