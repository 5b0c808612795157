package main

import (
	"fmt"

	"github.com/berth-init/berth/bench/measure"
	"github.com/berth-init/berth/bench/peer"
)

// superviseTargets compares the table with what berth has to reach.
func (b *bench) superviseTargets() []measure.Target {
	const (
		must = false
		wish = true
	)
	var targets []measure.Target
	for _, t := range []struct {
		row  string
		most float64
		aim  bool
	}{
		{rowCrash, 2, must},
		{fmt.Sprintf(rowAll, thousand), 450, must},
		{fmt.Sprintf(rowMemory, thousand), 20, must},
		{rowEvery, 5, must},
		{rowEveryBare, 5, must},
		{rowRestartReturns, 5, must},
		{fmt.Sprintf(rowStop, thousand), 60, must},
		{rowFirst, 4, wish},
		{fmt.Sprintf(rowAll, hundred), 75, wish},
		{rowMass, 50, wish},
		{rowOne, 2, wish},
		{rowRestartRuns, 3, wish},
		{fmt.Sprintf(rowStop, 10), 4, wish},
		{fmt.Sprintf(rowMemory, 1), 10, wish},
		{fmt.Sprintf(rowMemory, 10), 10, wish},
		{fmt.Sprintf(rowMemory, hundred), 12, wish},
	} {
		targets = append(targets, b.target(t.row, t.most, t.aim))
	}
	return targets
}

// target is one row's of berth, with the floor's figure.
func (b *bench) target(row string, most float64, aim bool) measure.Target {
	t := measure.Target{What: row, Want: most, Aim: aim}
	t.Got, t.Known = b.table.Median(row, peer.NameBerth)
	if f, ok := b.table.Median(row, peer.NameFloor); ok {
		t.Floor = measure.Short(f)
	}
	return t
}

// ratio is one of two columns in a row.
func (b *bench) ratio(what, row, of string, want float64, least bool) measure.Target {
	t := measure.Target{What: what, Want: want, Unit: " x", Least: least}
	t.Got, t.Known = b.table.Ratio(row, peer.NameBerth, of)
	if f, ok := b.table.Median(row, peer.NameFloor); ok {
		t.Floor = measure.Short(f)
	}
	return t
}
