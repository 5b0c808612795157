package main

import (
	"fmt"
	"slices"
	"syscall"
	"time"

	"github.com/berth-init/berth/bench/measure"
	"github.com/berth-init/berth/bench/peer"
	"github.com/berth-init/berth/bench/rig"
)

const (
	rowFirst   = "exec -> first service runs, N=1 (ms)"
	rowAll     = "exec -> all run, N=%d (ms)"
	rowCrash   = "kill -9 of one -> replacement runs (ms)"
	rowMass    = "100 killed at once -> all back (ms)"
	rowStop    = "TERM -> whole tree gone, N=%d (ms)"
	rowMemory  = "PSS with loggers, N=%d (MiB)"
	hundred    = 100
	thousand   = 1000
	settled    = 1300 * time.Millisecond // a younger run is held back by s6 and runit, and is a short one to berth
	patient    = time.Minute
	slowRounds = 1
)

// supervise fills the table of supervisors.
func (b *bench) supervise() ([]measure.Target, error) {
	peers := b.present(peer.All())
	b.step("one", peers, b.rounds+1, b.one)
	b.step("ten", peers, b.rounds+1, b.ten)
	b.step("a hundred", peers, b.rounds, b.hundred)
	b.step("a thousand", peers, b.rounds, b.oneByOne(b.thousand))
	for _, n := range []int{1, 10, hundred, thousand} {
		b.step(fmt.Sprintf("memory of %d", n), peers, b.rounds, b.oneByOne(func(p peer.Peer) error { return b.memory(p, n) }))
	}
	b.note("the floor has no loggers, and its status is a program that ends at once; PSS leaves the services themselves out")
	return b.judged(superviseTargets()), nil
}

// present gives those who take part and are here; the table has a column for each that takes part.
func (b *bench) present(peers []peer.Peer) []peer.Peer {
	var here []peer.Peer
	for _, p := range peers {
		if !b.wanted(p.Name) {
			continue
		}
		b.table.Columns = append(b.table.Columns, p.Name)
		if missing := p.Missing(b.Tools); missing != "" {
			b.note("%s: not measured: %s", p.Name, missing)
			continue
		}
		here = append(here, p)
	}
	return here
}

// step runs rounds of something with all who take part. Who fails drops out of it, and the table says so.
func (b *bench) step(what string, peers []peer.Peer, rounds int, do func([]peer.Peer) map[string]error) {
	began := time.Now()
	peers = slices.Clone(peers)
	for round := range rounds {
		now := slices.Clone(peers)
		if round >= slowRounds {
			now = slices.DeleteFunc(now, func(p peer.Peer) bool { return p.Slow })
		}
		for name, err := range do(now) {
			b.note("%s: dropped out of %s: %v", name, what, err)
			peers = slices.DeleteFunc(peers, func(p peer.Peer) bool { return p.Name == name })
		}
	}
	say("%s: %d s", what, int(time.Since(began).Seconds()))
}

// oneByOne makes a step of what each does alone.
func (b *bench) oneByOne(do func(peer.Peer) error) func([]peer.Peer) map[string]error {
	return func(peers []peer.Peer) map[string]error {
		failed := map[string]error{}
		for _, p := range peers {
			if err := do(p); err != nil {
				failed[p.Name] = err
			}
		}
		return failed
	}
}

// A live is a supervisor with its services up.
type live struct {
	*rig.Run
	peer.Plan

	name       string
	stamps     []rig.Stamp
	first, all float64 // ms from exec
}

// start brings n services up.
func (b *bench) start(p peer.Peer, n int, word string, logs bool) (*live, error) {
	place, err := b.rig.Place()
	if err != nil {
		return nil, err
	}
	plan, err := p.Plan(peer.Job{
		Tools: b.Tools, Dir: place.Dir, N: n, Logs: logs, Service: []string{b.Payload, word, place.Stamps.Path},
	})
	if err != nil {
		return nil, err
	}
	rig.Quiet(b.patience)
	r, err := b.rig.Start(place, plan.Program)
	if err != nil {
		return nil, err
	}
	l := &live{Run: r, Plan: plan, name: p.Name}
	if l.stamps, err = r.Services(n, patient); err != nil {
		_ = r.Close()
		return nil, err
	}
	at := func(s rig.Stamp) int64 { return s.At }
	by := func(a, b rig.Stamp) int { return int(at(a) - at(b)) }
	l.first = ms(slices.MinFunc(l.stamps, by).At - r.Began)
	l.all = ms(slices.MaxFunc(l.stamps, by).At - r.Began)
	return l, nil
}

