package logs

import (
	"bytes"
	"fmt"
	"time"
)

// Flood says what becomes of more lines than anybody wants. What is dropped is counted, second by second, in a line of
// its own.
type Flood struct {
	Lines int // passed in each second; 0: all, whatever comes
	Every int // beyond them one of so many passes; 0: none
}

// A flood counts one second's lines.
type flood struct {
	Flood
	since           time.Time
	passed, dropped int
	beyond          int // lines seen beyond Lines
}

const floodWindow = time.Second

// admit gives on the lines that pass, whole blocks where it can.
func (f *flood) admit(block []byte, pass func([]byte)) {
	if room := f.Lines - f.passed; f.beyond == 0 && room > 0 {
		n, end := 0, 0
		for n < room && end < len(block) {
			end += bytes.IndexByte(block[end:], '\n') + 1
			n++
		}
		f.passed += n
		pass(block[:end])
		block = block[end:]
	}
	if f.Every <= 0 {
		n := bytes.Count(block, []byte{'\n'})
		f.beyond += n
		f.dropped += n
		return
	}
	for len(block) > 0 {
		end := bytes.IndexByte(block, '\n') + 1
		if f.beyond++; f.beyond%f.Every == 0 {
			f.passed++
			pass(block[:end])
		} else {
			f.dropped++
		}
		block = block[end:]
	}
}

// turn begins the next second where the last one is over, and says what it dropped.
func (f *flood) turn(now time.Time) (said string) {
	took := now.Sub(f.since)
	if took >= 0 && took < floodWindow {
		return ""
	}
	if f.dropped > 0 {
		said = fmt.Sprintf("berth: flood: %d lines dropped within a second, %d passed", f.dropped, f.passed)
	}
	*f = flood{Flood: f.Flood, since: now}
	return said
}
