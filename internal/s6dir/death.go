package s6dir

import "syscall"

// DeathSize is the length of one record of the death tally.
const DeathSize = StampSize + 2

// MaxDeaths is the longest tally that is kept; DefaultDeaths is it where max-death-tally says nothing.
const (
	MaxDeaths     = 4096
	DefaultDeaths = 100
)

// A Death is the end of one run.
type Death struct {
	At     Stamp
	Code   byte // 128 and the signal if there was one, as a shell has it
	Signal byte // 0: it ended by itself
}

// DeathOf gives the record of how a run ended.
func DeathOf(at Stamp, w syscall.WaitStatus) Death {
	if w.Signaled() {
		n := byte(w.Signal()) //nolint:gosec // at most 64
		return Death{at, 128 + n, n}
	}
	return Death{at, byte(w.ExitStatus()), 0} //nolint:gosec // a byte
}

// Append writes the record behind b.
func (d Death) Append(b []byte) []byte { return append(d.At.Append(b), d.Code, d.Signal) }

// ParseDeaths reads a tally, the eldest first; what is behind the last whole record is left out.
func ParseDeaths(b []byte) []Death {
	deaths := make([]Death, 0, len(b)/DeathSize)
	for ; len(b) >= DeathSize; b = b[DeathSize:] {
		deaths = append(deaths, Death{stampAt(b), b[12], b[13]})
	}
	return deaths
}
