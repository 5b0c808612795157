package execline

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/proc"
)

// Lines are how input is cut into words for a loop.
type lines struct {
	delimiters    string
	nul           bool
	crunch, chomp bool

	from   io.Reader
	ahead  []byte
	buffer [8192]byte
}

// flag reads a flag of a command that loops over input.
func (l *lines) flag(f byte, value string) {
	switch f {
	case 'N':
		l.chomp = false
	case 'n':
		l.chomp = true
	case 'C':
		l.crunch = true
	case 'c':
		l.crunch = false
	case '0':
		l.nul = true
	case 'd':
		l.nul, l.delimiters = false, value
	}
}

func (l *lines) delimiter(c byte) bool {
	if l.nul {
		return c == 0
	}
	return bytes.IndexByte([]byte(l.delimiters), c) >= 0
}

// next gives one piece of the input, without its end where that is chomped off; io.EOF is the end of all.
func (l *lines) next() (string, error) {
	if !l.nul && l.delimiters == "" {
		return l.netstring()
	}
	for {
		line, rest, found := cut(l.ahead, l.delimiter)
		if !found {
			if err := l.fill(); err == nil {
				continue
			} else if !errors.Is(err, io.EOF) || len(l.ahead) == 0 || l.chomp { // the last one to be cut short is dropped
				return "", err
			}
			rest = nil
		}
		text := line
		l.ahead = rest
		if l.crunch && len(text) == 1 {
			continue
		}
		if l.chomp {
			text = text[:len(text)-1]
		}
		if at := bytes.IndexByte(text, 0); at >= 0 { // as a variable of C's would end
			text = text[:at]
		}
		return string(text), nil
	}
}

// fill reads more.
func (l *lines) fill() error {
	n, err := l.from.Read(l.buffer[:])
	l.ahead = append(slices.Clip(l.ahead), l.buffer[:n]...)
	return err
}

// netstring reads "LENGTH:TEXT,".
func (l *lines) netstring() (string, error) {
	for {
		colon := bytes.IndexByte(l.ahead, ':')
		n, whole := uint64(0), false
		if colon >= 0 {
			if n, whole = number(string(l.ahead[:colon])); !whole {
				return "", syscall.EPROTO
			}
		} else if len(l.ahead) > 10 {
			return "", syscall.EPROTO
		}
		if whole && uint64(len(l.ahead)) > uint64(colon)+1+n {
			text := l.ahead[colon+1 : uint64(colon)+1+n]
			if l.ahead[uint64(colon)+1+n] != ',' {
				return "", syscall.EPROTO
			}
			l.ahead = l.ahead[uint64(colon)+2+n:]
			return string(text), nil
		}
		if err := l.fill(); errors.Is(err, io.EOF) && len(l.ahead) > 0 {
			return "", syscall.EPIPE
		} else if err != nil {
			return "", err
		}
	}
}

// each runs a program for each piece. read says whether there was one.
func (l *lines) each(c *chain.Call, turns *loop, prog []string, name string) (code int, read bool) {
	for {
		text, err := l.next()
		if errors.Is(err, io.EOF) {
			return turns.finish(), read
		}
		if err != nil {
			return c.Fail(chain.System, "unable to read: %s", chain.Reason(err)), true
		}
		read = true
		if code, over := turns.turn(c, prog, name, text); over {
			return code, true
		}
	}
}

// looping reads the flags of forstdin and forbacktickx.
func looping(c *chain.Call) (turns loop, input lines, rest []string, ok bool) {
	turns, input = loop{sound: true}, lines{delimiters: "\n", chomp: true}
	rest, ok = chain.Options(c.Args, "pEeo:x:NnCc0d:", func(f byte, value string) {
		turns.flag(f, value)
		input.flag(f, value)
	})
	return turns, input, rest, ok && turns.sound && len(rest) >= 2
}

// forstdin runs a program for each line of its input.
func forstdin(c *chain.Call) int {
	turns, input, rest, ok := looping(c)
	if !ok {
		return c.Wrong("forstdin [ -E | -e ] [ -p | -o okcodes | -x breakcodes ] [ -N | -n ] [ -C | -c ] [ -0 | -d delimiters ] variable prog...")
	}
	if !named(rest[0]) {
		return c.Fail(chain.Usage, "invalid variable name %q", rest[0])
	}
	input.from = descriptor(0)
	code, read := input.each(c, &turns, rest[1:], rest[0])
	if !read {
		return 1
	}
	return code
}

// forbacktickx runs a program for each line of what another one writes.
func forbacktickx(c *chain.Call) int {
	const usage = "forbacktickx [ -E | -e ] [ -p | -o okcodes | -x breakcodes ] [ -N | -n ] [ -C | -c ] [ -0 | -d delimiters ] variable { gen... } prog..."
	turns, input, rest, ok := looping(c)
	if !ok {
		return c.Wrong(usage)
	}
	name := rest[0]
	gen, prog, there := block(c, rest[1:])
	if !there {
		return chain.Usage
	}
	if len(gen) == 0 || len(prog) == 0 {
		return c.Wrong(usage)
	}
	if !named(name) {
		return c.Fail(chain.Usage, "invalid variable name %q", name)
	}
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		return c.Fail(chain.System, "unable to make a pipe: %s", chain.Reason(err))
	}
	files := standard()
	files[1] = pipe[1]
	pid, err := start(c, gen, c.Env, files)
	_ = unix.Close(pipe[1])
	if err != nil {
		return failed(c, gen[0], err)
	}
	in := *c
	in.Set("!", strconv.Itoa(pid))
	input.from = descriptor(pipe[0])
	code, read := input.each(&in, &turns, prog, name)
	_ = unix.Close(pipe[0])
	if _, _, err := proc.Await(pid, false); err != nil && !errors.Is(err, syscall.ECHILD) {
		return c.Fail(chain.System, "unable to wait: %s", chain.Reason(err))
	}
	if !read {
		return 1
	}
	return code
}
