package s6rc

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
)

// Nothing that stands where a file should be holds the reader up, and each is told of with its path.
func TestHostileTrees(t *testing.T) {
	const s = "/etc/s6-overlay/s6-rc.d/"
	rc := func(name, how string) string { return "-- etc/s6-overlay/s6-rc.d/" + name + " " + how + " --\n" }
	for _, c := range []struct{ name, tree, says string }{
		{"a FIFO as type", in("a") + rc("a/type", "fifo"), s + "a/type: it is a FIFO, and a file is needed"},
		{
			"a link to a FIFO as type",
			in("a") + rc("a/type", "-> ../../pipe") + "-- etc/s6-overlay/pipe fifo --\n",
			s + "a/type: it is a FIFO, and a file is needed",
		},
		{
			"a directory as type",
			in("a") + rc("a/type", "dir"),
			s + "a/type: it is a directory, and a file is needed",
		},
		{
			"a FIFO as up",
			in("a") + strings.Replace(d("a", "oneshot"), "a/up --\necho", "a/up fifo --", 1),
			s + "a/up: it is a FIFO, and a file is needed",
		},
		{
			"a FIFO as run",
			in("a") + strings.Replace(d("a", "longrun"), "a/run --", "a/run fifo --", 1),
			s + "a/run: it is a FIFO, and a file is needed",
		},
		{
			"a FIFO as notification-fd",
			in("a") + d("a", "longrun") + rc("a/notification-fd", "fifo"),
			s + "a/notification-fd: it is a FIFO, and a file is needed",
		},
		{
			"a FIFO as dependencies.d",
			in("a") + d("a", "longrun") + rc("a/dependencies.d", "fifo"),
			s + "a/dependencies.d: it is a FIFO, and a directory is needed",
		},
		{"a FIFO as a definition", rc("a", "fifo"), s + "a: it is a FIFO, and a directory is needed; left out"},
		{
			"a FIFO as the directory of definitions",
			"-- etc/s6-overlay/s6-rc.d fifo --\n",
			"/etc/s6-overlay/s6-rc.d: it is a FIFO, and a directory is needed",
		},
		{
			"a FIFO as the bundles",
			"-- etc/s6-overlay/user-bundles.d/user fifo --\n",
			"/etc/s6-overlay/user-bundles.d/user: it is a FIFO, and a directory is needed; left out",
		},
		{
			"a FIFO in fix-attrs.d",
			"-- etc/fix-attrs.d/a fifo --\n",
			"/etc/fix-attrs.d/a: it is a FIFO, and a file is needed",
		},
		{
			"a device as type",
			in("a") + rc("a/type", "-> /dev/zero") + "-- dev -> /elsewhere --\n",
			s + "a/type: it leads to nothing",
		},
		{
			"a type of two gigabytes",
			in("a") + rc("a/type", "size 2147483648"),
			s + "a/type: it is larger than 64 KiB",
		},
		{
			"an up of two gigabytes",
			in("a") + strings.Replace(d("a", "oneshot"), "a/up --\necho", "a/up size 2147483648 --", 1),
			s + "a/up: it is larger than 256 KiB",
		},
		{
			"a run of two gigabytes",
			in("a") + strings.Replace(d("a", "longrun"), "a/run --", "a/run size 2147483648 --", 1),
			s + "a/run: it is not executable",
		},
		{
			"a link to itself",
			in("a") + rc("a/type", "-> type"),
			s + "a/type: it leads through too many symbolic links",
		},
		{
			"links in a circle",
			in("a") + rc("a", "-> b") + rc("b", "-> a"),
			s + "a: it leads through too many symbolic links",
		},
		{
			"a link out of the image stays in it",
			in("a") + rc("a/type", "-> ../../../../../../../../type") + "-- type --\nnonsense\n",
			s + `a/type: "nonsense" is no type`,
		},
		{"a link to nothing", in("a") + rc("a/type", "-> nothing"), s + "a/type: it leads to nothing"},
		{"a type of one NUL", in("a") + d("a", "\x00"), s + `a/type: "\x00" is no type`},
		{
			"an up with a NUL",
			in("a") + d("a", "oneshot", "up=echo \x00"),
			s + "a/up:1: it is no command line of execline's: a NUL byte",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := strings.Join(said(newRig(t, c.tree).read().Complaints), "\n")
			if !strings.Contains(all, c.says) {
				t.Errorf("it says\n%s\nwant\n%s", all, c.says)
			}
		})
	}
}

