package main

import (
	"fmt"
	"slices"

	"github.com/berth-init/berth/bench/measure"
	"github.com/berth-init/berth/bench/peer"
	"github.com/berth-init/berth/bench/rig"
)

const (
	orphanCount = 10_000
	rowReaped   = "10,000 orphans -> all reaped (ms)"
	rowBacklog  = "the last one made -> all reaped (ms)"
	rowReaper   = "processor time of PID 1 (s)"
)

// orphans fills the table of reapers.
func (b *bench) orphans() ([]measure.Target, error) {
	b.step("orphans", b.present(reapers()), b.rounds, b.oneByOne(func(p peer.Peer) error { return b.reap(p, orphanCount) }))
	wish := b.judged([]rowTarget{{rowReaper, 0.6, true, rowReaper, 0.57}})
	return append([]measure.Target{b.ratio(rowReaped, peer.NameFloor, peer.NameFloor, 1.1, false)}, wish...), nil
}

// reapers gives those whose first duty, or one of them, it is.
func reapers() []peer.Peer {
	all := slices.DeleteFunc(peer.All(), func(p peer.Peer) bool {
		return p.Name != peer.NameBerth && p.Name != peer.NameFloor && p.Name != peer.NameS6
	})
	for i := range all {
		all[i].Slow = false
	}
	return slices.Insert(all, 1, peer.Peer{Name: "tini", Needs: []string{"tini"}, Plan: tini})
}

func tini(j peer.Job) (peer.Plan, error) {
	return peer.Plan{Program: rig.Program{Argv: append([]string{"tini", "--"}, j.Service...)}}, nil
}

// reap lets a service make orphans until none is left.
func (b *bench) reap(p peer.Peer, orphans int) error {
	place, err := b.rig.Place()
	if err != nil {
		return err
	}
	plan, err := p.Plan(peer.Job{
		Tools: b.Tools, Dir: place.Dir, N: 1,
		Service: []string{b.Payload, "orphans", place.Stamps.Path, fmt.Sprint(orphans)},
	})
	if err != nil {
		return err
	}
	rig.Quiet(b.patience)
	r, err := b.rig.Start(place, plan.Program)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	var at [3]int64
	for i, what := range []rune{rig.Begun, rig.Made, rig.Done} {
		s, err := r.One(what, 3*patient)
		if err != nil {
			return err
		}
		at[i] = s.At
	}
	spent, err := r.Spent()
	if err != nil {
		return err
	}
	b.table.Add(rowReaped, p.Name, ms(at[2]-at[0]))
	b.table.Add(rowBacklog, p.Name, ms(at[2]-at[1]))
	b.table.Add(rowReaper, p.Name, spent)
	return nil
}
