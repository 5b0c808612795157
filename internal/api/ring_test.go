package api

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A ring says what a list of everything says, of what it still keeps.
func TestARingIsTheEndOfAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 9).Draw(t, "size")
		r := NewRing(size)
		var all []uint64
		seq := uint64(0)
		for range rapid.IntRange(0, 40).Draw(t, "events") {
			seq += uint64(rapid.IntRange(1, 3).Draw(t, "step"))
			r.Add(Event{Seq: seq})
			all = append(all, seq)
		}
		kept := all[max(0, len(all)-size):]
		after := rapid.Uint64Range(0, seq+2).Draw(t, "after")
		limit := rapid.IntRange(1, 12).Draw(t, "limit")
		var want []uint64
		for _, n := range kept {
			if (n > after || after > seq) && len(want) < limit {
				want = append(want, n)
			}
		}
		events, _ := r.After(after, limit)
		var got []uint64
		for _, e := range events {
			got = append(got, e.Seq)
		}
		if !slices.Equal(got, want) {
			t.Errorf("after %d of %v (keeps %d): %v, want %v", after, all, size, got, want)
		}
	})
}

func TestARingWakesWhoWaits(t *testing.T) {
	r := NewRing(0) // keeps one at least
	_, newer := r.After(0, 10)
	_, same := r.After(0, 10)
	select {
	case <-newer:
		t.Error("it woke for nothing")
	default:
	}
	r.Add(Event{Seq: 1})
	<-newer
	<-same
	events, newer := r.After(0, 10)
	if len(events) != 1 {
		t.Errorf("%v", events)
	}
	select {
	case <-newer:
		t.Error("it woke for what was given")
	default:
	}
}

func TestWhatARingGivesIsTheCallers(t *testing.T) {
	r := NewRing(2)
	r.Add(Event{Seq: 1, Slot: "web"})
	events, _ := r.After(0, 10)
	events[0].Slot = "changed"
	if again, _ := r.After(0, 10); again[0].Slot != "web" {
		t.Error("the ring was changed")
	}
}
