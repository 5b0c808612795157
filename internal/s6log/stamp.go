package s6log

import (
	"encoding/binary"
	"os"
	"strings"
	"time"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/s6dir"
)

// labels are the stamps of one moment, made when one is asked for.
type labels struct {
	zone   *time.Location
	now    time.Time
	second int64 // the one that iso was made for
	tai    []byte
	iso    []byte
	hasTAI bool
	hasISO bool
}

// at begins a moment.
func (l *labels) at(now time.Time) { l.now, l.hasTAI, l.hasISO = now, false, false }

// put appends what stands in front of an action's lines.
func (l *labels) put(to []byte, s *step) []byte {
	if s.tai {
		if !l.hasTAI {
			l.tai, l.hasTAI = append(append(l.tai[:0], s6dir.StampOf(l.now).String()...), ' '), true
		}
		to = append(to, l.tai...)
	}
	if s.iso {
		if !l.hasISO {
			l.hasISO = true
			l.local()
		}
		to = append(to, l.iso...)
	}
	return append(to, s.prefix...)
}

// isoDate is as long as what it gives.
const isoDate = "2006-01-02 15:04:05"

// local makes the stamp of T: one second's differ in the fraction only.
func (l *labels) local() {
	if sec := l.now.Unix(); len(l.iso) == 0 || sec != l.second {
		l.second = sec
		l.iso = append(l.now.In(l.zone).AppendFormat(l.iso[:0], isoDate), ".000000000  "...)
	}
	at := len(l.iso) - 3
	for rest := l.now.Nanosecond(); at > len(l.iso)-12; at-- {
		l.iso[at] = byte('0' + rest%10)
		rest /= 10
	}
}

// zone gives the zone that a call's environment names, as the C library reads it: a name, a file, or a rule. What can't be
// read is UTC. The environment may not be the one that this process was started with: another word set it.
func zone(c *chain.Call) *time.Location {
	name, set := c.Get("TZ")
	if !set {
		name = "/etc/localtime"
	}
	name = strings.TrimPrefix(name, ":")
	if name == "" {
		return time.UTC
	}
	if name[0] == '/' {
		if data, err := os.ReadFile(name); err == nil {
			if z, err := time.LoadLocationFromTZData(name, data); err == nil {
				return z
			}
		}
		return time.UTC
	}
	if z, err := time.LoadLocation(name); err == nil && name != "Local" {
		return z
	}
	return rule(name)
}

// rule reads a zone that is a rule, as EST5EDT,M3.2.0,M11.1.0: a file of zones (RFC 8536) that has no change in it, and the
// rule for all that comes after, is put around it.
func rule(text string) *time.Location {
	header := func(body ...uint32) []byte {
		b := append([]byte("TZif2"), make([]byte, 15)...)
		for _, n := range body {
			b = binary.BigEndian.AppendUint32(b, n)
		}
		return b
	}
	const local = "\x00\x00\x00\x00\x00\x00UTC\x00" // one kind of time, and its name
	first := append(header(0, 0, 0, 0, 1, 4), local...)
	second := append(header(0, 0, 0, 1, 1, 4), "\x80\x00\x00\x00\x00\x00\x00\x00\x00"...)
	second = append(append(second, local...), "\n"+text+"\n"...)
	z, err := time.LoadLocationFromTZData(text, append(first, second...))
	if err != nil {
		return time.UTC
	}
	return z
}
