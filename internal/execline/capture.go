package execline

import (
	"bytes"
	"io"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/proc"
)

// A capture is what becomes of text that goes into a variable.
type capture struct {
	policy   byte // 'i', 'I', 'x', 'D', or 0
	fallback string
	kept     bool // the last newline
	imported bool
}

// flag reads a flag of backtick or withstdinas.
func (p *capture) flag(f byte, value string) {
	switch f {
	case 'i', 'I', 'x':
		p.policy = f
	case 'D':
		p.policy, p.fallback = f, value
	case 'N', 'n':
		p.kept = f == 'N'
	case 'E', 'e':
		p.imported = f == 'E'
	}
}

// text gives the variable's value: up to the first NUL, less the last newline.
func (p *capture) text(raw []byte) string {
	if at := bytes.IndexByte(raw, 0); at >= 0 {
		raw = raw[:at]
	}
	if p.kept {
		return string(raw)
	}
	return strings.TrimSuffix(string(raw), "\n")
}

// without goes on with a variable that is not set.
func (p *capture) without(c *chain.Call, prog []string, name string) int {
	next := *c
	next.Unset(name)
	if p.imported {
		return importInto(c, prog, name, next.Env)
	}
	return c.Become(prog, next.Env)
}

// backtick puts what a program writes into a variable.
func backtick(c *chain.Call) int {
	const usage = "backtick [ -i | -I | -x | -D default ] [ -N | -n ] [ -E | -e ] variable { prog1... } prog2..."
	p := capture{policy: 'i'}
	rest, ok := chain.Options(c.Args, "iIxD:NnEe", p.flag)
	if !ok || len(rest) < 2 {
		return c.Wrong(usage)
	}
	name := rest[0]
	if !named(name) {
		return c.Fail(chain.Usage, "invalid variable name %q", name)
	}
	inside, prog, there := block(c, rest[1:])
	if !there {
		return chain.Usage
	}
	if len(inside) == 0 {
		return c.Fail(chain.Usage, "the block is empty")
	}
	raw, s, err := collect(c, inside)
	if err != nil {
		return failed(c, inside[0], err)
	}
	problem, code := "", approximate(s)
	switch {
	case bytes.IndexByte(raw, 0) >= 0:
		problem, code = "what the child wrote has a NUL in it", 124
	case s.Signal != 0:
		problem = "the child crashed"
	case s.Code != 0:
		problem = "the child exited with a code that is not 0"
	}
	switch {
	case problem == "" || p.policy == 'I':
		return into(c, prog, name, p.text(raw), p.imported)
	case p.policy == 'i':
		return c.Fail(code, "%s", problem)
	}
	if code == 124 {
		c.Warn("%s", problem)
	}
	if p.policy == 'x' {
		return p.without(c, prog, name)
	}
	return into(c, prog, name, p.fallback, p.imported)
}

// collect runs a program and reads what it writes. Words of ours are called as by run, but not those that start programs:
// their children would write to where this process writes.
func collect(c *chain.Call, argv []string) (raw []byte, s proc.Status, err error) {
	var out bytes.Buffer
	in := inside(c, quiet, &s, func(cmd *proc.Command) (int, error) {
		var pipe [2]int
		if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
			return 0, err
		}
		defer func() { _ = unix.Close(pipe[0]) }()
		files := standard()
		files[1] = pipe[1]
		pid, err := proc.Spawn(cmd, files)
		_ = unix.Close(pipe[1])
		if err != nil {
			return 0, err
		}
		_, err = io.Copy(&out, descriptor(pipe[0]))
		return pid, err
	})
	in.Stdout = &out
	code, err := in.Try(argv[0], argv, c.Env)
	if err == nil && s.Signal == 0 {
		s = proc.Status{Code: code & 0xff}
	}
	return out.Bytes(), s, err
}

// withstdinas puts all of its input into a variable.
func withstdinas(c *chain.Call) int {
	var p capture
	rest, ok := chain.Options(c.Args, "iID:NnEe", p.flag)
	if !ok || len(rest) == 0 {
		return c.Wrong("withstdinas [ -i | -I | -D default ] [ -N | -n ] [ -E | -e ] variable prog...")
	}
	if !named(rest[0]) {
		return c.Fail(chain.Usage, "invalid variable name %q", rest[0])
	}
	raw, err := io.ReadAll(descriptor(0))
	if err != nil {
		return c.Fail(chain.System, "unable to read: %s", chain.Reason(err))
	}
	if bytes.IndexByte(raw, 0) < 0 {
		return into(c, rest[1:], rest[0], p.text(raw), p.imported)
	}
	switch p.policy {
	case 'i':
		return c.Fail(1, "the input has a NUL in it")
	case 'I':
		return p.without(c, rest[1:], rest[0])
	case 'D':
		c.Warn("the input has a NUL in it")
		return into(c, rest[1:], rest[0], p.fallback, p.imported)
	}
	return into(c, rest[1:], rest[0], p.text(raw), p.imported)
}
