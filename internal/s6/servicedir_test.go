package s6

import (
	"os"
	"testing"

	"github.com/berth-init/berth/internal/s6rc"
)

func TestALiveDirectoryHasSettingsAndLinks(t *testing.T) {
	r := newRig(t)
	from := t.TempDir()
	for name, text := range map[string]string{
		"type": "longrun\n", "run": "#!/bin/sh\n", "finish": "#!/bin/sh\n", "notification-fd": "3\n", "timeout-kill": "500\n", "dependencies.d/base": "",
		"producer-for": "log\n", "data/check": "#!/bin/sh\n", "down": "", "supervise/lock": "", "helper": "x",
	} {
		write(t, from+"/"+name, text, 0o755)
	}
	ok(t, os.Symlink("/etc/three", from+"/timeout-finish"))
	dir, err := r.live(servicedirs, "web", from, &s6rc.RunDir{})
	ok(t, err)
	if dir != r.at.path+"/s6-rc/servicedirs/web" || link(t, r.at.path+"/service/web") != dir {
		t.Errorf("it is %s, and the scan directory leads to %s", dir, link(t, r.at.path+"/service/web"))
	}
	for name, want := range map[string]string{
		"run": from + "/run", "finish": from + "/finish", "data": from + "/data", "helper": from + "/helper", "timeout-finish": from + "/timeout-finish",
	} {
		if got := link(t, dir+"/"+name); got != want {
			t.Errorf("%s leads to %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{"notification-fd": "3\n", "timeout-kill": "500\n"} {
		if in, err := os.Lstat(dir + "/" + name); err != nil || !in.Mode().IsRegular() || read(t, dir+"/"+name) != want {
			t.Errorf("%s: %v, %v", name, in, err)
		}
	}
	items, err := os.ReadDir(dir)
	ok(t, err)
	if len(items) != 7 {
		t.Errorf("it holds %v", items)
	}
}

func TestALegacyServiceHasItsLoggerAndItsDown(t *testing.T) {
	r := newRig(t)
	from := t.TempDir()
	for name, text := range map[string]string{"run": "#!/bin/sh\n", "down": "", "log/run": "#!/bin/sh\n", "log/notification-fd": "3", "log/data/x": ""} {
		write(t, from+"/"+name, text, 0o755)
	}
	dir, err := r.live(legacyDir, "old", from, &s6rc.RunDir{Log: &s6rc.RunDir{}})
	ok(t, err)
	if dir != r.at.path+"/s6/legacy-services/old" {
		t.Errorf("it is %s", dir)
	}
	if link(t, dir+"/log/run") != from+"/log/run" || link(t, dir+"/log/data") != from+"/log/data" || read(t, dir+"/log/notification-fd") != "3" {
		t.Error("its logger isn't laid")
	}
	if in, err := os.Lstat(dir + "/log"); err != nil || !in.IsDir() {
		t.Error("a logger's directory has to be one of our own: its state is laid there")
	}
	if in, err := os.Lstat(dir + "/down"); err != nil || !in.Mode().IsRegular() {
		t.Errorf("down: %v", err)
	}
}

func TestAProgramFromWindowsIsLaidAsACopy(t *testing.T) {
	r := newRig(t)
	from := t.TempDir()
	write(t, from+"/run", "#!/bin/sh\r\nexec true\r\n", 0o755)
	dir, err := r.live(servicedirs, "web", from, &s6rc.RunDir{Run: s6rc.Program{Path: from + "/run", Dirty: true}})
	ok(t, err)
	if got := link(t, dir+"/run"); got == from+"/run" || read(t, dir+"/run") != "#!/bin/sh\nexec true\n" {
		t.Errorf("it leads to %s: %q", got, read(t, dir+"/run"))
	}
	if in, err := os.Stat(dir + "/run"); err != nil || in.Mode().Perm() != 0o755 {
		t.Errorf("%v, %v", in, err)
	}
}

func TestWhatIsNoFileIsOnlyLinked(t *testing.T) {
	r := newRig(t)
	from := t.TempDir()
	ok(t, os.Mkdir(from+"/notification-fd", 0o755))
	if _, err := r.live(servicedirs, "web", from, nil); err == nil {
		t.Error("a directory passes for a number")
	}
	if _, err := r.live(servicedirs, "none", from+"/none", nil); err == nil {
		t.Error("a source that isn't there is laid")
	}
}
