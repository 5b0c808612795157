package execline

import (
	"slices"
	"strconv"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/proc"
)

// foreground runs a program, puts how it ended into ?, and becomes the next one.
func foreground(c *chain.Call) int {
	inside, rest, there := block(c, c.Args)
	if !there {
		return chain.Usage
	}
	return after(c, inside, rest)
}

// after runs argv, and becomes rest with how that ended.
func after(c *chain.Call, argv, rest []string) int {
	s, err := run(c, argv, c.Env)
	if err != nil {
		c.Warn("unable to spawn %s: %s", argv[0], chain.Reason(err))
		c.Advise(argv[0], err)
		s = proc.Status{Code: chain.NotFound}
	}
	next := *c
	next.Set("?", strconv.Itoa(asVariable(s)))
	return c.Become(rest, next.Env)
}

// A condition is how the code of a program is taken for yes or no.
type condition struct{ negated, crashIsNo bool }

// flag reads a flag of a conditional command, if it is one of a condition.
func (q *condition) flag(f byte) {
	switch f {
	case 'n':
		q.negated = true
	case 'X':
		q.crashIsNo = true
	}
}

// ask runs a program and takes its end for an answer. If none can be had, ok is false and code is what to end with.
func (q *condition) ask(c *chain.Call, argv []string) (yes bool, s proc.Status, code int, ok bool) {
	s, err := run(c, argv, c.Env)
	if err != nil {
		return false, s, failed(c, argv[0], err), false
	}
	if s.Signal != 0 && !q.crashIsNo {
		return false, s, c.Fail(approximate(s), "child crashed with signal %d", int(s.Signal)), false
	}
	return s.Success() != q.negated, s, 0, true
}

// ifWord becomes a program if another one says yes.
func ifWord(c *chain.Call) int {
	const usage = "if [ -X ] [ -n ] [ -t | -x code ] { prog1... } prog2..."
	var q condition
	end, sound := -1, true
	rest, ok := chain.Options(c.Args, "nXtx:", func(f byte, value string) {
		switch f {
		case 't':
			end = 0
		case 'x':
			n, whole := number(value)
			end, sound = int(n), sound && whole
		default:
			q.flag(f)
		}
	})
	if !ok || !sound {
		return c.Wrong(usage)
	}
	if end > 255 {
		return c.Fail(chain.Usage, "invalid exit code %d", end)
	}
	inside, rest, there := block(c, rest)
	if !there {
		return chain.Usage
	}
	yes, s, code, ok := q.ask(c, inside)
	switch {
	case !ok:
		return code
	case yes:
		return c.Next(rest)
	case end >= 0:
		return end
	case q.negated:
		return 1
	}
	return approximate(s)
}

// ifelse becomes one of two programs, as a third one says.
func ifelse(c *chain.Call) int {
	var q condition
	rest, ok := chain.Options(c.Args, "nX", func(f byte, _ string) { q.flag(f) })
	if !ok {
		return c.Wrong("ifelse [ -X ] [ -n ] { prog1... } { prog2... } prog3...")
	}
	blocks, rest, code := several(c, rest, 2)
	if code != 0 {
		return code
	}
	yes, _, code, ok := q.ask(c, blocks[0])
	switch {
	case !ok:
		return code
	case yes:
		return c.Next(blocks[1])
	}
	return c.Next(rest)
}

// ifte is ifelse with the question behind the answers.
func ifte(c *chain.Call) int {
	var q condition
	rest, ok := chain.Options(c.Args, "nX", func(f byte, _ string) { q.flag(f) })
	if !ok {
		return c.Wrong("ifte [ -X ] [ -n ] { then... } { else... } if...")
	}
	blocks, rest, code := several(c, rest, 2)
	if code != 0 {
		return code
	}
	if len(rest) == 0 {
		return c.Fail(chain.Usage, "a program to ask has to follow the blocks")
	}
	yes, _, code, ok := q.ask(c, rest)
	switch {
	case !ok:
		return code
	case yes:
		return c.Next(blocks[0])
	}
	return c.Next(blocks[1])
}

// ifthenelse runs one of two programs, as a third one says, and becomes a fourth.
func ifthenelse(c *chain.Call) int {
	var q condition
	scoped := false
	rest, ok := chain.Options(c.Args, "Xs", func(f byte, _ string) {
		scoped = scoped || f == 's'
		q.flag(f)
	})
	if !ok {
		return c.Wrong("ifthenelse [ -X ] [ -s ] { if... } { then... } { else... } prog...")
	}
	blocks, rest, code := several(c, rest, 3)
	if code != 0 {
		return code
	}
	yes, _, code, ok := q.ask(c, blocks[0])
	if !ok {
		return code
	}
	chosen := blocks[2]
	if yes {
		chosen = blocks[1]
	}
	if scoped { // the program that is chosen goes on into the last one, with all that it did to itself
		return c.Next(append(slices.Clip(chosen), rest...))
	}
	return after(c, chosen, rest)
}

// several reads blocks that follow each other.
func several(c *chain.Call, words []string, n int) (blocks [][]string, rest []string, code int) {
	for range n {
		inside, after, there := block(c, words)
		if !there {
			return nil, nil, chain.Usage
		}
		blocks, words = append(blocks, inside), after
	}
	return blocks, words, 0
}
