package execline

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/script"
)

const execlinebUsage = "execlineb [ -q | -w | -W ] [ -p | -P | -S nmin | -s nmin ] ( -c script | file ) [ args... ]"

// A launch is what execlineb was asked for.
type launch struct {
	positionals byte // 'e' for pushed onto the environment, else the flag
	least       uint64
	strict      string
	script      string
	given       bool // the script is a word, not a file
	name        string
}

// execlineb makes one command line of a script, and becomes that.
func execlineb(c *chain.Call) int {
	l := launch{positionals: 'e'}
	sound := true
	rest, ok := chain.Options(unixFlags(c), "qwWpPS:s:c:", func(f byte, value string) {
		switch f {
		case 'q', 'w', 'W':
			l.strict = strictOf(f)
		case 'c':
			l.script, l.given = value, true
		case 'S', 's':
			n, whole := number(value)
			l.least, sound = n, sound && whole
			l.positionals = f
		default:
			l.positionals = f
		}
	})
	if !ok || !sound || !l.given && len(rest) == 0 {
		return c.Wrong(execlinebUsage)
	}
	text := []byte(l.script)
	if l.given {
		if l.name = c.Argv0; l.name == "" {
			l.name = c.Name
		}
	} else {
		var code int
		if text, code = read(c, rest[0]); code != 0 {
			return code
		}
		l.name, rest = rest[0], rest[1:]
	}
	argv, code := l.parse(c, text)
	if code != 0 {
		return code
	}
	return l.run(c, argv, rest)
}

// unixFlags gives the words, without the CR that ends the line by which a script names its interpreter.
func unixFlags(c *chain.Call) []string {
	if len(c.Args) < 2 || c.Args[0] == "" || c.Args[0][0] != '-' || !strings.HasSuffix(c.Args[0], "\r") {
		return c.Args
	}
	return append([]string{strings.TrimSuffix(c.Args[0], "\r")}, c.Args[1:]...)
}

// strictOf gives EXECLINE_STRICT for a flag.
func strictOf(flag byte) string {
	switch flag {
	case 'w':
		return "1"
	case 'W':
		return "2"
	}
	return "0"
}

// mostScript bounds a script's size: a command line of the kernel's is smaller.
const mostScript = 16 << 20

// read reads a script's file.
func read(c *chain.Call, name string) (text []byte, code int) {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, c.Fail(chain.System, "unable to open %s for reading: %s", name, chain.Reason(err))
	}
	defer func() { _ = unix.Close(fd) }()
	text, err = io.ReadAll(io.LimitReader(descriptor(fd), mostScript+1))
	if err != nil {
		return nil, c.Fail(chain.System, "unable to parse script: %s", chain.Reason(err))
	}
	if len(text) > mostScript {
		return nil, c.Fail(chain.Usage, "unable to parse script: it is larger than %d MiB", mostScript>>20)
	}
	return text, 0
}

// parse gives the words of a script.
func (l *launch) parse(c *chain.Call, text []byte) (argv []string, code int) {
	where := "-c"
	if !l.given {
		where = l.name
	}
	text, said := script.Clean(text)
	for _, s := range said {
		c.Warn("%s: %s", where, s)
	}
	argv, err := script.Parse(text)
	if e, ok := errors.AsType[*script.Error](err); ok {
		c.Fail(chain.Usage, "unable to parse %s: line %d, column %d: %s", where, e.Line, e.Column, e.Cause)
		if e.Hint != "" {
			c.Hint("%s", e.Hint)
		}
		return nil, chain.Usage
	}
	return argv, 0
}

// run sets what the script is to find, and becomes it.
func (l *launch) run(c *chain.Call, argv, args []string) int {
	if len(argv) == 0 {
		return 0
	}
	next := *c
	strict := l.stricter(&next)
	switch l.positionals {
	case 'e':
		next.Env = push(next.Env, positionals()...)
		fallthrough
	case 'p':
		setPositionals(&next, l.name, args)
	case 'S', 's':
		n := len(args)
		for uint64(len(args)) < l.least {
			args = append(slices.Clip(args), "")
		}
		if uint64(n) < l.least {
			if strict >= 2 {
				return c.Fail(chain.Usage, "too few arguments: at least %d are wanted, %d are there", l.least, n)
			}
			if strict == 1 {
				c.Warn("too few arguments: at least %d are wanted, %d are there", l.least, n)
			}
		}
		var err error
		if argv, err = substitute(argv, l.variables(args, n)); err != nil {
			return c.Fail(chain.System, "unable to substitute positional parameters: %s", chain.Reason(err))
		}
	}
	return c.Become(argv, next.Env)
}

// stricter sets EXECLINE_STRICT, and gives what it means for missing parameters: silence, a warning, the end.
func (l *launch) stricter(next *chain.Call) (strict uint64) {
	switch l.strict {
	case "0":
		next.Unset("EXECLINE_STRICT")
		return 0
	case "":
		text, set := next.Get("EXECLINE_STRICT")
		if !set {
			return 1
		}
		n, whole := number(text)
		if !whole {
			next.Warn("EXECLINE_STRICT is %q, which is no number; it is taken out of the environment", text)
			next.Unset("EXECLINE_STRICT")
			return 1
		}
		return n
	}
	next.Set("EXECLINE_STRICT", l.strict)
	n, _ := number(l.strict)
	return n
}

// variables are what -S and -s substitute; n words were really given.
func (l *launch) variables(args []string, n int) []variable {
	vars := []variable{{"#", []string{strconv.Itoa(n)}}, {"0", []string{l.name}}}
	for i, a := range args {
		vars = append(vars, variable{strconv.Itoa(i + 1), []string{a}})
	}
	all := args[:n]
	if l.positionals == 's' {
		all = all[min(uint64(n), l.least):]
	}
	return append(vars, variable{"@", all})
}

// descriptor reads from a descriptor, without Go's poller.
type descriptor int

func (d descriptor) Read(p []byte) (int, error) {
	for {
		n, err := unix.Read(int(d), p)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// cut gives up to and with the first byte that is a delimiter.
func cut(text []byte, delimiter func(c byte) bool) (line, rest []byte, found bool) {
	at := bytes.IndexFunc(text, func(r rune) bool { return r < 256 && delimiter(byte(r)) })
	if at < 0 {
		return text, nil, false
	}
	return text[:at+1], text[at+1:], true
}
