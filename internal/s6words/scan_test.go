package s6words

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/s6dir"
)

// What both do to a scan directory that the real s6-svscan keeps.
func TestTheRealScannerObeysBoth(t *testing.T) {
	needs(t)
	const wait = `until s6-svstat scan/new; do sleep 0.02; done >s 2>&1; ` // s6-svok says yes before there is a status
	for _, c := range []struct{ name, script string }{
		{"a new service", "mv new.tmp scan/new; s6-svscanctl -a scan; echo $?; " + wait + "s6-svwait -u -t 9000 scan/new; echo $?"},
		{"one that has gone", "mv new.tmp scan/new; s6-svscanctl -a scan; " + wait + "s6-svc -wD -T 9000 -d scan/new; mv scan/new old; s6-svscanctl -an scan; echo $?; while s6-svok old; do sleep 0.02; done; echo gone"},
		{"a link", "s6-svlink -t 9000 scan new.tmp one; echo $?; s6-svok new.tmp; echo $?; s6-svwait -u -t 9000 scan/one; echo $?; readlink -f scan/one | xargs basename; stat -c %a new.tmp/event"},
		{"a link that stays down", "s6-svlink -D -t 9000 scan new.tmp; echo $?; ls new.tmp/down; s6-svstat -u new.tmp"},
		{"a link that is down for now", "s6-svlink -d -t 9000 -P scan new.tmp; echo $?; ls new.tmp/down 2>&1 | wc -l; s6-svstat -u new.tmp; stat -c %a new.tmp/event"},
		{"unlinked", "s6-svlink -t 9000 scan new.tmp one; s6-svunlink scan one; echo $?; while s6-svok new.tmp; do sleep 0.02; done; ls scan"},
		{"wrong words", "s6-svlink scan; echo $?; s6-svlink scan nonesuch; echo $?; s6-svunlink scan; echo $?; s6-svunlink scan nonesuch; echo $?; s6-svunlink scan a/b; echo $?; s6-svlink -t x scan new.tmp; echo $?; s6-svlink scan new.tmp a/b; echo $?"},
		{"nobody scans", "mkdir quiet; s6-svlink quiet new.tmp; echo $?; ls quiet"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got [2]outcome
			for i, programs := range []string{"/usr/bin", links(t)} {
				dir := t.TempDir()
				service(t, filepath.Join(dir, "new.tmp"), nil)
				must(t, os.Mkdir(filepath.Join(dir, "scan"), 0o755))
				daemon(t, "s6-svscan", filepath.Join(dir, "scan"))
				await(t, "the scanner", func() bool {
					fd, err := unix.Open(filepath.Join(dir, "scan", s6dir.ScanControl), unix.O_WRONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
					if err == nil {
						_ = unix.Close(fd)
					}
					return err == nil
				})
				got[i] = run(t, programs, dir, c.script)
				_ = run(t, "/usr/bin", dir, "for d in scan/* old new.tmp; do s6-svc -dx $d; done 2>/dev/null; s6-svscanctl -t scan; :")
			}
			if got[0].Stdout != got[1].Stdout || got[0].Code != got[1].Code {
				t.Errorf("%s\nthe real one: %d\n%s%sours: %d\n%s%s", c.script, got[0].Code, got[0].Stdout, got[0].stderr, got[1].Code, got[1].Stdout, got[1].stderr)
			}
		})
	}
}

// Who writes down his looks is waited for: a look that was under way when the letter came doesn't count.
func TestSvscanctlWaitsForALook(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, s6dir.Scan), 0o755))
	must(t, unix.Mkfifo(filepath.Join(dir, s6dir.ScanControl), 0o600))
	fifo, err := os.OpenFile(filepath.Join(dir, s6dir.ScanControl), os.O_RDWR, 0)
	must(t, err)
	defer func() { _ = fifo.Close() }()
	told := func(begun, ended int) {
		tmp := filepath.Join(dir, s6dir.Scan, "tmp")
		must(t, os.WriteFile(tmp, []byte(strconv.Itoa(begun)+" "+strconv.Itoa(ended)+"\n"), 0o644))
		must(t, os.Rename(tmp, filepath.Join(dir, scans)))
	}
	told(5, 4) // the fifth is under way
	done := make(chan outcome, 1)
	go func() { done <- call(t, dir, nil, []string{"s6-svscanctl", "-an", dir}) }()
	b := make([]byte, 2)
	if n, err := fifo.Read(b); err != nil || string(b[:n]) != "an" {
		t.Fatalf("the letters are %q, %v", b[:n], err)
	}
	told(5, 5)
	told(6, 5)
	select {
	case o := <-done:
		t.Fatalf("it didn't wait for the sixth: %+v", o)
	default:
	}
	told(6, 6)
	if o := <-done; o.Code != 0 {
		t.Errorf("%+v %s", o, o.stderr)
	}
	// What is no count isn't waited for.
	must(t, os.WriteFile(filepath.Join(dir, scans), []byte("no count\n"), 0o644))
	if o := call(t, dir, nil, []string{"s6-svscanctl", "-a", dir}); o.Code != 0 {
		t.Errorf("%+v %s", o, o.stderr)
	}
}

