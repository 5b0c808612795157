package s6dir

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"
)

// StampSize is the length of a label on disk.
const StampSize = 12

// base is 1970 as a label.
const base = 1<<62 + 10

// A Stamp is a TAI64N label as it is on disk: any twelve bytes are one.
type Stamp struct {
	Sec  uint64
	Nano uint32
}

// leaps holds the moments (Unix time) after which there was one second more. None has been put in since 2017.
var leaps = [...]int64{
	78796800, 94694400, 126230400, 157766400, 189302400, 220924800, 252460800, 283996800, 315532800, 362793600, 394329600,
	425865600, 489024000, 567993600, 631152000, 662688000, 709948800, 741484800, 773020800, 820454400, 867715200, 915148800,
	1136073600, 1230768000, 1341100800, 1435708800, 1483228800,
}

// StampOf gives the label of a moment.
func StampOf(t time.Time) Stamp {
	unix := t.Unix()
	sec := uint64(base + unix) //nolint:gosec // what is before 1970 wraps to less than base, as it should
	for _, l := range leaps {
		if unix >= l {
			sec++
		}
	}
	return Stamp{sec, uint32(t.Nanosecond())} //nolint:gosec // less than a second
}

// Time gives the moment of a label; a second that was put in is the one after it.
func (s Stamp) Time() time.Time {
	unix := int64(s.Sec - base) //nolint:gosec // wraps back
	for i := len(leaps) - 1; i >= 0; i-- {
		if unix-int64(i) > leaps[i] {
			unix -= int64(i) + 1
			break
		}
	}
	return time.Unix(unix, int64(s.Nano))
}

// Append writes a label behind b.
func (s Stamp) Append(b []byte) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(b, s.Sec), s.Nano)
}

// stampAt reads a label; b is long enough.
func stampAt(b []byte) Stamp {
	return Stamp{binary.BigEndian.Uint64(b), binary.BigEndian.Uint32(b[8:])}
}

// String gives the label as people and file names have it: an @ and 24 figures.
func (s Stamp) String() string {
	return "@" + hex.EncodeToString(s.Append(make([]byte, 0, StampSize)))
}

// TextSize is the length of what [Stamp.String] gives.
const TextSize = 1 + 2*StampSize

// ParseStamp reads what [Stamp.String] gives, at the head of a text.
func ParseStamp(text string) (Stamp, error) {
	if len(text) < TextSize || text[0] != '@' {
		return Stamp{}, errors.New("read label: it is an @ and 24 figures")
	}
	b, err := hex.DecodeString(text[1:TextSize])
	if err != nil {
		return Stamp{}, errors.New("read label: it is an @ and 24 figures")
	}
	return stampAt(b), nil
}

// After says that a label is of a later moment.
func (s Stamp) After(o Stamp) bool { return s.Sec > o.Sec || s.Sec == o.Sec && s.Nano > o.Nano }

// Since gives the whole seconds that have gone by since another label; none if that one is later.
func (s Stamp) Since(o Stamp) uint64 {
	if o.After(s) {
		return 0
	}
	sec := s.Sec - o.Sec
	if s.Nano < o.Nano {
		sec--
	}
	return sec
}