func TestADeviceIsNeverOpened(t *testing.T) {
	if _, err := os.Stat("/dev/tty"); err != nil {
		t.Skip("needs /dev/tty")
	}
	root, err := fsx.Open("/")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	f, err := tree{root}.open("/dev")
	if err != nil {
		t.Skipf("needs /dev: %v", err)
	}
	defer f.close()
	if _, err := f.read("tty", 10); err == nil || !strings.Contains(err.Error(), "it is a character device") {
		t.Errorf("reading it: %v", err)
	}
}

func TestWhatOthersMayNotReadIsToldOf(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("needs a plain user: root reads everything")
	}
	i := newRig(t, in("a")+strings.Replace(d("a", "oneshot"), "a/type --", "a/type 0 --", 1)+"-- etc/cont-init.d/x 0111 --\n#!/bin/sh\n").read()
	all := strings.Join(said(i.Complaints), "\n")
	if !strings.Contains(all, "a/type: it can't be read: permission denied | let everybody read it: chmod a+r /etc/s6-overlay/s6-rc.d/a/type") {
		t.Errorf("it says %s", all)
	}
	if len(i.ContInit) != 1 || !i.ContInit[0].Executable {
		t.Errorf("scripts: %+v", i.ContInit)
	}
}

// Ten thousand definitions in one row, each needing the one before it, and a bundle that holds them all.
func TestTenThousand(t *testing.T) {
	const n = 10_000
	r := &reader{image: &Image{}, defs: map[string]*definition{}}
	r.builtins()
	for i := range n {
		d := &definition{Service: Service{Name: fmt.Sprintf("s%d", i), Kind: Oneshot}, hasUp: true}
		if i > 0 {
			d.refer(fmt.Sprintf("s%d", i-1))
		}
		r.defs[d.Name] = d
		r.defs[UserBundle].contents = append(r.defs[UserBundle].contents, ref{name: d.Name})
	}
	begun := time.Now()
	r.resolve()
	if len(r.image.Levels) != n+1 || len(r.image.Services) != n+3 { // legacy-services comes behind all of them
		t.Errorf("%d levels, %d services", len(r.image.Levels), len(r.image.Services))
	}
	same(t, "complaints", said(r.complaints()), nil)
	t.Logf("ten thousand in %s", time.Since(begun).Round(time.Millisecond))
}

// A circle through all of ten thousand is found, and its words stay short.
func TestTenThousandInACircle(t *testing.T) {
	const n = 10_000
	r := &reader{image: &Image{}, defs: map[string]*definition{}}
	r.builtins()
	for i := range n {
		d := &definition{Service: Service{Name: fmt.Sprintf("s%d", i), Kind: Oneshot}, hasUp: true}
		d.refer(fmt.Sprintf("s%d", (i+1)%n))
		r.defs[d.Name] = d
	}
	r.defs[UserBundle].contents = []ref{{name: "s7"}}
	r.resolve()
	all := r.complaints()
	if len(all) != 1 || !all[0].Fatal || len(all[0].Text) > 300 || !strings.Contains(all[0].Text, "(9987 more)") {
		t.Errorf("it says %.1000s", fmt.Sprint(all))
	}
}

