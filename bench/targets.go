package main

import (
	"fmt"

	"github.com/berth-init/berth/bench/measure"
	"github.com/berth-init/berth/bench/peer"
)

// A row's target in ms or MiB. It is for a quiet machine of two cores, on which the floor needs so much for a row of its own:
// where it needs more, as on a machine that others use, berth may need more as well, unless the run is strict.
type rowTarget struct {
	row   string
	most  float64
	wish  bool
	of    string  // the floor's row
	usual float64 // what that is on the quiet machine; 0: the machine's speed has no part in it
}

func superviseTargets() []rowTarget {
	const wish = true
	all := func(n int) string { return fmt.Sprintf(rowAll, n) }
	stop := func(n int) string { return fmt.Sprintf(rowStop, n) }
	memory := func(n int) string { return fmt.Sprintf(rowMemory, n) }
	return []rowTarget{
		{rowCrash, 2, !wish, rowCrash, 0.9},
		{all(thousand), 450, !wish, all(thousand), 327},
		{memory(thousand), 20, !wish, "", 0},
		{rowEvery, 5, !wish, rowEvery, 1},
		{rowEveryBare, 5, !wish, rowEvery, 1},
		{rowRestartReturns, 5, !wish, rowEvery, 1},
		{stop(thousand), 60, !wish, stop(thousand), 31},
		{rowFirst, 4, wish, rowFirst, 1.7},
		{all(hundred), 75, wish, all(hundred), 57},
		{rowMass, 50, wish, rowMass, 33},
		{rowOne, 2, wish, rowOne, 1},
		{rowRestartRuns, 3, wish, rowEvery, 1},
		{stop(10), 4, wish, stop(10), 2},
		{memory(1), 10, wish, "", 0},
		{memory(10), 10, wish, "", 0},
		{memory(hundred), 12, wish, "", 0},
	}
}

// judged compares targets with the table.
func (b *bench) judged(rows []rowTarget) []measure.Target {
	targets := make([]measure.Target, len(rows))
	for i, r := range rows {
		t := measure.Target{What: r.row, Want: r.most, Aim: r.wish}
		t.Got, t.Known = b.table.Median(r.row, peer.NameBerth)
		if floor, ok := b.table.Median(r.of, peer.NameFloor); ok {
			t.Floor = measure.Short(floor)
			if !b.strict {
				t.Slow = measure.Slower(floor, r.usual)
			}
		}
		targets[i] = t
	}
	return targets
}

// A ratio of berth to another, in one row: it needs no machine.
func (b *bench) ratio(row, of, name string, want float64, least bool) measure.Target {
	t := measure.Target{What: row + ", berth / " + name, Want: want, Unit: " x", Least: least}
	t.Got, t.Known = b.table.Ratio(row, peer.NameBerth, of)
	if floor, ok := b.table.Median(row, peer.NameFloor); ok {
		t.Floor = measure.Short(floor)
	}
	return t
}
