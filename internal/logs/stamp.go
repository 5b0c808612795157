package logs

import "time"

// A stamper writes the time in front of lines: ISO 8601 with a numeric zone, and a fraction of the second where wanted.
type stamper struct {
	digits int // of the fraction, 0 to 9
	second int64
	zone   *time.Location
	text   []byte // 2006-01-02T15:04:05[.000]-07:00 and a space
}

const (
	stampDate = "2006-01-02T15:04:05"
	stampZone = "-07:00"
)

// at gives the stamp of a time, valid until the next one. One second's stamps differ in the fraction only.
func (s *stamper) at(t time.Time) []byte {
	if sec, zone := t.Unix(), t.Location(); s.text == nil || sec != s.second || zone != s.zone {
		s.second, s.zone = sec, zone
		s.text = t.AppendFormat(s.text[:0], stampDate)
		if s.digits > 0 {
			s.text = append(append(s.text, '.'), "000000000"[:s.digits]...)
		}
		s.text = append(t.AppendFormat(s.text, stampZone), ' ')
	}
	if s.digits > 0 {
		part := t.Nanosecond()
		for range 9 - s.digits {
			part /= 10
		}
		for i := len(stampDate) + s.digits; i > len(stampDate); i-- {
			s.text[i] = byte('0' + part%10)
			part /= 10
		}
	}
	return s.text
}

// unstamp gives a line's time and what follows its stamp. It reads stamps of this package and of s6-log T (a space for
// the T, no zone, two spaces behind). A line without one is given back whole, with ok false.
func unstamp(line []byte) (t time.Time, text []byte, ok bool) {
	var n [6]int
	rest := line
	for i, f := range [...]struct {
		width int
		after string
	}{{4, "-"}, {2, "-"}, {2, "T "}, {2, ":"}, {2, ":"}, {2, ""}} {
		v, ok := digits(rest, f.width)
		if !ok {
			return time.Time{}, line, false
		}
		n[i], rest = v, rest[f.width:]
		if f.after == "" {
			break
		}
		if len(rest) == 0 || rest[0] != f.after[0] && rest[0] != f.after[len(f.after)-1] {
			return time.Time{}, line, false
		}
		rest = rest[1:]
	}
	nanos, rest := fraction(rest)
	zone, rest, ok := offset(rest)
	if !ok || len(rest) == 0 || rest[0] != ' ' || n[1] < 1 || n[1] > 12 || n[2] < 1 || n[2] > 31 {
		return time.Time{}, line, false
	}
	rest = rest[1:]
	if zone == time.Local && len(rest) > 0 && rest[0] == ' ' {
		rest = rest[1:]
	}
	return time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], nanos, zone), rest, true
}

// digits reads a number of exactly n digits.
func digits(b []byte, n int) (int, bool) {
	if len(b) < n {
		return 0, false
	}
	v := 0
	for _, c := range b[:n] {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int(c-'0')
	}
	return v, true
}

// fraction reads .ddd as nanoseconds; none is 0.
func fraction(b []byte) (nanos int, rest []byte) {
	if len(b) == 0 || b[0] != '.' {
		return 0, b
	}
	rest = b[1:]
	for unit := 100_000_000; len(rest) > 0 && rest[0] >= '0' && rest[0] <= '9'; unit /= 10 {
		nanos += int(rest[0]-'0') * unit
		rest = rest[1:]
	}
	return nanos, rest
}

// offset reads Z, ±hh:mm or ±hhmm; nothing is local time.
func offset(b []byte) (zone *time.Location, rest []byte, ok bool) {
	if len(b) == 0 || b[0] == ' ' {
		return time.Local, b, true
	}
	if b[0] == 'Z' {
		return time.UTC, b[1:], true
	}
	sign := 1
	switch b[0] {
	case '+':
	case '-':
		sign = -1
	default:
		return nil, b, false
	}
	hours, ok := digits(b[1:], 2)
	if !ok {
		return nil, b, false
	}
	rest = b[3:]
	if len(rest) > 0 && rest[0] == ':' {
		rest = rest[1:]
	}
	minutes, ok := digits(rest, 2)
	if !ok {
		return nil, b, false
	}
	if hours == 0 && minutes == 0 {
		return time.UTC, rest[2:], true
	}
	return time.FixedZone("", sign*(hours*3600+minutes*60)), rest[2:], true
}
