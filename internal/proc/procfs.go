package proc

import (
	"bytes"
	"os"
	"strconv"
)

// A life is one process for ever: a number and when it began, in clock ticks
// since the machine's boot.
type life struct {
	pid   int
	start uint64
}

// A stat is what we read in /proc/PID/stat.
type stat struct {
	state  byte
	parent int
	start  uint64
}

// processes lists the numbers of all processes that this pid namespace shows.
// It fails if /proc belongs to another namespace: its numbers would mean others.
func processes() ([]int, error) {
	self, err := os.Readlink("/proc/self")
	if err != nil {
		return nil, err
	}
	if self != strconv.Itoa(os.Getpid()) {
		return nil, ErrNoProc
	}
	dir, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// readStat reads one process. The name in it is the process's own choice, and
// may hold spaces, parentheses and newlines: the fields begin after the last
// parenthesis.
func readStat(pid int) (stat, bool) {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return stat{}, false
	}
	return parseStat(data)
}

// parseStat reads state (3), ppid (4) and starttime (22), as proc(5) numbers them.
func parseStat(data []byte) (stat, bool) {
	end := bytes.LastIndexByte(data, ')')
	if end < 0 {
		return stat{}, false
	}
	fields := bytes.Fields(data[end+1:])
	if len(fields) < 20 || len(fields[0]) != 1 {
		return stat{}, false
	}
	parent, err := strconv.Atoi(string(fields[1]))
	if err != nil {
		return stat{}, false
	}
	start, err := strconv.ParseUint(string(fields[19]), 10, 64)
	if err != nil {
		return stat{}, false
	}
	return stat{state: fields[0][0], parent: parent, start: start}, true
}

// descends says whether a process descends from us. Where a parent ends while
// we look, its children change hands (to us, if we are PID 1 or the subreaper),
// so the climb is begun anew, a bounded number of times. Who descends from a
// spared child, or is one, isn't ours here.
func descends(pid int, spared map[int]bool) (st stat, ours bool) {
	for range 8 {
		st, ours, changed := climb(pid, spared)
		if !changed {
			return st, ours
		}
	}
	return stat{}, false
}

// climb follows the parents up. Each step is read again after the next one was:
// a child whose parent is still the same number has had that very parent all
// the while, so what was read in between was the parent's and no successor's.
func climb(pid int, spared map[int]bool) (first stat, ours, changed bool) {
	us := os.Getpid()
	first, ok := readStat(pid)
	if !ok {
		return stat{}, false, false
	}
	child, at := first, pid
	for child.parent != us {
		if child.parent <= 1 || spared[at] {
			return first, false, false
		}
		up, ok := readStat(child.parent)
		again, still := readStat(at)
		if !ok || !still || again.parent != child.parent || again.start != child.start {
			return first, false, true
		}
		at, child = child.parent, up
	}
	return first, !spared[at], false
}
