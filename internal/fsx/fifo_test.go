package fsx

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestAFIFOIsReadWithoutAWriter(t *testing.T) {
	everyKernel(t, func(t *testing.T) {
		d := temp(t)
		ok(t, d.MakeFIFO("control", Attr{Mode: 0o600}))
		f, err := d.OpenFIFO("control")
		ok(t, err)
		got := make(chan string)
		go func() {
			buf := make([]byte, 16)
			n, _ := f.Read(buf)
			got <- string(buf[:n])
			n, _ = f.Read(buf)
			got <- string(buf[:n])
			_, err := f.Read(buf)
			got <- err.Error()
		}()
		for _, letter := range []string{"u", "d"} { // the second comes from another writer
			ok(t, os.WriteFile(d.Path()+"/control", []byte(letter), 0))
			if s := <-got; s != letter {
				t.Errorf("read %q, want %q", s, letter)
			}
		}
		ok(t, f.Close())
		if s := <-got; !strings.Contains(s, "closed") {
			t.Errorf("a closed one gives %q", s)
		}
	})
}

func TestRing(t *testing.T) {
	everyKernel(t, func(t *testing.T) {
		d := temp(t)
		ok(t, d.MakeFIFO("event", Attr{Mode: 0o600}))
		wants(t, d.Ring("event", []byte("u")), ErrNobody)
		f, err := os.OpenFile(d.Path()+"/event", os.O_RDONLY|unix.O_NONBLOCK, 0)
		ok(t, err, d.Ring("event", []byte("uU")))
		buf := make([]byte, 16)
		ok(t, f.SetReadDeadline(time.Now().Add(time.Minute)))
		n, err := f.Read(buf)
		ok(t, err)
		if string(buf[:n]) != "uU" {
			t.Errorf("read %q", buf[:n])
		}

		t.Log("a full one isn't waited for")
		page := make([]byte, 4096)
		for err = nil; err == nil; {
			err = d.Ring("event", page)
		}
		wants(t, err, unix.EAGAIN)
		wants(t, d.Ring("event", make([]byte, 4097)), ErrTooBig)
		ok(t, f.Close())
		wants(t, d.Ring("event", []byte("d")), ErrNobody)
	})
}

func TestWhatIsNoFIFO(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/victim", "untouched")
	in := mkdir(t, dir+"/in")
	mkdir(t, in+"/dir")
	write(t, in+"/file", "untouched")
	ok(t, os.Symlink("../victim", in+"/link"), unix.Mkfifo(dir+"/fifo", 0o600), os.Symlink("../fifo", in+"/far"))
	bothWays(t, func(t *testing.T) {
		d := opened(t, in)
		for name, want := range map[string]error{
			"dir": ErrKind, "file": ErrKind, "link": ErrSymlink, "far": ErrSymlink, "none": fs.ErrNotExist, "../fifo": ErrName,
		} {
			wants(t, d.Ring(name, []byte("x")), want)
			_, err := d.OpenFIFO(name)
			wants(t, err, want)
		}
	})
	if text(t, dir+"/victim") != "untouched" || text(t, in+"/file") != "untouched" {
		t.Error("a file was written to")
	}
}

func TestAttackFIFOs(t *testing.T) {
	everyKernel(t, func(t *testing.T) {
		a := newArena(t)
		r, err := a.d.OpenFIFO("f3")
		ok(t, err)
		defer func() { _ = r.Close() }()
		under(t, func() error {
			err := a.d.Ring("f3", []byte("x"))
			if errors.Is(err, unix.EAGAIN) || errors.Is(err, ErrNobody) {
				return nil
			}
			if err == nil {
				var f *os.File
				if f, err = a.d.OpenFIFO("f3"); err == nil {
					err = f.Close()
				}
			}
			return err
		}, a.exchange("f2", "f3"), a.exchange("f", "f3"))
		a.untouched(t)
		for _, name := range []string{"f", "f2", "f3"} { // wherever the file ended up
			in, err := os.Lstat(a.in + "/" + name)
			ok(t, err)
			if in.Mode().IsRegular() && text(t, a.in+"/"+name) != "ours" {
				t.Errorf("a file was written to: %q", text(t, a.in+"/"+name))
			}
		}
	})
}

func TestThrough(t *testing.T) {
	d := temp(t)
	write(t, d.Path()+"/f", "ours")
	in := d.Path()
	ok(t, os.Rename(in, in+"2"))
	mkdir(t, in)
	if got := text(t, d.Through()+"/f"); got != "ours" {
		t.Errorf("it leads to %q", got)
	}
	ok(t, os.Rename(in+"2/f", in+"/f"))
	without(procFD, func() {
		if got := d.Through(); got != in {
			t.Errorf("without /proc it is %q", got)
		}
	})
	if got := Empty("/none").Through(); got != "/none" {
		t.Errorf("of nothing it is %q", got)
	}
}
