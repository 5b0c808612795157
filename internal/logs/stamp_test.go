package logs

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestStamps(t *testing.T) {
	rome := time.FixedZone("", 3600)
	newfoundland := time.FixedZone("", -(3*3600 + 30*60))
	at := birthday
	for _, c := range []struct {
		name   string
		digits int
		at     time.Time
		want   string
	}{
		{"whole seconds", 0, at, "2026-11-25T19:47:03+00:00 "},
		{"milliseconds", 3, at, "2026-11-25T19:47:03.123+00:00 "},
		{"nanoseconds", 9, at, "2026-11-25T19:47:03.123456789+00:00 "},
		{"leading zeros of a fraction", 6, at.Truncate(time.Second).Add(1234 * time.Nanosecond), "2026-11-25T19:47:03.000001+00:00 "},
		{"a zone east", 0, at.In(rome), "2026-11-25T20:47:03+01:00 "},
		{"a zone west, of half an hour", 1, at.In(newfoundland), "2026-11-25T16:17:03.1-03:30 "},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := stamper{digits: c.digits}
			s.at(c.at.Add(-time.Hour))
			s.at(c.at.Add(-time.Millisecond)) // the same second: only the fraction is new
			equal(t, "stamp", string(s.at(c.at)), c.want)
		})
	}
}

func TestAStampIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.IntRange(0, 9).Draw(t, "digits")
		s := stamper{digits: digits}
		for range 3 {
			zone := time.FixedZone("", 60*rapid.IntRange(-14*60, 14*60).Draw(t, "zone"))
			at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "second"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanos")).In(zone)
			text := rapid.StringN(0, 20, -1).Draw(t, "text")
			got, rest, ok := unstamp(append(s.at(at), text...))
			unit := time.Nanosecond
			for range 9 - digits {
				unit *= 10
			}
			want := time.Unix(at.Unix(), at.UnixNano()%1e9/int64(unit)*int64(unit))
			if !ok || !got.Equal(want) || string(rest) != text {
				t.Fatalf("%s: got %v, %q, %v", s.text, got, rest, ok)
			}
		}
	})
}

func TestStampsOfOthers(t *testing.T) {
	local := time.Date(2026, 11, 25, 19, 47, 3, 5e8, time.Local)
	for _, c := range []struct {
		name, line string
		want       time.Time
		text       string
	}{
		{"s6-log writes local time and two blanks", "2026-11-25 19:47:03.500000000  hello", local, "hello"},
		{"a zone without a colon", "2026-11-25T20:47:03.5+0100 hello", time.Date(2026, 11, 25, 19, 47, 3, 5e8, time.UTC), "hello"},
		{"Z is UTC", "2026-11-25T19:47:03Z  x", birthday.Truncate(time.Second), " x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at, text, ok := unstamp([]byte(c.line))
			if !ok || !at.Equal(c.want) || string(text) != c.text {
				t.Errorf("got %v, %q, %v, want %v, %q", at, text, ok, c.want, c.text)
			}
		})
	}
}

func TestALineWithoutAStampIsGivenWhole(t *testing.T) {
	for _, line := range []string{
		"", " ", "hello", "2026", "2026-11-25", "2026-11-25T19:47:03", "2026-11-25T19:47:03+0", "2026-11-25T19:47:03+00:0", "2026-11-25T19:47:03+00:00",
		"2026-11-25T19:47:03?00:00 x", "2026-13-25T19:47:03+00:00 x", "2026-11-32T19:47:03+00:00 x", "2026-11-25T19:47:0x+00:00 x", "20x6-11-25T19:47:03+00:00 x",
		"2026-11-25T19:47:03+xx:00 x", "2026-11-25T19:47:03.5",
	} {
		if _, text, ok := unstamp([]byte(line)); ok || string(text) != line {
			t.Errorf("%q was read as a stamp, leaving %q", line, text)
		}
	}
}

func FuzzUnstamp(f *testing.F) {
	f.Add([]byte("2026-11-25T19:47:03.123+00:00 hello"))
	f.Add([]byte("2026-11-25 19:47:03.500000000  hello"))
	f.Fuzz(func(t *testing.T, line []byte) {
		_, text, ok := unstamp(line)
		if len(text) > len(line) || ok == (len(text) == len(line)) || string(line[len(line)-len(text):]) != string(text) {
			t.Fatalf("%q became %q, %v", line, text, ok)
		}
	})
}
