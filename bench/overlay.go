package main

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/berth-init/berth/bench/measure"
	"github.com/berth-init/berth/bench/peer"
	"github.com/berth-init/berth/bench/rig"
)

const (
	rowBoot      = "exec -> the command runs, %d services (ms)"
	rowShutdown  = "TERM -> whole tree gone, %d services (ms)"
	overlayMany  = 20
	overlayMost  = 0.333 // of s6's own part
	overlayPause = 1000  // ms: a third of what s6-overlay waits for at every stop
)

// overlay fills the table of boots of an image in s6-overlay's manner. What is compared is the supervisor's own part: less what
// the image's scripts take where a bare shell runs them.
func (b *bench) overlay() ([]measure.Target, error) {
	peers := b.present(peer.Overlays())
	for _, n := range []int{0, overlayMany} {
		b.step(fmt.Sprintf("a boot with %d services", n), peers, b.rounds, b.oneByOne(func(p peer.Peer) error { return b.bootOverlay(p, n) }))
	}
	b.note("s6 is Debian's s6-svscan with a shell in the place of s6-rc and s6-overlay's scripts; s6-overlay itself does more, and waits for 3 s at each stop")
	none, okNone := b.own(0)
	many, okMany := b.own(overlayMany)
	stop, okStop := b.table.Median(fmt.Sprintf(rowShutdown, overlayMany), peer.NameBerth)
	if okNone && okMany && okStop {
		b.last = fmt.Sprintf("boot to CMD 0 services: %.2f× s6-svscan's own part, %d services: %.2f× (limit %.2f×); stop %.0f ms", none, overlayMany, many, overlayMost, stop)
	}
	targets := []measure.Target{
		{What: "boot to the command, own part, 0 services, berth / s6", Unit: " x", Want: overlayMost, Got: none, Known: okNone},
		{What: "boot to the command, own part, 20 services, berth / s6", Unit: " x", Want: overlayMost, Got: many, Known: okMany},
		{What: fmt.Sprintf(rowShutdown, overlayMany), Want: overlayPause, Got: stop, Known: okStop},
	}
	return targets, nil
}

// own gives the ratio of berth's own part to s6's.
func (b *bench) own(n int) (ratio float64, ok bool) {
	row := fmt.Sprintf(rowBoot, n)
	floor, known := b.table.Median(row, peer.NameShell)
	berth, knownBerth := b.table.Median(row, peer.NameBerth)
	s6, knownS6 := b.table.Median(row, peer.NameS6)
	if !known || !knownBerth || !knownS6 || s6 <= floor {
		return 0, false
	}
	return max(0, berth-floor) / (s6 - floor), true
}

// bootOverlay times one boot until the command runs, and the stop a moment later.
func (b *bench) bootOverlay(p peer.Peer, n int) error {
	place, err := b.rig.Place()
	if err != nil {
		return err
	}
	plan, err := p.Plan(peer.Job{Tools: b.Tools, Dir: place.Dir, N: n})
	if err != nil {
		return err
	}
	rig.Quiet(b.patience)
	r, err := b.rig.Start(place, plan.Program)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	began, err := r.One(rig.Exec, patient) // the first one was that of what makes the image's root
	if err != nil {
		return err
	}
	runs, err := r.One(rig.Runs, patient)
	if err != nil {
		return err
	}
	b.table.Add(fmt.Sprintf(rowBoot, n), p.Name, ms(runs.At-began.At))
	if err := b.allThere(r, n+1); err != nil {
		return err
	}
	asked := rig.Now()
	if err := r.Signal(plan.Stop); err != nil {
		return err
	}
	ended, err := r.Gone(patient)
	if err != nil {
		return err
	}
	b.table.Add(fmt.Sprintf(rowShutdown, n), p.Name, ms(ended-asked))
	return nil
}

// allThere waits until so many payloads are there, the command among them, and a moment longer.
func (b *bench) allThere(r *rig.Run, n int) error {
	for end := time.Now().Add(patient); ; time.Sleep(20 * time.Millisecond) {
		all, err := r.Tree()
		if err != nil {
			return err
		}
		there := 0
		for _, p := range all {
			if filepath.Base(p.Exe) == filepath.Base(b.Payload) {
				there++
			}
		}
		if there == n {
			time.Sleep(settled / 4)
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("wait for the services and the command: %d of %d are there", there, n)
		}
	}
}