// Bundles that hold one another, each all of the ones below: what they hold together is bounded, and the end is a complaint.
func TestBundlesOfBundles(t *testing.T) {
	const n = 3000
	r := &reader{image: &Image{}, defs: map[string]*definition{}}
	r.builtins()
	for i := range n {
		a := &definition{Service: Service{Name: fmt.Sprintf("a%d", i), Kind: Oneshot}, hasUp: true}
		b := &definition{Service: Service{Name: fmt.Sprintf("b%d", i)}, bundle: true, contents: []ref{{name: a.Name}}}
		if i > 0 {
			b.contents = append(b.contents, ref{name: fmt.Sprintf("b%d", i-1)})
		}
		r.defs[a.Name], r.defs[b.Name] = a, b
	}
	r.defs[UserBundle].contents = []ref{{name: fmt.Sprintf("b%d", n-1)}}
	r.resolve()
	all := r.complaints()
	if len(all) == 0 || !all[0].Fatal || !strings.Contains(all[0].Text, "more than 1000000 services") {
		t.Errorf("it says %.1000s", fmt.Sprint(all))
	}
}

// Whoever makes many mistakes is told of many of them, and not of all.
func TestComplaintsAreBounded(t *testing.T) {
	r := &reader{image: &Image{}}
	for i := range 3000 {
		r.warn(fmt.Sprintf("/x%d", i), "", "wrong")
		r.ignore(fmt.Sprintf("/x%d", i), "odd")
	}
	r.spoil(&definition{Service: Service{Wanted: true}}, "/y", "", "broken")
	all := r.complaints()
	if len(all) != maxComplaints+2 || !all[0].Fatal || all[len(all)-1].Text != "2000 more complaints" || len(r.image.Ignored) != maxIgnored {
		t.Errorf("%d complaints, the first %v, the last %v; %d ignored", len(all), all[0], all[len(all)-1], len(r.image.Ignored))
	}
}

// A directory in use may be the app user's: no link in it is followed, but run and finish are executed by their names.
func TestReadRunDir(t *testing.T) {
	g := newRig(t, "-- s/run -> /opt/run --\n-- s/finish --\n#!/bin/sh\n-- s/notification-fd --\n3\n-- s/timeout-kill -> ../secret --\n-- secret --\n5\n-- s/down-signal fifo --\n"+
		"-- s/log/run --\n#!/bin/sh\n-- s/log/log/run --\n-- s/supervise/status --\n-- s/own --\n-- s/down --\n-- t dir --\n-- u/log -> ../s --\n")
	at := func(name string) *fsx.Dir {
		d, err := fsx.Open(filepath.Join(g.at, name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.Close() })
		return d
	}
	run, complaints := ReadRunDir(at("s"))
	if run.Run.Path != g.at+"/s/run" || !run.Run.Executable || run.Finish.Path == "" || run.NotificationFD != 3 || run.TimeoutKill != 0 || !run.Down || run.Log == nil || run.Log.Log != nil {
		t.Errorf("it is %+v", run)
	}
	same(t, "complaints", said(complaints), []string{
		g.at + "/s/down-signal: it is a FIFO, and a file is needed | make it a regular file",
		g.at + "/s/timeout-kill: it is a symbolic link, and a file is needed | make it a regular file",
	})
	if run, complaints = ReadRunDir(at("t")); run.Run.Path != "" || len(complaints) != 0 {
		t.Errorf("an empty one: %+v, %v", run, complaints)
	}
	if run, _ = ReadRunDir(at("u")); run.Log != nil {
		t.Error("a link was followed to the logger")
	}
}

// A user may fill its directory: what is read of it at each start is bounded all the same.
func TestReadRunDirDoesntListWhatAUserFills(t *testing.T) {
	g := newRig(t, "-- s/run --\n#!/bin/sh\n-- s/down-signal --\nINT\n-- s/log/run --\n#!/bin/sh\n")
	for i := range 3000 {
		for _, dir := range []string{"s/", "s/log/"} {
			if err := os.Symlink("x", filepath.Join(g.at, dir+strconv.Itoa(i))); err != nil {
				t.Fatal(err)
			}
		}
	}
	d, err := fsx.Open(filepath.Join(g.at, "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	var run RunDir
	n := testing.AllocsPerRun(1, func() { run, _ = ReadRunDir(d) })
	if run.Run.Path == "" || run.DownSignal != unix.SIGINT || run.Log == nil || run.Log.Run.Path == "" {
		t.Errorf("it is %+v", run)
	}
	if n > 1000 {
		t.Errorf("%v allocations", n)
	}
}
