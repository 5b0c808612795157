package volume

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// plainBytes may stand in a value without quotes, for python-dotenv and for shells.
const plainBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+,="

// lineFor writes an assignment that python-dotenv and shells read as this very value. What the one or the other would read
// as something else is refused: python-dotenv puts variables into ${…} inside any quotes, and no file of lines that holds
// bytes that aren't UTF-8 is read by it at all.
func lineFor(key, value string) (string, error) {
	switch {
	case strings.ContainsAny(value, "\n\r\x00"):
		return "", errors.New("its value has a line break or a NUL byte")
	case strings.ContainsFunc(value, func(c rune) bool { return c < ' ' || c == 0x7f }):
		return "", errors.New("its value has control characters")
	case !utf8.ValidString(value):
		return "", errors.New("its value isn't UTF-8")
	case strings.Contains(value, "${"), strings.Contains(value, `\`):
		return "", errors.New("its value has a reference to a variable or a backslash, which readers of such files take for something else")
	case strings.Trim(value, plainBytes) == "":
		return key + "=" + value, nil
	case !strings.Contains(value, "'"):
		return key + "='" + value + "'", nil
	case !strings.ContainsAny(value, "\"$`"):
		return key + `="` + value + `"`, nil
	}
	return "", errors.New("its value has quotes of both kinds, or one kind beside a dollar or backquote")
}

// A mirrorEdit is what becomes of one file of lines.
type mirrorEdit struct {
	was map[string][]string // the hashes of berth's own lines, by variable
	now map[string][]string

	data      []byte
	set, gone []string // the variables whose lines are changed and taken away
}

var errOpenQuote = errors.New("a quote in it is never closed, and would take the new line for its own")

// with has a variable's only line give it a value. The first line that it has keeps its place, its end and its export; others
// go. A line that gives it that value already stays, whoever wrote it.
func (e *mirrorEdit) with(key, value, line string) error {
	var out, own []byte
	n, same := 0, true
	for _, l := range entries(e.data) {
		v, ok := assigned(l, key)
		if !ok {
			out = append(out, l...)
			continue
		}
		n++
		same = same && v == value
		if n > 1 {
			continue
		}
		own = slices.Concat(beforeName(l), []byte(line), lineEnd(l))
		out = append(out, own...)
	}
	switch {
	case n == 1 && same:
		e.leave(key)
		return nil
	case n == 0:
		own = []byte(line)
		out = withLine(e.data, line)
	}
	n = 0
	for _, l := range entries(out) {
		if _, ok := assigned(l, key); ok {
			n++
		}
	}
	if n != 1 || valueIn(out, key) != value {
		return errOpenQuote
	}
	e.data = out
	e.set = append(e.set, key)
	e.own(key, own)
	return nil
}

// leave keeps a variable's lines as they are, and remembers which of them is berth's.
func (e *mirrorEdit) leave(key string) {
	for _, l := range entries(e.data) {
		if _, ok := assigned(l, key); ok && e.berths(key, l) {
			e.own(key, l)
		}
	}
}

// without takes away the lines that berth has put there.
func (e *mirrorEdit) without(key string) {
	if len(e.was[key]) == 0 {
		return
	}
	var out []byte
	gone := false
	for _, l := range entries(e.data) {
		if _, ok := assigned(l, key); ok && e.berths(key, l) {
			gone = true
			if bytes.HasPrefix(l, []byte(byteOrderMark)) {
				out = append(out, byteOrderMark...)
			}
			continue
		}
		out = append(out, l...)
	}
	if gone {
		e.data = out
		e.gone = append(e.gone, key)
	}
}

func (e *mirrorEdit) berths(key string, line []byte) bool {
	return slices.Contains(e.was[key], lineSum(line))
}

func (e *mirrorEdit) own(key string, line []byte) {
	if e.now == nil {
		e.now = map[string][]string{}
	}
	e.now[key] = []string{lineSum(line)}
}

const byteOrderMark = "\ufeff"

// beforeName gives what stands before the name in an assignment and means something.
func beforeName(line []byte) []byte {
	var before []byte
	rest, marked := bytes.CutPrefix(line, []byte(byteOrderMark))
	if marked {
		before = append(before, byteOrderMark...)
	}
	rest = bytes.TrimLeft(rest, " \t\r\n")
	if rest, ok := bytes.CutPrefix(rest, []byte("export")); ok && len(rest) > 0 && strings.ContainsRune(" \t", rune(rest[0])) {
		before = append(before, "export "...)
	}
	return before
}

func lineEnd(line []byte) []byte { return line[len(bytes.TrimRight(line, "\r\n")):] }

// lineSum names a line in few letters. It is MD5 because who makes two lines with one hash deceives nobody but itself: all
// that it decides is whether a line of the app's own file goes.
func lineSum(line []byte) string {
	line = bytes.TrimRight(bytes.TrimPrefix(line, []byte(byteOrderMark)), "\r\n")
	sum := md5.Sum(line)
	return hex.EncodeToString(sum[:])
}
