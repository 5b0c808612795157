package execline

import (
	"strings"

	"github.com/berth-init/berth/internal/chain"
)

// export sets a variable of the environment.
func export(c *chain.Call) int {
	rest, ok := chain.Options(c.Args, "", nil)
	if !ok || len(rest) < 3 {
		return c.Wrong("export variable value prog...")
	}
	if strings.Contains(rest[0], "=") {
		return c.Fail(chain.Usage, "invalid variable name %q", rest[0])
	}
	return into(c, rest[2:], rest[0], rest[1], false)
}

// unexport takes a variable out of the environment.
func unexport(c *chain.Call) int {
	rest, ok := chain.Options(c.Args, "", nil)
	if !ok || len(rest) < 2 {
		return c.Wrong("unexport variable prog...")
	}
	if strings.Contains(rest[0], "=") {
		return c.Fail(chain.Usage, "invalid variable name %q", rest[0])
	}
	next := *c
	next.Unset(rest[0])
	return c.Become(rest[1:], next.Env)
}

// exportArray sets several variables: a block of names and values in turn. It came with a later version than 2.9.3.
func exportArray(c *chain.Call) int {
	words, rest, there := block(c, c.Args)
	if !there || len(words)%2 != 0 || len(rest) == 0 {
		return c.Wrong("export-array { variable value... } prog...")
	}
	next := *c
	for ; len(words) > 0; words = words[2:] {
		if !named(words[0]) {
			return c.Fail(chain.Usage, "invalid variable name %q", words[0])
		}
		next.Set(words[0], words[1])
	}
	return c.Become(rest, next.Env)
}

// emptyenv empties the environment, or takes out what commands of execline put there.
func emptyenv(c *chain.Call) int {
	keepPath, clean, options, parameters := false, false, false, false
	rest, ok := chain.Options(c.Args, "pcoP", func(f byte, _ string) {
		switch f {
		case 'p':
			keepPath = true
		case 'c':
			clean = true
		case 'o':
			options = true
		case 'P':
			parameters = true
		}
	})
	if !ok || len(rest) == 0 {
		return c.Wrong("emptyenv [ -p | -c | -o | -P ] prog...")
	}
	env := c.Env
	switch {
	case clean:
		env = cleaned(env)
	case options || parameters:
		if options {
			env = pop(env, "ELGETOPT_")
		}
		if parameters {
			env = pop(env, positionals()...)
		}
	default:
		env = nil
		if path, set := c.Get("PATH"); keepPath && set {
			env = []string{"PATH=" + path}
		}
	}
	return c.Become(rest, env)
}

// cleaned is an environment without what commands of execline use.
func cleaned(env []string) []string {
	var out []string
	with := append(positionals(), "ELGETOPT_", "EXECLINE_", "FD")
	for _, e := range env {
		if !begins(e, with) && !begins(e, []string{"!=", "?="}) {
			out = append(out, e)
		}
	}
	return out
}