// sideBySide brings everybody's services up, one after the other, and lets them settle.
func (b *bench) sideBySide(peers []peer.Peer, n int, each func(*live) error) map[string]error {
	failed := map[string]error{}
	var lives []*live
	for _, p := range peers {
		l, err := b.start(p, n, "idle", false)
		if err != nil {
			failed[p.Name] = err
			continue
		}
		lives = append(lives, l)
	}
	time.Sleep(settled)
	for _, l := range lives {
		if err := each(l); err != nil {
			failed[l.name] = err
		}
		_ = l.Close()
	}
	return failed
}

// one times a start and crashes of a single service.
func (b *bench) one(peers []peer.Peer) map[string]error {
	const crashes = 3
	return b.sideBySide(peers, 1, func(l *live) error {
		b.table.Add(rowFirst, l.name, l.first)
		for i := range crashes {
			if i > 0 {
				time.Sleep(settled)
			}
			took, err := b.crash(l)
			if err != nil {
				return err
			}
			b.table.Add(rowCrash, l.name, took)
		}
		return nil
	})
}

// hundred times a start, and a crash of everything.
func (b *bench) hundred(peers []peer.Peer) map[string]error {
	return b.sideBySide(peers, hundred, func(l *live) error {
		b.table.Add(fmt.Sprintf(rowAll, hundred), l.name, l.all)
		took, err := b.crash(l)
		if err != nil {
			return err
		}
		b.table.Add(rowMass, l.name, took)
		return nil
	})
}

// crash kills all services and gives the ms until the last is back.
func (b *bench) crash(l *live) (float64, error) {
	pids, err := l.Pids(l.stamps)
	if err != nil {
		return 0, err
	}
	rig.Quiet(b.patience)
	began := rig.Now()
	for _, pid := range pids {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			return 0, fmt.Errorf("kill service %d: %w", pid, err)
		}
	}
	back, err := l.Services(len(pids), patient)
	if err != nil {
		return 0, err
	}
	l.stamps = back
	last := back[0].At
	for _, s := range back {
		last = max(last, s.At)
	}
	return ms(last - began), nil
}

// ten times a stop.
func (b *bench) ten(peers []peer.Peer) map[string]error {
	return b.sideBySide(peers, 10, func(l *live) error { return b.stop(l, 10) })
}

// stop times the end of the whole tree.
func (b *bench) stop(l *live, n int) error {
	rig.Quiet(b.patience)
	began := rig.Now()
	if err := l.Signal(l.Stop); err != nil {
		return err
	}
	ended, err := l.Gone(patient)
	if err != nil {
		return err
	}
	b.table.Add(fmt.Sprintf(rowStop, n), l.name, ms(ended-began))
	return nil
}

// thousand times a start, what is asked then, and a stop.
func (b *bench) thousand(p peer.Peer) error {
	l, err := b.start(p, thousand, "idle", false)
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }()
	b.table.Add(fmt.Sprintf(rowAll, thousand), l.name, l.all)
	time.Sleep(settled)
	if err := b.control(l, p.Slow); err != nil {
		return err
	}
	return b.stop(l, thousand)
}

// memory measures what supervisor and loggers hold.
func (b *bench) memory(p peer.Peer, n int) error {
	l, err := b.start(p, n, "talk", true)
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }()
	time.Sleep(settled)
	mib, processes, err := l.Memory()
	if err != nil {
		return err
	}
	b.table.Add(fmt.Sprintf(rowMemory, n), l.name, mib)
	if n == thousand {
		b.note("%s with %d services: %d processes beside them", l.name, n, processes)
	}
	return nil
}
