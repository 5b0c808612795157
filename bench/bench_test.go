package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/berth-init/berth/bench/peer"
	"github.com/berth-init/berth/bench/rig"
)

// programs is where the programs under test are built, once.
var programs string

func TestMain(m *testing.M) {
	if rig.IsLaunch() {
		code, err := rig.Launch()
		fmt.Fprintln(os.Stderr, "launch:", err)
		os.Exit(code)
	}
	dir, err := os.MkdirTemp("", "berth-bench-test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	programs = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// built gives a program, built if it isn't yet.
func built(t *testing.T, name, where string, command ...string) string {
	t.Helper()
	program := filepath.Join(programs, name)
	if _, err := os.Stat(program); err == nil {
		return program
	}
	c := exec.Command(command[0], append(command[1:], "-o", program, where)...)
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", name, err, out)
	}
	return program
}

// ready gives a bench whose programs are built, or skips.
func ready(t *testing.T) *bench {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root, for namespaces")
	}
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("needs a C compiler, for the payload")
	}
	b := &bench{rounds: 1}
	b.rig, err = rig.New(built(t, "payload", "payload/payload.c", cc, "-std=gnu11", "-O2", "-static"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.rig.Close() })
	b.Payload = b.rig.Payload
	b.Floor = built(t, "floor", "./floor", "go", "build")
	b.Berth = built(t, "berth", "./cmd/berth", "go", "build", "-C", "..")
	return b
}

// here gives a candidate that can run on this machine, or skips.
func here(t *testing.T, b *bench, p peer.Peer) peer.Peer {
	t.Helper()
	if missing := p.Missing(b.Tools); missing != "" {
		t.Skip(missing)
	}
	return p
}

func TestEachCandidateStartsRestartsAndStops(t *testing.T) {
	b := ready(t)
	for _, p := range peer.All() {
		t.Run(p.Name, func(t *testing.T) {
			p := here(t, b, p)
			l, err := b.start(p, 3, "idle", false)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = l.Close() }()
			if l.first <= 0 || l.all < l.first {
				t.Errorf("the first ran after %v ms, all after %v", l.first, l.all)
			}
			before, err := l.Pids(l.stamps)
			if err != nil {
				t.Fatal(err)
			}
			if took, err := b.crash(l); err != nil || took <= 0 {
				t.Fatalf("the crash took %v ms: %v", took, err)
			}
			after, err := l.Pids(l.stamps)
			if err != nil {
				t.Fatal(err)
			}
			for _, pid := range after {
				if slices.Contains(before, pid) {
					t.Errorf("service %d is back and was never gone", pid)
				}
			}
			if err := b.stop(l, 3); err != nil {
				t.Fatal(err)
			}
			for _, pid := range append(before, after...) {
				if alive(pid, b.Payload) {
					t.Errorf("service %d outlived its supervisor", pid)
				}
			}
		})
	}
}

// alive says whether a pid is a service of ours.
func alive(pid int, payload string) bool {
	exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	return err == nil && exe == payload
}

func TestEachCandidateAnswers(t *testing.T) {
	b := ready(t)
	for _, p := range peer.All() {
		t.Run(p.Name, func(t *testing.T) {
			p := here(t, b, p)
			l, err := b.start(p, 3, "idle", false)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = l.Close() }()
			time.Sleep(settled) // what supervisor and runit call a start is over
			if err := b.control(l, true); err != nil {
				t.Fatal(err)
			}
			rows := []string{rowOne, rowEvery}
			if l.Restart != nil {
				rows = append(rows, rowRestartRuns, rowRestartReturns)
			}
			for _, row := range rows {
				if v, ok := b.table.Median(row, p.Name); !ok || v <= 0 {
					t.Errorf("%s: %v, %v", row, v, ok)
				}
			}
		})
	}
}

