package fsx

import (
	"context"
	"maps"
	"os"
	"slices"
	"testing"
)

// changes is every changing call, on a tree that prepare made.
func changes(d *Dir) map[string]func() error {
	a := Attr{UID: uint32(os.Geteuid()), GID: uint32(os.Getegid()), Owner: true, Mode: 0o2750}
	on := func(f func(*Entry) error) error {
		e, err := d.Look("old")
		if err != nil {
			return err
		}
		defer func() { _ = e.Close() }()
		return f(e)
	}
	return map[string]func() error{
		"mkdir":         func() error { return d.Mkdir("dir", a) },
		"create":        func() error { return d.Create("new", []byte("new"), a) },
		"replace":       func() error { return d.Replace("old", []byte("new"), a) },
		"replace soon":  func() error { return d.Replace("old", []byte("new"), soon(a)) },
		"append":        func() error { return d.Append("old", []byte(" and new"), a, 100) },
		"append afresh": func() error { return d.Append("new", []byte("new"), a, 100) },
		"remove":        func() error { return d.Remove("old") },
		"rename":        func() error { return d.Rename("old", "new") },
		"chmod":         func() error { return on(func(e *Entry) error { return e.Chmod(0o600) }) },
		"chown":         func() error { return on(func(e *Entry) error { return e.Chown(a.UID, a.GID) }) },
		"makeall":       func() error { _, err := MakeAll(d.Path()+"/x/y", 0o750); return err },
		"copy":          func() error { return d.Copy(context.Background(), "full", d, "copy", nil) },
		"copy a file":   func() error { return d.Copy(context.Background(), "old", d, "copy", nil) },
		"remove all":    func() error { return d.RemoveAll(context.Background(), "full") },
		"exchange":      func() error { return d.Exchange("old", "full") },
		"sweep":         func() error { return d.Sweep(".berth-0123456789abcdef") },
	}
}

func prepare(t *testing.T) *Dir {
	d := temp(t)
	write(t, d.Path()+"/old", "old")
	write(t, mkdir(t, d.Path()+"/full/sub")+"/file", "file")
	write(t, d.Path()+"/.berth-0123456789abcdef", "left")
	return d
}

func TestFrozenChangesNothing(t *testing.T) {
	for name := range changes(nil) {
		t.Run(name, func(t *testing.T) {
			d := prepare(t)
			before := snapshot(t, d.Path())
			thaw := Freeze()
			inner := Freeze()
			inner()
			inner() // once is enough
			err := changes(d)[name]()
			thaw()
			wants(t, err, ErrFrozen)
			if after := snapshot(t, d.Path()); !maps.Equal(before, after) {
				t.Errorf("before %v, after %v", before, after)
			}
			ok(t, changes(d)[name]())
		})
	}
}

type crash struct{}

// crashAt runs f and dies at its k-th change; it says whether f got to its end before.
func crashAt(k int, f func() error) (ended bool, err error) {
	n := 0
	remove := OnChange(func(string, string) {
		if n++; n == k {
			panic(crash{})
		}
	})
	defer remove()
	defer func() {
		if v := recover(); v != nil && v != (crash{}) {
			panic(v)
		}
	}()
	err = f()
	return true, err
}

// For all k: what dies at its k-th change leaves the old tree or the new one, but for leftovers that can be swept.
func TestACrashLeavesOldOrNew(t *testing.T) {
	for name := range changes(nil) {
		switch name {
		case "makeall", "copy", "copy a file", "remove all":
			continue // several entries are several steps; other tests are for them
		}
		t.Run(name, func(t *testing.T) {
			d := prepare(t)
			old := snapshot(t, d.Path())
			ok(t, changes(d)[name]())
			fresh := snapshot(t, d.Path())
			delete(old, "/.berth-0123456789abcdef")
			delete(fresh, "/.berth-0123456789abcdef")
			for k := 1; ; k++ {
				d := prepare(t)
				ended, err := crashAt(k, changes(d)[name])
				if ended {
					ok(t, err)
					if k == 1 {
						t.Error("no change was announced")
					}
					return
				}
				left, err := d.Leftovers()
				ok(t, err)
				for _, l := range left {
					ok(t, d.Sweep(l))
				}
				now := snapshot(t, d.Path())
				if !maps.Equal(now, old) && !maps.Equal(now, fresh) {
					t.Fatalf("a crash at change %d leaves %v\nold %v\nnew %v", k, now, old, fresh)
				}
				if err := changes(d)[name](); name != "sweep" {
					ok(t, err) // the next boot goes through
				}
			}
		})
	}
}

