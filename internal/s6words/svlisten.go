package s6words

import (
	"strings"

	"github.com/berth-init/berth/internal/chain"
)

// svlisten1 starts a program while it listens to one service, and waits as s6-svwait does.
func svlisten1(c *chain.Call) int {
	to, until, rest, ok := waiting(c, "UudDrRt:")
	if !ok || len(rest) < 2 {
		return c.Wrong("s6-svlisten1 [ -U | -u | -d | -D | -r | -R ] [ -t ms ] servicedir prog...")
	}
	return listenTo(c, rest[:1], rest[1:], to, until)
}

// svlisten is the same for a block of services.
func svlisten(c *chain.Call) int {
	to, until, rest, ok := waiting(c, "UudDrRaot:")
	dirs, prog, closed := block(rest)
	if !ok || !closed || len(dirs) == 0 || len(prog) == 0 {
		return c.Wrong("s6-svlisten [ -U | -u | -d | -D | -r | -R ] [ -a | -o ] [ -t ms ] { servicedir... } prog...")
	}
	return listenTo(c, dirs, prog, to, until)
}

// block takes a block of execline's off the head of words: each of its words has a space in front, an empty word ends it. Where
// the first has none, as somebody who isn't execline writes it, none needs one.
func block(words []string) (inside, behind []string, closed bool) {
	for i, w := range words {
		if w == "" {
			return inside, words[i+1:], true
		}
		inside = append(inside, strings.TrimPrefix(w, " "))
	}
	return nil, nil, false
}

func listenTo(c *chain.Call, dirs, prog []string, to aim, until deadline) int {
	l, code := listen(c, dirs, to, until)
	if l == nil {
		return code
	}
	defer l.close()
	if _, err := start(c, prog, nil); err != nil {
		return c.Fail(chain.System, "start %s: %s", prog[0], reason(err))
	}
	return l.wait()
}