func TestEachCandidatesMemoryIsMeasured(t *testing.T) {
	b := ready(t)
	for _, p := range peer.All() {
		t.Run(p.Name, func(t *testing.T) {
			p := here(t, b, p)
			if err := b.memory(p, 3); err != nil {
				t.Fatal(err)
			}
			if mib, ok := b.table.Median(fmt.Sprintf(rowMemory, 3), p.Name); !ok || mib <= 0 || mib > 200 {
				t.Errorf("%v MiB, %v", mib, ok)
			}
		})
	}
}

func TestEachLoggerKeepsEveryLineToTheLast(t *testing.T) {
	b := ready(t)
	s := stream{"speed", "cost", 20_000, 655}
	for _, l := range loggers() {
		t.Run(l.peer.Name, func(t *testing.T) {
			p := here(t, b, l.peer)
			var err error
			if l.argv == nil {
				err = b.service(s, p)
			} else {
				err = b.pipe(s, p, func(dir string) []string { return l.argv(b, dir) })
			}
			if err != nil {
				t.Fatal(err)
			}
			if v, ok := b.table.Median(s.speed, p.Name); !ok || v <= 0 {
				t.Errorf("%v MB/s, %v", v, ok)
			}
		})
	}
}

func TestEachReaperReapsAll(t *testing.T) {
	b := ready(t)
	for _, p := range reapers() {
		t.Run(p.Name, func(t *testing.T) {
			p := here(t, b, p)
			if err := b.reap(p, 50); err != nil {
				t.Fatal(err)
			}
			if v, ok := b.table.Median(rowReaped, p.Name); !ok || v <= 0 {
				t.Errorf("%v ms, %v", v, ok)
			}
		})
	}
}

func TestWhatASupervisorLeavesBehindIsWaitedFor(t *testing.T) {
	b := ready(t)
	place, err := b.rig.Place()
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.rig.Start(place, rig.Program{
		Argv:    []string{"sh", "-c", b.Payload + " idle " + place.Stamps.Path + " & echo away"},
		Lingers: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	left, err := r.Services(1, patient)
	if err != nil {
		t.Fatal(err)
	}
	if ended, err := r.Gone(100 * time.Millisecond); err == nil {
		t.Fatalf("it is gone at %d, and a service runs", ended)
	}
	pids, err := r.Pids(left)
	if err != nil {
		t.Fatal(err)
	}
	if !alive(pids[0], b.Payload) {
		t.Errorf("service %d doesn't run", pids[0])
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if alive(pids[0], b.Payload) {
		t.Errorf("service %d outlived its run", pids[0])
	}
}

func TestWhoSaysNothingFailsWithItsWords(t *testing.T) {
	b := ready(t)
	place, err := b.rig.Place()
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.rig.Start(place, rig.Program{Argv: []string{"sh", "-c", "echo out of order"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if _, err := r.Gone(patient); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Services(1, 0); err == nil || !strings.Contains(err.Error(), "out of order") {
		t.Errorf("got %v", err)
	}
}

func TestAWordThatIsNoBenchIsRefused(t *testing.T) {
	for _, args := range [][]string{nil, {"nothing"}, {"supervise", "more"}, {"supervise", "-rounds", "0"}, {"logs", "-nothing"}} {
		if err := run(args); err == nil {
			t.Errorf("%q is taken", args)
		}
	}
}

func TestTheLastLineIsFoundWhereverItIs(t *testing.T) {
	dir := t.TempDir()
	line := func(n int) string {
		return fmt.Sprintf("2026-11-25T19:47:03+00:00 %010d %s\n", n, strings.Repeat("x", lineSize-12))
	}
	for name, text := range map[string]string{"current": "", "old": line(1) + line(2), "short": "x\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := complete(dir, 3, 0); err != nil {
		t.Error(err)
	}
	for _, lines := range []int{2, 4} {
		if err := complete(dir, lines, 0); err == nil {
			t.Errorf("line %d is no file's last", lines-1)
		}
	}
}
