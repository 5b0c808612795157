package fsx

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

func TestAMakingHasNoNameUntilItIsPublished(t *testing.T) {
	everyKernel(t, func(t *testing.T) {
		d := temp(t)
		m, err := d.Begin("f", Attr{Mode: 0o640})
		ok(t, err)
		_, err = m.Write([]byte("one "))
		ok(t, err)
		left, err := d.Leftovers()
		ok(t, err)
		if got := listed(t, d.Path()); len(got) != 1 || !IsTemp(got[0]) || len(left) > 0 {
			t.Errorf("there are %q, left over %q", got, left)
		}
		_, err = m.Write([]byte("two "))
		ok(t, err, m.Sync(), m.Publish())
		_, err = m.Write([]byte("three"))
		ok(t, err, m.Close(), m.Close())
		if got := text(t, d.Path()+"/f"); got != "one two three" {
			t.Errorf("the file holds %q", got)
		}
		equalBits(t, d.Path()+"/f", 0o640)
		if got := strings.Join(listed(t, d.Path()), " "); got != "f" {
			t.Errorf("there are %s", got)
		}
	})
}

func TestAMakingReplacesNothing(t *testing.T) {
	everyKernel(t, func(t *testing.T) {
		d := temp(t)
		write(t, d.Path()+"/f", "old")
		m, err := d.Begin("f", Attr{Mode: 0o600})
		ok(t, err)
		_, err = m.Write([]byte("new"))
		ok(t, err)
		wants(t, m.Publish(), fs.ErrExist)
		ok(t, m.Drop(), m.Drop())
		if got := fmt.Sprint(listed(t, d.Path()), text(t, d.Path()+"/f")); got != "[f]old" {
			t.Errorf("there is %s", got)
		}
	})
}

func TestAMakingThatEndsWithoutANameIsSwept(t *testing.T) {
	d := temp(t)
	m, err := d.Begin("f", Attr{Mode: 0o600})
	ok(t, err)
	_, err = m.Write([]byte("half"))
	ok(t, err, m.Close())
	left, err := d.Leftovers()
	ok(t, err)
	if len(left) != 1 {
		t.Fatalf("left over are %q", left)
	}
	ok(t, d.Sweep(left[0]))
	if got := listed(t, d.Path()); len(got) > 0 {
		t.Errorf("there are %q", got)
	}
	before := openFiles(t)
	for _, end := range []func(*Making) error{(*Making).Close, (*Making).Drop} {
		mkdirOnce(t, d, "sub")
		m, err := d.Begin("sub/f", Attr{Mode: 0o600})
		ok(t, err, end(m))
	}
	if after := openFiles(t); after > before {
		t.Errorf("%d descriptors became %d", before, after)
	}
	_, err = d.Begin("none/f", Attr{})
	wants(t, err, fs.ErrNotExist)
}

func mkdirOnce(t *testing.T, d *Dir, name string) {
	t.Helper()
	if there, err := d.Exists(name); err == nil && !there {
		ok(t, d.Mkdir(name, Attr{Mode: 0o700}))
	}
}

func TestACrashWhileMakingLeavesTheNameFreeOrTheFileWhole(t *testing.T) {
	for k := 1; k < 20; k++ {
		d := temp(t)
		died := func() (died bool) {
			n := 0
			defer OnChange(func(string, string) {
				if n++; n == k {
					panic("crash")
				}
			})()
			defer func() { died = recover() != nil }()
			m, err := d.Begin("f", Attr{Mode: 0o600})
			ok(t, err)
			defer func() { _ = m.Close() }()
			_, err = m.Write([]byte("whole"))
			ok(t, err, m.Sync(), m.Publish())
			return false
		}()
		there, err := d.Exists("f")
		ok(t, err)
		if there && text(t, d.Path()+"/f") != "whole" || !there && !died {
			t.Errorf("a crash at change %d left half a file", k)
		}
		left, err := d.Leftovers()
		ok(t, err)
		for _, name := range left {
			ok(t, d.Sweep(name))
		}
		if got := listed(t, d.Path()); !there && len(got) > 0 {
			t.Errorf("a crash at change %d left %q", k, got)
		}
		if !died {
			return
		}
	}
	t.Error("it never came to its end")
}
