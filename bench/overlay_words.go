package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/berth-init/berth/bench/measure"
	"github.com/berth-init/berth/bench/peer"
)

// wordRuns is how often each small command has its turn.
const wordRuns = 101

// wordMost is how many times an empty program in Go a small command may take to do its work, the program that it becomes left out.
const wordMost = 2.1

// A smallWord is a command of s6-overlay's that is called often.
type smallWord struct {
	name    string
	berth   []string
	real    []string // Debian's, for the same task
	becomes bool     // it ends as another program, the least one
}

func smallWords() []smallWord {
	const slot, env = "/run/service/s0", "/run/s6/container_environment"
	least := []string{"/payload", "none"}
	return []smallWord{
		{"with-contenv", append([]string{"/command/with-contenv"}, least...), append([]string{"/usr/bin/s6-envdir", env}, least...), true},
		{"s6-setuidgid", append([]string{"/command/s6-setuidgid", "nobody"}, least...), append([]string{"/usr/bin/s6-setuidgid", "nobody"}, least...), true},
		{"s6-svstat", []string{"/command/s6-svstat", slot}, []string{"/usr/bin/s6-svstat", slot}, false},
	}
}

// overlayWords times the small commands inside the image that berth has booted, all in turns.
func (b *bench) overlayWords() ([]measure.Target, error) {
	const turns = "/bench/turns"
	all := [][]string{{"/bench/nothing"}, {"/payload", "none"}}
	for _, w := range smallWords() {
		all = append(all, w.berth, w.real)
	}
	script := fmt.Sprintf("%s %d %s >/stamps/words 2>&1 || echo failed >>/stamps/words", turns, wordRuns, strings.Join(joined(all), " -- "))
	took, err := b.insideImage(script, len(all))
	if err != nil {
		return nil, err
	}
	nothing, least := took[0], took[1]
	b.table.Add("an empty program in Go (ms)", peer.NameShell, nothing)
	var targets []measure.Target
	for i, w := range smallWords() {
		ours, theirs := took[2+2*i], took[3+2*i]
		if w.becomes {
			ours, theirs = ours-least, theirs-least
		}
		b.table.Add(w.name+" (ms)", peer.NameBerth, ours)
		b.table.Add(w.name+" (ms)", peer.NameS6, theirs)
		targets = append(targets, measure.Target{What: w.name + " / an empty program in Go", Unit: " x", Want: wordMost, Got: ours / nothing, Known: true})
	}
	b.note("the small commands are timed without the program that they become; s6's are those in C, s6-envdir in with-contenv's place")
	return targets, nil
}

func joined(commands [][]string) []string {
	var all []string
	for _, c := range commands {
		all = append(all, strings.Join(c, " "))
	}
	return all
}

// insideImage boots the image with a command and gives the figures that it left behind, in ms.
func (b *bench) insideImage(script string, n int) ([]float64, error) {
	place, err := b.rig.Place()
	if err != nil {
		return nil, err
	}
	plan, err := peer.Overlays()[0].Plan(peer.Job{Tools: b.Tools, Dir: place.Dir, N: 1, Service: []string{"sh", "-c", script}})
	if err != nil {
		return nil, err
	}
	r, err := b.rig.Start(place, plan.Program)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	if _, err := r.Gone(3 * patient); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(place.Dir, "words"))
	if err != nil {
		return nil, err
	}
	var took []float64
	for line := range strings.Lines(string(text)) {
		us, err := strconv.ParseFloat(strings.TrimSpace(line), 64)
		if err != nil {
			return nil, fmt.Errorf("time the small commands: %s", text)
		}
		took = append(took, us/1000)
	}
	if len(took) != n {
		return nil, fmt.Errorf("time the small commands: %d figures, want %d", len(took), n)
	}
	return took, nil
}
