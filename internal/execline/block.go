package execline

import (
	"strings"

	"github.com/berth-init/berth/internal/chain"
)

// block reads the block at the front of words: each of its words has a space in front, which goes, and an empty word ends
// it. If there is none, or its words lack their spaces and EXECLINE_STRICT asks for them, that is said.
func block(c *chain.Call, words []string) (inside, rest []string, there bool) {
	inside, rest, there, said := scan(c, words)
	if !there && !said {
		c.Fail(chain.Usage, "a block is missing, or has no end")
	}
	return inside, rest, there
}

// scan is block for those that can do without one. said tells that it was refused, and why.
func scan(c *chain.Call, words []string) (inside, rest []string, there, said bool) {
	strict := strictness(c)
	for n, w := range words {
		switch {
		case w == "":
			return inside, words[n+1:], true, false
		case w[0] == ' ':
			w = w[1:]
		case strict >= 2:
			c.Fail(chain.Usage, "argument %q of a block is not quoted", w)
			return nil, nil, false, true
		case strict == 1:
			c.Warn("argument %q of a block is not quoted", w)
		}
		inside = append(inside, w)
	}
	return nil, nil, false, false
}

// strictness reads EXECLINE_STRICT.
func strictness(c *chain.Call) uint64 {
	text, _ := c.Get("EXECLINE_STRICT")
	n, _ := number(text)
	return n
}

// called is a call under the word's own name, whatever link it came by.
func called(c *chain.Call, name string) *chain.Call {
	own := *c
	own.Name = name
	return &own
}

// named says whether a name can be one of a variable.
func named(name string) bool { return name != "" && !strings.Contains(name, "=") }

// into becomes prog with a variable set: in its environment, or, if asked for, in its words.
func into(c *chain.Call, prog []string, name, value string, imported bool) int {
	next := *c
	next.Set(name, value)
	if !imported {
		return c.Become(prog, next.Env)
	}
	return importInto(c, prog, name, next.Env)
}

// importInto becomes prog with a variable of an environment in its words instead.
func importInto(c *chain.Call, prog []string, name string, env []string) int {
	in := *c
	in.Name, in.Args, in.Env = "importas", append([]string{"-ui", "--", name, name}, prog...), env
	return importas(&in)
}
