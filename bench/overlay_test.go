package main

import (
	"fmt"
	"testing"

	"github.com/berth-init/berth/bench/peer"
)

func TestEachBootsTheImageAndEnds(t *testing.T) {
	b := ready(t)
	for _, p := range peer.Overlays() {
		t.Run(p.Name, func(t *testing.T) {
			p := here(t, b, p)
			if err := b.bootOverlay(p, 3); err != nil {
				t.Fatal(err)
			}
			for _, row := range []string{rowBoot, rowShutdown} {
				if v, ok := b.table.Median(fmt.Sprintf(row, 3), p.Name); !ok || v <= 0 {
					t.Errorf("%s: %v, %v", row, v, ok)
				}
			}
		})
	}
}

func TestOwnPartsAreWhatTheScriptsDoNotTake(t *testing.T) {
	for name, c := range map[string]struct {
		berth, shell, s6, want float64
		known                  bool
	}{
		"a fifth":                    {30, 20, 70, 0.2, true},
		"quicker than the shell":     {15, 20, 70, 0, true},
		"s6 quicker than the shell":  {15, 20, 19, 0, false},
		"one wasn't measured at all": {15, 20, -1, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := &bench{}
			for who, v := range map[string]float64{peer.NameBerth: c.berth, peer.NameShell: c.shell, peer.NameS6: c.s6} {
				if v >= 0 {
					b.table.Add(fmt.Sprintf(rowBoot, 0), who, v)
				}
			}
			if got, known := b.own(0); got != c.want || known != c.known {
				t.Errorf("got %v, %v, want %v, %v", got, known, c.want, c.known)
			}
		})
	}
}
