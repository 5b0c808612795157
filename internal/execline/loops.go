package execline

import (
	"strings"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/proc"
)

// A loop is how programs are run one after the other, or beside each other.
type loop struct {
	parallel, imported bool
	listed             []uint64 // codes
	chosen             byte     // 'o': only these go on; 'x': these end it; 0: all go on
	sound              bool
	running            []int
	bad                bool // in parallel: one of them would have ended it
}

// flag reads a flag of a looping command, if it is one of a loop.
func (l *loop) flag(f byte, value string) {
	switch f {
	case 'p':
		l.parallel = true
	case 'e':
		l.imported = false
	case 'E':
		l.imported = true
	case 'o', 'x':
		l.chosen = f
		l.listed, l.sound = codes(value)
	}
}

// codes reads exit codes with commas between them.
func codes(text string) (list []uint64, sound bool) {
	for field := range strings.SplitSeq(text, ",") {
		if field == "" && len(list) > 0 {
			continue
		}
		n, whole := number(field)
		if !whole {
			return nil, false
		}
		list = append(list, n)
	}
	return list, true
}

// ends says whether an end of one run is the end of the loop.
func (l *loop) ends(s proc.Status) bool {
	there := false
	for _, n := range l.listed {
		there = there || s.Signal == 0 && uint64(s.Code) == n || s.Signal != 0 && uint64(approximate(s)) == n
	}
	return l.chosen == 'o' && !there || l.chosen == 'x' && there
}

// turn runs the program of a loop once, with a variable. over says that this was the last time, code what to end with.
func (l *loop) turn(c *chain.Call, prog []string, name, value string) (code int, over bool) {
	in := *c
	in.Set(name, value)
	argv := prog
	if l.imported {
		argv = append([]string{"importas", "-ui", "--", name, name}, prog...)
	}
	if l.parallel {
		pid, err := start(&in, argv, in.Env, standard())
		if err != nil {
			return failed(c, argv[0], err), true
		}
		l.running = append(l.running, pid)
		return 0, false
	}
	var s proc.Status
	var err error
	if l.imported {
		s = runImported(c, prog, name, in.Env)
	} else {
		s, err = run(c, argv, in.Env)
	}
	if err != nil {
		return failed(c, prog[0], err), true
	}
	return approximate(s), l.ends(s)
}

// finish waits for those that run in parallel.
func (l *loop) finish() int {
	for _, pid := range l.running {
		_, s, err := proc.Await(pid, true)
		l.bad = l.bad || err == nil && l.ends(s)
	}
	if l.bad {
		return 1
	}
	return 0
}

// runImported runs a program with a variable in its words.
func runImported(c *chain.Call, prog []string, name string, env []string) (s proc.Status) {
	in := inside(c, harmless, &s, func(cmd *proc.Command) (int, error) { return proc.Spawn(cmd, standard()) })
	code := importInto(in, prog, name, env)
	if s.Signal == 0 {
		s = proc.Status{Code: code & 0xff}
	}
	return s
}

// forx runs a program for each word of a block.
func forx(c *chain.Call) int {
	const usage = "forx [ -E | -e ] [ -p ] [ -o okcodes | -x breakcodes ] variable { words... } prog..."
	l := loop{sound: true}
	rest, ok := chain.Options(c.Args, "pEeo:x:", l.flag)
	if !ok || !l.sound || len(rest) < 2 {
		return c.Wrong(usage)
	}
	name := rest[0]
	if !named(name) {
		return c.Fail(chain.Usage, "invalid variable name %q", name)
	}
	values, prog, there := block(c, rest[1:])
	if !there {
		return chain.Usage
	}
	if len(prog) == 0 {
		return 0
	}
	for _, v := range values {
		if code, over := l.turn(c, prog, name, v); over {
			return code
		}
	}
	return l.finish()
}

// loopwhilex runs a program again and again, for as long as it says yes.
func loopwhilex(c *chain.Call) int {
	negated := false
	l := loop{sound: true}
	rest, ok := chain.Options(c.Args, "no:x:", func(f byte, value string) {
		negated = negated || f == 'n'
		l.flag(f, value)
	})
	if !ok || !l.sound || len(rest) == 0 {
		return c.Wrong("loopwhilex [ -n ] [ -o okcodes | -x breakcodes ] prog...")
	}
	if l.chosen == 0 {
		l.chosen, l.listed = 'o', []uint64{0}
	}
	if negated {
		l.chosen = 'o' ^ 'x' ^ l.chosen
	}
	for {
		s, err := run(c, rest, c.Env)
		if err != nil {
			return failed(c, rest[0], err)
		}
		if l.ends(s) {
			return approximate(s)
		}
	}
}