func TestMakeAllGoesOnAfterACrash(t *testing.T) {
	for k := 1; k <= 2; k++ {
		d := prepare(t)
		ended, _ := crashAt(k, changes(d)["makeall"])
		if ended {
			t.Fatalf("it made its end before change %d", k)
		}
		ok(t, changes(d)["makeall"]())
		if p := perm(t, d.Path()+"/x/y"); p != 0o750 {
			t.Errorf("mode is %o", p)
		}
	}
}

func TestOnChangeTellsEachStep(t *testing.T) {
	d := temp(t)
	var ops []string
	remove := OnChange(func(op, _ string) { ops = append(ops, op) })
	second := 0
	removeSecond := OnChange(func(string, string) { second++ })
	ok(t, d.Replace("f", []byte("x"), Attr{Mode: 0o4755}))
	removeSecond()
	ok(t, d.Remove("f"))
	remove()
	ok(t, d.Create("f", nil, Attr{Mode: 0o600}))
	if want := []string{"create", "chmod", "write", "chmod", "rename", "remove"}; !slices.Equal(ops, want) || second != 5 {
		t.Errorf("told %v and %d, want %v and 5", ops, second, want)
	}
}

func TestLeftovers(t *testing.T) {
	for name, want := range map[string]bool{
		".berth-0123456789abcdef": true, ".berth-0123456789abcde": false, ".berth-0123456789ABCDEF": false,
		".berth": false, ".berth-0123456789abcdeg": false, "x.berth-0123456789abcdef": false, ".berth-0123456789abcdef0": false,
	} {
		if IsTemp(name) != want {
			t.Errorf("%q is temporary: %v", name, !want)
		}
	}
	bothWays(t, func(t *testing.T) {
		d := temp(t)
		const file, dir, full, link, held = ".berth-0000000000000001", ".berth-0000000000000002", ".berth-0000000000000003", ".berth-0000000000000004", ".berth-0000000000000005"
		write(t, d.Path()+"/victim", "")
		write(t, d.Path()+"/"+file, "")
		write(t, d.Path()+"/"+held, "")
		mkdir(t, d.Path()+"/"+dir)
		mkdir(t, d.Path()+"/"+full+"/x")
		ok(t, os.Symlink("victim", d.Path()+"/"+link))
		holder, err := d.stale(held)
		ok(t, err)
		left, err := d.Leftovers()
		ok(t, err)
		if want := []string{file, dir, full}; !slices.Equal(left, want) {
			t.Errorf("leftovers are %v, want %v", left, want)
		}
		wants(t, d.Sweep(held), ErrLocked)
		wants(t, d.Sweep(link), ErrKind)
		wants(t, d.Sweep("victim"), ErrName)
		wants(t, d.Sweep("../"+file), ErrName)
		ok(t, d.Sweep(file), d.Sweep(dir))
		if d.Sweep(full) == nil {
			t.Error("a directory with something in it was removed")
		}
		ok(t, closeFD(holder), d.Sweep(held))
		if got := listed(t, d.Path()); !slices.Equal(got, []string{full, link, "victim"}) {
			t.Errorf("left are %v", got)
		}
	})
}

// What is being written now isn't swept, and a sweep that comes before the lock only costs another try.
func TestASweepWhileWriting(t *testing.T) {
	d := temp(t)
	defer withheld.Store(withheld.Load())
	withheld.Store(uint32(durability))
	done := make(chan error, 1)
	go func() {
		var err error
		for range 100 {
			if err = d.Replace("f", []byte("x"), Attr{Mode: 0o600}); err != nil {
				break
			}
		}
		done <- err
	}()
	for {
		select {
		case err := <-done:
			ok(t, err)
			if got := listed(t, d.Path()); !slices.Equal(got, []string{"f"}) {
				t.Errorf("left are %v", got)
			}
			return
		default:
		}
		left, err := d.Leftovers()
		ok(t, err)
		for _, l := range left {
			if err := d.Sweep(l); err != nil && !oneOf(err, ErrLocked, ErrVanished, os.ErrNotExist) {
				t.Fatal(err)
			}
		}
	}
}
