package fsx

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestLinks(t *testing.T) {
	everyKernel(t, func(t *testing.T) {
		d := temp(t)
		in := d.Path()
		mkdir(t, in+"/dir")
		write(t, in+"/file", "old")
		ok(t, os.Symlink("dir", in+"/link"), os.Symlink("none", in+"/dangling"))
		for _, c := range []struct {
			about, name string
			want        error
		}{
			{"a new name", "new", nil},
			{"over a file", "file", nil},
			{"over a link to a directory", "link", nil},
			{"over a dangling link", "dangling", nil},
			{"below a directory", "dir/x", nil},
			{"over a directory", "dir", ErrKind},
			{"below nothing", "none/x", fs.ErrNotExist},
			{"below a link", "link/x", ErrSymlink},
			{"below two dots", "../x", ErrName},
		} {
			t.Run(c.about, func(t *testing.T) {
				wants(t, d.Symlink("/some/where", c.name), c.want)
				if got, err := os.Readlink(in + "/" + c.name); c.want == nil && (err != nil || got != "/some/where") {
					t.Errorf("it leads to %q: %v", got, err)
				}
			})
		}
		if got := len(listed(t, in)); got != 5 {
			t.Errorf("%d names are there, want 5: %v", got, listed(t, in))
		}
	})
}

func TestFIFOs(t *testing.T) {
	defer unix.Umask(unix.Umask(0o022))
	everyKernel(t, func(t *testing.T) {
		d := temp(t)
		ok(t, d.MakeFIFO("control", Attr{Mode: 0o644}))
		e, err := d.Look("control")
		ok(t, err)
		defer func() { _ = e.Close() }()
		if in := e.Info(); in.Kind != FIFO || in.Perm != 0o644 {
			t.Errorf("it is %v with mode %o", in.Kind, in.Perm)
		}
		wants(t, d.MakeFIFO("control", Attr{Mode: 0o644}), fs.ErrExist)
		wants(t, d.MakeFIFO("none/control", Attr{Mode: 0o644}), fs.ErrNotExist)
		if got := listed(t, d.Path()); len(got) != 1 {
			t.Errorf("left behind: %v", got)
		}
	})
}

func TestAFIFOHasItsModeWhateverTheUmaskIs(t *testing.T) {
	defer unix.Umask(unix.Umask(0o077))
	d := temp(t)
	ok(t, d.MakeFIFO("control", Attr{Mode: 0o622}))
	if got := perm(t, d.Path()+"/control"); got != 0o622 {
		t.Errorf("its mode is %o", got)
	}
}

func TestFleetingFilesHaveEverythingButTheDisk(t *testing.T) {
	d := temp(t)
	a := Attr{Mode: 0o640, Fleeting: true}
	ok(t, d.Mkdir("dir", Attr{Mode: 0o750, Fleeting: true}), d.Create("dir/a", []byte("one"), a), d.Replace("dir/a", []byte("two"), a))
	if text(t, d.Path()+"/dir/a") != "two" || perm(t, d.Path()+"/dir/a") != 0o640 || perm(t, d.Path()+"/dir") != 0o750 {
		t.Error("it isn't what was asked for")
	}
}

func TestNodesOfAFrozenTree(t *testing.T) {
	d := temp(t)
	thaw := Freeze()
	link, fifo := d.Symlink("x", "link"), d.MakeFIFO("fifo", Attr{})
	thaw()
	if !errors.Is(link, ErrFrozen) || !errors.Is(fifo, ErrFrozen) || len(listed(t, d.Path())) != 0 {
		t.Errorf("got %v and %v, and %v", link, fifo, listed(t, d.Path()))
	}
}
