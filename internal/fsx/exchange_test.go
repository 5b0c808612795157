package fsx

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestExchange(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		d := temp(t)
		write(t, mkdir(t, d.Path()+"/old")+"/file", "old")
		write(t, mkdir(t, d.Path()+"/stage/new")+"/file", "new")
		ok(t, d.Exchange("stage/new", "old"))
		if text(t, d.Path()+"/old/file") != "new" || text(t, d.Path()+"/stage/new/file") != "old" {
			t.Errorf("got %v", snapshot(t, d.Path()))
		}
		write(t, d.Path()+"/file", "file")
		ok(t, d.Exchange("file", "old"))
		if text(t, d.Path()+"/old") != "file" || text(t, d.Path()+"/file/file") != "new" {
			t.Errorf("a file and a directory: got %v", snapshot(t, d.Path()))
		}
		wants(t, d.Exchange("old", "none"), os.ErrNotExist)
		wants(t, d.Exchange("none", "old"), os.ErrNotExist)
		wants(t, d.Exchange("old", "../x"), ErrName)
		ok(t, os.Symlink(d.Path(), d.Path()+"/link"))
		wants(t, d.Exchange("old", "link/file"), ErrSymlink)
	})
}

func TestExchangeWhereItCannotBe(t *testing.T) {
	d := temp(t)
	write(t, d.Path()+"/a", "a")
	write(t, d.Path()+"/b", "b")
	WithoutRenameat2(func() { wants(t, d.Exchange("a", "b"), errors.ErrUnsupported) })
	if text(t, d.Path()+"/a") != "a" {
		t.Error("something was changed")
	}
}

func TestExchangeCrossesNoMount(t *testing.T) {
	ownMounts(t, func(t *testing.T, dir string) {
		d, err := Open(dir)
		ok(t, err)
		defer func() { _ = d.Close() }()
		mkdir(t, dir+"/mnt")
		write(t, dir+"/a", "a")
		ok(t, unix.Mount("tmpfs", dir+"/mnt", "tmpfs", 0, "size=64k"))
		write(t, dir+"/mnt/b", "b")
		wants(t, d.Exchange("a", "mnt/b"), ErrMount)
		if err := d.Exchange("a", "mnt"); err == nil || text(t, dir+"/a") != "a" {
			t.Errorf("a mount point changed places: %v", err)
		}
	})
}
