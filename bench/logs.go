package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/berth-init/berth/bench/measure"
	"github.com/berth-init/berth/bench/peer"
	"github.com/berth-init/berth/bench/rig"
)

const lineSize = 100 // bytes, the payload's

// A stream is what one bench of lines sends.
type stream struct {
	speed, cost string // rows
	lines, each int    // how many, and how many a write
}

// streams are a program that writes blocks, and one whose stdout is line-buffered.
func streams() []stream {
	return []stream{
		{"blocks of 64 KB (MB/s)", "blocks of 64 KB (CPU s per GB)", 5_000_000, 655},
		{"one line a write (MB/s)", "one line a write (CPU s per GB)", 1_500_000, 1},
	}
}

// A logger reads lines from its stdin and keeps them in files.
type logger struct {
	peer peer.Peer
	argv func(b *bench, dir string) []string // nil: berth, which is given a service instead
}

func loggers() []logger {
	return []logger{
		{peer.Peer{Name: peer.NameBerth}, nil},
		{peer.Peer{Name: peer.NameFloor}, func(b *bench, dir string) []string { return []string{b.Floor, "log", dir} }},
		{peer.Peer{Name: peer.NameS6, Needs: []string{"s6-log"}}, func(_ *bench, dir string) []string {
			return []string{"s6-log", "n10", "s1000000", "T", dir}
		}},
		{peer.Peer{Name: "runit", Needs: []string{"svlogd"}}, func(_ *bench, dir string) []string {
			return []string{"svlogd", "-tt", dir}
		}},
	}
}

// logs fills the table of loggers.
func (b *bench) logs() ([]measure.Target, error) {
	by := map[string]logger{}
	var peers []peer.Peer
	for _, l := range loggers() {
		by[l.peer.Name] = l
		peers = append(peers, l.peer)
	}
	peers = b.present(peers)
	all := streams()
	for _, s := range all {
		b.step(s.speed, peers, b.rounds, b.oneByOne(func(p peer.Peer) error {
			if argv := by[p.Name].argv; argv != nil {
				return b.pipe(s, p, func(dir string) []string { return argv(b, dir) })
			}
			return b.service(s, p)
		}))
	}
	big, small := all[0], all[1]
	return append([]measure.Target{
		b.ratio(big.speed, peer.NameS6, "s6-log", 7, true),
		b.ratio(big.speed, peer.NameFloor, peer.NameFloor, 0.5, true),
		b.ratio(small.speed, peer.NameS6, "s6-log", b.reachable(small.speed, 2.3), true),
	}, b.judged([]rowTarget{{big.cost, 1.5, false, big.cost, 0.8}})...), nil
}

// reachable gives how many times s6-log's speed is wanted: where even the floor isn't as much faster, because the machine
// takes that long for the producer's own system calls, nine tenths of the floor.
func (b *bench) reachable(row string, want float64) float64 {
	if floor, ok := b.table.Ratio(row, peer.NameFloor, peer.NameS6); ok {
		return min(want, 0.9*floor)
	}
	return want
}

// pipe measures a logger at the end of a pipe.
func (b *bench) pipe(s stream, p peer.Peer, argv func(dir string) []string) error {
	place, err := b.rig.Place()
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(place.Dir) }()
	dir := filepath.Join(place.Dir, "log")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	// svlogd's; nobody else looks at it.
	if err := os.WriteFile(filepath.Join(dir, "config"), []byte("s1000000\nn10\n"), 0o644); err != nil {
		return err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	consumer := exec.Command(argv(dir)[0], argv(dir)[1:]...)
	consumer.Stdin, consumer.Stderr = r, os.Stderr
	producer := exec.Command(b.Payload, "lines", place.Stamps.Path, fmt.Sprint(s.lines), fmt.Sprint(s.each))
	producer.Stdout, producer.Stderr = w, os.Stderr
	rig.Quiet(b.patience)
	err = consumer.Start()
	_ = r.Close()
	if err == nil {
		if err = producer.Run(); err == nil {
			_ = w.Close()
			err = consumer.Wait()
		}
	}
	_ = w.Close()
	if err != nil {
		return err
	}
	if err := complete(dir, s.lines, 0); err != nil {
		return err
	}
	took, err := span(place.Stamps.One)
	if err != nil {
		return err
	}
	state := consumer.ProcessState
	b.addStream(s, p.Name, took, (state.UserTime() + state.SystemTime()).Seconds())
	return nil
}

// service measures berth, with the producer as its one service.
func (b *bench) service(s stream, p peer.Peer) error {
	here, ok := find(peer.All(), p.Name)
	if !ok {
		return fmt.Errorf("there is no plan for %s", p.Name)
	}
	place, err := b.rig.Place()
	if err != nil {
		return err
	}
	plan, err := here.Plan(peer.Job{
		Tools: b.Tools, Dir: place.Dir, N: 1, Logs: true, Once: true,
		Service: []string{b.Payload, "lines", place.Stamps.Path, fmt.Sprint(s.lines), fmt.Sprint(s.each)},
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
	took, err := span(r.One)
	if err != nil {
		return err
	}
	if err := complete(plan.Logs, s.lines, 10*time.Second); err != nil {
		return err
	}
	spent, err := r.Spent() // its boot included, which is a hundredth of it
	if err != nil {
		return err
	}
	b.addStream(s, p.Name, took, spent)
	return nil
}

func (b *bench) addStream(s stream, name string, took time.Duration, cpu float64) {
	size := float64(s.lines) * lineSize
	b.table.Add(s.speed, name, size/1e6/took.Seconds())
	b.table.Add(s.cost, name, cpu/(size/1e9))
}

// span gives the time from the first write to the end of the last one.
func span(one func(rune, time.Duration) (rig.Stamp, error)) (time.Duration, error) {
	begun, err := one(rig.Begun, patient)
	if err != nil {
		return 0, err
	}
	done, err := one(rig.Done, patient)
	if err != nil {
		return 0, err
	}
	return time.Duration(done.At - begun.At), nil
}

// complete waits until the last line is the last of one of the files: a logger that is quick because it drops isn't quick.
func complete(dir string, lines int, within time.Duration) error {
	end := time.Now().Add(within)
	for {
		ok, err := endsWith(dir, fmt.Appendf(nil, "%010d ", lines-1))
		if ok || err != nil {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("look for line %d in %s: no file ends with it", lines-1, dir)
		}
		time.Sleep(time.Millisecond)
	}
}

// endsWith says whether the last line of a file in a directory has a number.
func endsWith(dir string, number []byte) (bool, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return false, err
	}
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			continue // rotated away
		}
		tail := make([]byte, lineSize)
		if info, err := f.Stat(); err == nil && info.Size() >= lineSize {
			_, _ = f.ReadAt(tail, info.Size()-lineSize)
		}
		_ = f.Close()
		if bytes.HasPrefix(tail, number) {
			return true, nil
		}
	}
	return false, nil
}

func find(peers []peer.Peer, name string) (peer.Peer, bool) {
	for _, p := range peers {
		if p.Name == name {
			return p, true
		}
	}
	return peer.Peer{}, false
}
