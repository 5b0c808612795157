package rig

import (
	"os"
	"strings"
	"time"
)

// Quiet waits for a moment in which the machine has little to do, no longer than asked: others may share it.
func Quiet(patience time.Duration) {
	end := time.Now().Add(patience)
	for time.Now().Before(end) {
		idle, all := load()
		time.Sleep(50 * time.Millisecond)
		idleNow, allNow := load()
		if allNow == all || float64(idleNow-idle) > 0.85*float64(allNow-all) {
			return
		}
	}
}

// load gives the ticks that all processors spent, idle and altogether.
func load() (idle, all int) {
	data, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0
	}
	line, _, _ := strings.Cut(string(data), "\n")
	for i, f := range strings.Fields(line) {
		n := number(f)
		if i > 0 && i < 9 {
			all += n
		}
		if i == 4 || i == 5 { // idle, and waiting for a disk
			idle += n
		}
	}
	return idle, all
}
