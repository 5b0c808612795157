package rig

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A Process is one of a run.
type Process struct {
	Pid  int
	Seen int // its pid as it sees it itself
	Exe  string

	parent int
}

// Tree gives the processes of the run.
func (r *Run) Tree() ([]Process, error) {
	names, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	children := map[int][]int{}
	for _, name := range names {
		stat, err := os.ReadFile(name + "/stat")
		if err != nil {
			continue // it is gone
		}
		f := afterName(stat)
		if pid, parent := number(filepath.Base(name)), number(f[1]); pid > 0 {
			children[parent] = append(children[parent], pid)
		}
	}
	var all []Process
	level := []Process{{Pid: r.first.Pid}}
	for len(level) > 0 {
		p := level[0]
		level = level[1:]
		p.Seen, p.Exe = seen(p.Pid)
		all = append(all, p)
		for _, c := range children[p.Pid] {
			level = append(level, Process{Pid: c, parent: p.Pid})
		}
	}
	return all, nil
}

// Pids gives the host's pids of services by the pids that they see themselves.
func (r *Run) Pids(stamps []Stamp) ([]int, error) {
	all, err := r.Tree()
	if err != nil {
		return nil, err
	}
	hosts := map[int]int{}
	for _, p := range all {
		hosts[p.Seen] = p.Pid
	}
	pids := make([]int, len(stamps))
	for i, s := range stamps {
		pid, ok := hosts[s.Pid]
		if !ok {
			return nil, fmt.Errorf("look for service %d: it is gone", s.Pid)
		}
		pids[i] = pid
	}
	return pids, nil
}

// Memory gives the MiB (PSS) of all that isn't a service, and how many processes that is.
func (r *Run) Memory() (mib float64, processes int, err error) {
	all, err := r.Tree()
	if err != nil {
		return 0, 0, err
	}
	self, err := os.Executable()
	if err != nil {
		return 0, 0, err
	}
	kib := 0
	for _, p := range all {
		if p.Exe == r.rig.Payload || p.Exe == self {
			continue
		}
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", p.Pid))
		if err != nil {
			return 0, 0, fmt.Errorf("measure process %d: %w", p.Pid, err)
		}
		n, ok := field(data, "Pss:")
		if !ok {
			return 0, 0, fmt.Errorf("measure process %d: no Pss in smaps_rollup", p.Pid)
		}
		kib += number(n)
		processes++
	}
	return float64(kib) / 1024, processes, nil
}

// Spent gives the seconds of processor time of the run's PID 1 alone, so far.
func (r *Run) Spent() (float64, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.first.Pid))
	if err != nil {
		return 0, err
	}
	f := afterName(stat)
	const ticks = 100 // a second, wherever Go runs
	return float64(number(f[11])+number(f[12])) / ticks, nil
}

// afterName gives the fields of /proc/PID/stat behind the name, which may hold anything: the state is the first.
func afterName(stat []byte) []string {
	return strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
}

// field gives the first word behind a label of a file of lines.
func field(data []byte, label string) (string, bool) {
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, label); ok {
			if f := strings.Fields(rest); len(f) > 0 {
				return f[0], true
			}
		}
	}
	return "", false
}

// seen gives the pid that a process has in its own namespace, and its program.
func seen(pid int) (own int, exe string) {
	base := fmt.Sprintf("/proc/%d/", pid)
	if data, err := os.ReadFile(base + "status"); err == nil {
		for line := range strings.Lines(string(data)) {
			if rest, ok := strings.CutPrefix(line, "NSpid:"); ok {
				if f := strings.Fields(rest); len(f) > 0 {
					own = number(f[len(f)-1])
				}
			}
		}
	}
	exe, _ = os.Readlink(base + "exe")
	return own, exe
}

// number reads a number of /proc; 0 for anything else.
func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}
