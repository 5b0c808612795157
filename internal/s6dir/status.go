package s6dir

import (
	"encoding/binary"
	"errors"
	"syscall"
)

// Sizes of a status.
const (
	StatusSize = 35        // s6 2.11, 2.12, and from 2.14 on
	withGroup  = 43        // 2.13: a process group behind the pid
	maxStatus  = 256       // more is no status
	maxPid     = 1<<31 - 1 // more is no process
)

// A Status is what supervise/status says.
type Status struct {
	Changed Stamp // when it came up or went down
	ReadyAt Stamp // when it became ready, or was down for good

	Pid   int    // of run, of finish while Finishing, or 0
	Group int    // its process group, where the file says
	Wait  uint16 // how the last run ended, as wait(2) gives it

	Paused, Finishing, WantUp bool
	Ready                     bool // while up: it said so; while down: finish has ended too
}

// Up says that run is running.
func (s Status) Up() bool { return s.Pid != 0 && !s.Finishing }

// WaitStatus gives how the last run ended.
func (s Status) WaitStatus() syscall.WaitStatus { return syscall.WaitStatus(s.Wait) }

// Append writes the status behind b, as s6 2.11 has it.
func (s Status) Append(b []byte) []byte {
	b = s.ReadyAt.Append(s.Changed.Append(b))
	b = binary.BigEndian.AppendUint64(b, uint64(s.Pid)) //nolint:gosec // a pid
	b = binary.BigEndian.AppendUint16(b, s.Wait)
	var f byte
	for i, on := range [...]bool{s.Paused, s.Finishing, s.WantUp, s.Ready} {
		if on {
			f |= 1 << i
		}
	}
	return append(b, f)
}

// ParseStatus reads a status of any release from 2.11 on.
func ParseStatus(b []byte) (Status, error) {
	var s Status
	if len(b) != StatusSize && len(b) != withGroup {
		return s, errors.New("read status: it has another length than any release writes")
	}
	s.Changed, s.ReadyAt = stampAt(b), stampAt(b[StampSize:])
	pid, group := binary.BigEndian.Uint64(b[24:]), uint64(0)
	rest := b[32:]
	if len(b) == withGroup {
		group, rest = binary.BigEndian.Uint64(b[32:]), b[40:]
	} else if pid > maxPid {
		pid, group = pid>>32, pid&(1<<32-1) // newer ones put both numbers into the place of one
	}
	if pid > maxPid || group > maxPid {
		return Status{}, errors.New("read status: it names a process that can't be")
	}
	s.Pid, s.Group, s.Wait = int(pid), int(group), binary.BigEndian.Uint16(rest)
	f := rest[2]
	s.Paused, s.Finishing, s.WantUp, s.Ready = f&1 != 0, f&2 != 0, f&4 != 0, f&8 != 0
	return s, nil
}
