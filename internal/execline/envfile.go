package execline

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/script"
)

// envfile reads variables from a file into the environment.
func envfile(c *chain.Call) int {
	loose := false
	rest, ok := chain.Options(c.Args, "iI", func(f byte, _ string) { loose = f == 'I' })
	if !ok || len(rest) < 2 {
		return c.Wrong("envfile [ -i | -I ] file prog...")
	}
	file, from := rest[0], descriptor(0)
	if file != "-" {
		fd, err := unix.Open(file, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if errors.Is(err, unix.ENOENT) && loose {
			return c.Next(rest[1:])
		}
		if err != nil {
			return c.Fail(chain.System, "unable to open %s: %s", file, chain.Reason(err))
		}
		from = descriptor(fd)
	}
	text, err := io.ReadAll(io.LimitReader(from, mostScript))
	if file != "-" {
		_ = unix.Close(int(from))
	}
	if err != nil {
		return c.Fail(chain.System, "unable to read %s: %s", file, chain.Reason(err))
	}
	e := envReader{text: text}
	next := *c
	for {
		name, value, more, problem := e.next()
		if problem != "" {
			return c.Fail(1, "%s: line %d: %s", file, 1+bytes.Count(text[:min(e.at, len(text))], []byte("\n")), problem)
		}
		if !more {
			return c.Become(rest[1:], next.Env)
		}
		next.Set(name, value)
	}
}

// An envReader goes once through a file of variables.
type envReader struct {
	text []byte
	at   int
}

// peek gives the next byte; 0 is the end.
func (e *envReader) peek() byte {
	if e.at >= len(e.text) {
		return 0
	}
	return e.text[e.at]
}

// blank says whether a byte is space within a line.
func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\f' }

func (e *envReader) skip() {
	for blank(e.peek()) {
		e.at++
	}
}

// next reads one line that sets a variable.
func (e *envReader) next() (name, value string, more bool, problem string) {
	for blank(e.peek()) || e.peek() == '\n' || e.peek() == '#' {
		if e.peek() == '#' {
			for e.peek() != '\n' && e.peek() != 0 {
				e.at++
			}
			continue
		}
		e.at++
	}
	if e.peek() == 0 {
		return "", "", false, ""
	}
	begin := e.at
	for !blank(e.peek()) && strings.IndexByte("=\n\x00", e.peek()) < 0 {
		if strings.IndexByte(`"'?\`, e.peek()) >= 0 {
			return "", "", false, fmt.Sprintf("%q can't be part of a name", e.peek())
		}
		e.at++
	}
	name = string(e.text[begin:e.at])
	e.skip()
	if name == "" || e.peek() != '=' {
		return "", "", false, "NAME=value is wanted"
	}
	e.at++
	e.skip()
	value, problem = e.value()
	value, _, _ = strings.Cut(value, "\x00")
	return name, value, true, problem
}

// value reads up to the end of the line. Space at its ends goes, unless it is quoted.
func (e *envReader) value() (value, problem string) {
	var out []byte
	solid := 0 // how much of it stays
	for {
		c := e.peek()
		switch c {
		case 0, '\n':
			return string(out[:solid]), ""
		case '"':
			if out, problem = e.quoted(out); problem != "" {
				return "", problem
			}
			solid = len(out)
			continue
		case '\\':
			e.at++
			switch next := e.peek(); {
			case next == '\n':
				e.at++
				continue
			case next == '"' || next == '\\' || blank(next):
				c = next
			default:
				return "", "only space, quotation marks and backslashes can follow a backslash outside of quotation marks"
			}
			out = append(out, c)
			solid = len(out)
		default:
			out = append(out, c)
			if !blank(c) {
				solid = len(out)
			}
		}
		e.at++
	}
}

// quoted reads from one quotation mark to the next.
func (e *envReader) quoted(out []byte) (value []byte, problem string) {
	for e.at++; ; e.at++ {
		switch c := e.peek(); c {
		case 0, '\n':
			return nil, "a quotation mark has no second one in its line"
		case '"':
			e.at++
			return out, ""
		case '\\':
			e.at++
			if out, problem = e.escape(out); problem != "" {
				return nil, problem
			}
		default:
			out = append(out, c)
		}
	}
}

// escape reads what a backslash within quotation marks begins, and stays on its last byte.
func (e *envReader) escape(out []byte) (value []byte, problem string) {
	c := e.peek()
	switch {
	case c == 0:
		return nil, "a quotation mark has no second one"
	case c == '\n':
		return out, ""
	case c == 'x':
		if e.at+2 >= len(e.text) || script.Digit(e.text[e.at+1]) > 15 || script.Digit(e.text[e.at+2]) > 15 {
			return nil, `\x wants two digits`
		}
		e.at += 2
		return append(out, byte(script.Digit(e.text[e.at-1])<<4|script.Digit(e.text[e.at]))), ""
	case c >= '0' && c <= '7':
		n := script.Digit(c)
		for i := 0; i < 2 && e.at+1 < len(e.text) && script.Digit(e.text[e.at+1]) < 8; i++ {
			e.at++
			n = n<<3 | script.Digit(e.text[e.at])
		}
		return append(out, byte(n)), ""
	}
	if at := strings.IndexByte("abfnrtv", c); at >= 0 {
		c = "\a\b\f\n\r\t\v"[at]
	}
	return append(out, c), ""
}
