package execline

import (
	"path/filepath"

	"github.com/berth-init/berth/internal/chain"
)

// A disguise is how a program is to be called: under another name, as by login, without an environment.
type disguise struct {
	name         string
	login, empty bool
}

// flag reads a flag of exec or tryexec, if it is one of a disguise.
func (d *disguise) flag(f byte, value string) {
	switch f {
	case 'c':
		d.empty = true
	case 'l':
		d.login = true
	case 'a':
		d.name = value
	}
}

// dress gives the words and the environment of a program in disguise.
func (d *disguise) dress(argv, env []string) (dressed, left []string) {
	name := argv[0]
	if d.name != "" {
		name = d.name
	}
	if d.login {
		name = "-" + name
	}
	if d.empty {
		env = nil
	}
	return append([]string{name}, argv[1:]...), env
}

// execWord becomes a program.
func execWord(c *chain.Call) int {
	var d disguise
	rest, ok := chain.Options(c.Args, "cla:", d.flag)
	if !ok || len(rest) == 0 {
		return c.Wrong("exec [ -c ] [ -l ] [ -a argv0 ] prog...")
	}
	argv, env := d.dress(rest, c.Env)
	code, err := c.Try(rest[0], argv, env)
	if err != nil {
		return c.Unable("exec", rest[0], err)
	}
	return code
}

// tryexec becomes a program, or another one if that can't be run.
func tryexec(c *chain.Call) int {
	const usage = "tryexec [ -n ] [ -c ] [ -l ] [ -a argv0 ] { prog1... } prog2..."
	var d disguise
	turned := false
	rest, ok := chain.Options(c.Args, "ncla:", func(f byte, value string) {
		if f == 'n' {
			turned = true
		}
		d.flag(f, value)
	})
	if !ok {
		return c.Wrong(usage)
	}
	first, second, there := block(c, rest)
	if !there {
		return chain.Usage
	}
	if len(first) == 0 {
		return c.Fail(chain.Usage, "the block is empty")
	}
	if turned {
		if first, second = second, first; len(first) == 0 {
			return c.Fail(chain.Usage, "with -n, a program has to follow the block")
		}
	}
	argv, env := d.dress(first, c.Env)
	if code, err := c.Try(first[0], argv, env); err == nil {
		return code
	}
	return c.Next(second)
}

// exit ends with a code.
func exit(c *chain.Call) int {
	if len(c.Args) == 0 {
		return 0
	}
	n, whole := number(c.Args[0])
	if !whole {
		return c.Wrong("exit [ code ]")
	}
	return int(n & 0xff)
}

// getcwd puts the working directory into a variable.
func getcwd(c *chain.Call) int {
	imported := false
	rest, ok := chain.Options(c.Args, "eE", func(f byte, _ string) { imported = f == 'E' })
	if !ok || len(rest) < 2 {
		return c.Wrong("getcwd [ -E | -e ] variable prog...")
	}
	if !named(rest[0]) {
		return c.Fail(chain.Usage, "invalid variable name %q", rest[0])
	}
	dir, err := workingDirectory()
	if err != nil {
		return c.Fail(chain.System, "unable to getcwd: %s", chain.Reason(err))
	}
	return into(c, rest[1:], rest[0], filepath.Clean(dir), imported)
}