// Who may not subscribe waits by looking at the status whenever it has changed: nothing that came between two looks is missed.
func TestWaitingWithoutASubscription(t *testing.T) {
	dir := t.TempDir()
	up := s6dir.Status{Changed: s6dir.Stamp{Sec: 1}, Pid: 7, WantUp: true}
	hold(t, dir, up.Append(nil)) // there is no event/
	put := func(s s6dir.Status) {
		tmp := filepath.Join(dir, s6dir.Supervise, "tmp")
		must(t, os.WriteFile(tmp, s.Append(nil), 0o644))
		must(t, os.Rename(tmp, filepath.Join(dir, s6dir.StatusAt)))
	}
	wait := func(flag string) chan outcome {
		done := make(chan outcome, 1)
		began := make(chan struct{})
		go func() {
			var l *listener
			c := newCall(t)
			l, _ = listen(c, []string{dir}, goal(flag[0], true), within(9000))
			close(began)
			defer l.close()
			done <- outcome{Code: l.wait()}
		}()
		<-began
		return done
	}
	down := up
	down.Changed.Sec, down.Pid = 2, 0
	d := wait("d")
	put(down)
	if o := <-d; o.Code != 0 {
		t.Errorf("down: %+v", o)
	}
	D := wait("D")
	down.Ready = true
	put(down)
	if o := <-D; o.Code != 0 {
		t.Errorf("down for good: %+v", o)
	}
	put(up)
	r := wait("r")
	again := up
	again.Changed.Sec, again.Pid = 9, 8 // it went down and came up between two looks
	put(again)
	if o := <-r; o.Code != 0 {
		t.Errorf("restarted: %+v", o)
	}
	gone := wait("d")
	must(t, os.Remove(filepath.Join(dir, s6dir.StatusAt)))
	if o := <-gone; o.Code != 102 {
		t.Errorf("its directory has gone: %+v", o)
	}
	put(again)
	if o := call(t, dir, nil, []string{"s6-svwait", "-d", "-t", "50", dir}); o.Code != 99 {
		t.Errorf("it doesn't come, and ends with %d", o.Code)
	}
}

// A service's owner puts what he likes in any file's place. No word waits for ever, reads without an end, or writes there.
func TestAServicesOwnerAttacks(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	must(t, os.WriteFile(secret, []byte("kept"), 0o644))
	for _, file := range []string{s6dir.StatusAt, s6dir.Lock, s6dir.Control, s6dir.Tally, s6dir.Event, s6dir.ScanControl, scans} {
		for kind, plant := range map[string]func(path string) error{
			"a FIFO":             func(p string) error { return unix.Mkfifo(p, 0o666) },
			"a directory":        func(p string) error { return os.Mkdir(p, 0o777) },
			"a link to a device": func(p string) error { return os.Symlink("/dev/zero", p) },
			"a link to a secret": func(p string) error { return os.Symlink(secret, p) },
			"a link to itself":   func(p string) error { return os.Symlink(filepath.Base(p), p) },
			"a huge file":        func(p string) error { return sparse(p, 1<<33) },
		} {
			t.Run(kind+" as "+filepath.Base(file), func(t *testing.T) {
				d := filepath.Join(t.TempDir(), "d")
				hold(t, d, statuses()["up"].Append(nil))
				must(t, os.MkdirAll(filepath.Join(d, s6dir.Scan), 0o755))
				must(t, os.RemoveAll(filepath.Join(d, file)))
				must(t, plant(filepath.Join(d, file)))
				for _, argv := range [][]string{
					{"s6-svstat", d},
					{"s6-svok", d},
					{"s6-svc", "-u", d},
					{"s6-svdt", d},
					{"s6-svwait", "-d", "-t", "20", d},
					{"s6-svscanctl", "-z", d},
					{"s6-ftrig-notify", d + "/event", "a"},
					{"s6-cleanfifodir", d + "/event"},
					{"s6-svc", "-wd", "-T", "20", "-d", d},
				} {
					o := call(t, d, nil, argv)
					if o.Code != 0 && o.stderr == "" && argv[0] != "s6-svok" {
						t.Errorf("%v ends with %d and says nothing", argv, o.Code)
					}
				}
				if file == s6dir.Tally { // this one is told to write
					_ = call(t, d, nil, []string{"s6-svdt-clear", d})
				}
			})
		}
	}
	if b, _ := os.ReadFile(secret); string(b) != "kept" {
		t.Errorf("the secret is %q", b)
	}
}

func sparse(path string, size int64) error {
	if err := os.WriteFile(path, nil, 0o666); err != nil {
		return err
	}
	return os.Truncate(path, size)
}
