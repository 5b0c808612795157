package fsx

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

// Law: openat2 and the descent give the same answer for any name, and neither ever leaves the tree.
func TestLawDescentIsOpenat2(t *testing.T) {
	if !hasOpenat2() {
		t.Skip("needs openat2 (Linux 5.6) to compare with")
	}
	dir := t.TempDir()
	mkdir(t, dir+"/outside/a")
	in := mkdir(t, dir+"/in")
	mkdir(t, in+"/a/a/a")
	write(t, in+"/a/f", "")
	write(t, in+"/f", "")
	ok(
		t, os.Symlink("..", in+"/a/up"), os.Symlink("../outside", in+"/l"), os.Symlink("a", in+"/i"), os.Symlink("/", in+"/a/root"),
		unix.Mkfifo(in+"/a/p", 0o600),
	)
	inside := map[uint64]bool{}
	d := opened(t, in)
	self, err := d.Info()
	ok(t, err)
	inside[self.Ino] = true
	ok(t, d.Walk(t.Context(), func(f Found) error { inside[f.Info.Ino] = true; return nil }))
	part := rapid.SampledFrom([]string{"a", "a", "a", "f", "l", "i", "up", "root", "p", ".", "..", "", "none"})
	rapid.Check(t, func(t *rapid.T) {
		name := strings.Join(rapid.SliceOfN(part, 0, 5).Draw(t, "parts"), "/")
		fast, fastErr := d.Look(name)
		var slow *Entry
		var slowErr error
		WithoutOpenat2(func() { slow, slowErr = d.Look(name) })
		if (fastErr == nil) != (slowErr == nil) || fastErr != nil && fastErr.Error() != slowErr.Error() {
			t.Fatalf("%q: openat2 says %v, the descent %v", name, fastErr, slowErr)
		}
		if fastErr != nil {
			return
		}
		defer func() { _, _ = fast.Close(), slow.Close() }()
		if !fast.Info().same(slow.Info()) {
			t.Fatalf("%q: openat2 finds %+v, the descent %+v", name, fast.Info(), slow.Info())
		}
		if !inside[fast.Info().Ino] {
			t.Fatalf("%q leads outside: %+v", name, fast.Info())
		}
	})
}

func TestMountPoints(t *testing.T) {
	ownMounts(t, func(t *testing.T, dir string) {
		other := mkdir(t, dir+"/other")
		write(t, other+"/file", "foreign")
		in := mkdir(t, dir+"/in")
		mkdir(t, in+"/m")
		mkdir(t, in+"/plain")
		write(t, in+"/f", "ours")
		write(t, in+"/plain/f", "ours")
		bind(t, other, in+"/m")
		defer func() { _ = unix.Unmount(in+"/m", unix.MNT_DETACH) }()
		bind(t, other+"/file", in+"/f")
		defer func() { _ = unix.Unmount(in+"/f", unix.MNT_DETACH) }()

		check := func(t *testing.T) {
			d := opened(t, in)
			for _, name := range []string{"m", "m/file", "f"} {
				_, err := d.Look(name)
				wants(t, err, ErrMount)
			}
			_, _, err := d.Read("f", 100)
			wants(t, err, ErrMount)
			wants(t, d.Replace("f", []byte("x"), Attr{Mode: 0o644}), ErrMount)
			wants(t, d.Append("f", []byte("x"), Attr{Mode: 0o644}, 100), ErrMount)
			wants(t, d.Remove("f"), ErrMount)
			wants(t, d.Create("m/new", nil, Attr{Mode: 0o644}), ErrMount)
			there, err := d.Exists("m")
			if !there || err != nil {
				t.Errorf("exists gives %v, %v", there, err)
			}
			skipped := map[string]error{}
			ok(t, d.Walk(t.Context(), func(f Found) error {
				skipped[f.Path] = f.Skip
				if f.Path == "m" || f.Path == "f" {
					wants(t, f.Chmod(0o600), ErrMount)
				}
				return nil
			}))
			wants(t, skipped["m"], ErrMount)
			wants(t, skipped["f"], ErrMount)
			if _, below := skipped["m/file"]; below || skipped["plain"] != nil || len(skipped) != 4 {
				t.Errorf("the walk saw %v", skipped)
			}
			named, err := d.Mount("m")
			ok(t, err)
			defer func() { _ = named.Close() }()
			data, _, err := named.Read("file", 100)
			if string(data) != "foreign" || err != nil {
				t.Errorf("the named mount gives %q, %v", data, err)
			}
			if info, err := named.Info(); err != nil || !info.MountPoint {
				t.Errorf("the named mount's info is %+v, %v", info, err)
			}
			if text(t, other+"/file") != "foreign" || perm(t, other+"/file") != 0o644 {
				t.Error("the mounted file was changed")
			}
		}
		check(t)
		without(openat2, func() { check(t) })
		without(openat2|mountID, func() { check(t) })
	})
}
