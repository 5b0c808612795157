package s6rc

import (
	"bytes"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const bom = "\xef\xbb\xbf"

// Clean takes a byte order mark off the start and the carriage returns off the ends of the lines.
func Clean(text []byte) []byte {
	text = bytes.TrimPrefix(text, []byte(bom))
	if bytes.IndexByte(text, '\r') < 0 {
		return text
	}
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	return bytes.TrimSuffix(text, []byte("\r"))
}

// stained says what Clean would take off.
func stained(text []byte) (mark, cr bool) {
	return bytes.HasPrefix(text, []byte(bom)), bytes.Contains(text, []byte("\r\n")) || bytes.HasSuffix(text, []byte("\r"))
}

// word gives the one word of a file: half of the images' files have no newline at the end.
func word(text string) string { return strings.TrimSpace(text) }

// A line of a list, with its number.
type line struct {
	text string
	no   int
}

// lines gives the lines of a list that say something: blanks around and comments don't.
func lines(text string) []line {
	var out []line
	no := 0
	for l := range strings.Lines(text) {
		no++
		l = strings.TrimSpace(l)
		if l != "" && l[0] != '#' {
			out = append(out, line{l, no})
		}
	}
	return out
}

// maxMilliseconds is the largest number of milliseconds that a file may say (49 days): what is more is meant as no limit.
const maxMilliseconds = 1<<32 - 1

// milliseconds reads a time as s6 writes it.
func milliseconds(text string) (time.Duration, bool) {
	n, err := strconv.ParseUint(word(text), 10, 32)
	return time.Duration(n) * time.Millisecond, err == nil
}

// number reads a number from 0 to max.
func number(text string, max int) (int, bool) {
	n, err := strconv.ParseUint(word(text), 10, 31)
	return int(n), err == nil && int(n) <= max
}

// maxSignal is the last of the real-time signals.
const maxSignal = 64

// signal reads the name of a signal, with or without SIG, or its number.
func signal(text string) (syscall.Signal, bool) {
	name := strings.ToUpper(word(text))
	if n, err := strconv.ParseUint(name, 10, 8); err == nil {
		return syscall.Signal(n), n >= 1 && n <= maxSignal
	}
	if !strings.HasPrefix(name, "SIG") {
		name = "SIG" + name
	}
	s := unix.SignalNum(name)
	return s, s != 0
}

// SignalName gives a signal's name, or its number.
func SignalName(s syscall.Signal) string {
	if name := unix.SignalName(s); name != "" {
		return name
	}
	return strconv.Itoa(int(s))
}

// oddName says what is wrong with the name of a service.
func oddName(unsafeName string) string {
	switch {
	case strings.Contains(unsafeName, "/"):
		return "a name can't have a slash"
	case strings.IndexFunc(unsafeName, func(c rune) bool { return c < ' ' || c == 0x7f || c == '\ufffd' }) >= 0:
		return "a name can't have control characters"
	case len(unsafeName) > maxName:
		return "a name can't be longer than 255 bytes"
	}
	return ""
}

const (
	maxName  = 255 // NAME_MAX
	reserved = "s6rc-"
)
