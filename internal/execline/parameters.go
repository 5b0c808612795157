package execline

import (
	"math"
	"slices"
	"strconv"

	"github.com/berth-init/berth/internal/chain"
)

// shift takes words off the front of the positional parameters.
func shift(c *chain.Call) int {
	const usage = "shift [ -n args ] [ -b blocks ] prog..."
	n, b, given, sound := uint64(0), uint64(0), false, true
	rest, ok := chain.Options(c.Args, "n:b:", func(f byte, value string) {
		k, whole := number(value)
		given, sound = true, sound && whole
		if f == 'n' {
			n = k
		} else {
			b = k
		}
	})
	if !ok || !sound || len(rest) == 0 {
		return c.Wrong(usage)
	}
	if !given {
		n = 1
	}
	words, missing := getPositionals(c)
	if missing != "" && words == nil {
		return c.Fail(chain.Usage, "%s", missing)
	}
	left := words[min(n, uint64(len(words))):]
	for range b {
		_, after, there := block(c, left)
		if !there {
			return chain.Usage
		}
		left = after
	}
	next := *c
	reframe(&next, len(words), left)
	return c.Become(rest, next.Env)
}

// reframe replaces the parameters behind 0.
func reframe(c *chain.Call, had int, words []string) {
	for i := len(words); i < had; i++ {
		c.Unset(strconv.Itoa(i + 1))
	}
	c.Set("#", strconv.Itoa(len(words)))
	for i, w := range words {
		c.Set(strconv.Itoa(i+1), w)
	}
}

// elgetopt reads flags in the positional parameters.
func elgetopt(c *chain.Call) int {
	const usage = "elgetopt [ -D default ] letters prog..."
	value := "1"
	rest, ok := chain.Options(c.Args, "D:", func(_ byte, v string) { value = v })
	if !ok || len(rest) < 2 {
		return c.Wrong(usage)
	}
	words, missing := getPositionals(c)
	if _, set := c.Get("0"); missing == "" && !set {
		missing = "0 is not set"
	}
	if missing != "" {
		return c.Fail(chain.Usage, "%s", missing)
	}
	next := *c
	next.Env = push(next.Env, "ELGETOPT_")
	left, ok := parameters(words, rest[0], func(f byte, given string, has bool) {
		if !has {
			given = value
		}
		next.Set("ELGETOPT_"+string(f), given)
	})
	if !ok {
		return c.Fail(1, "an option is not one of %q, or lacks its value", rest[0])
	}
	reframe(&next, len(words), left)
	return c.Become(rest[1:], next.Env)
}

// parameters reads flags as chain.Options does, and says which of them have values.
func parameters(words []string, letters string, each func(f byte, value string, has bool)) (left []string, ok bool) {
	return chain.Options(words, letters, func(f byte, v string) {
		for i := range len(letters) {
			if letters[i] == f && f != ':' {
				each(f, v, i+1 < len(letters) && letters[i+1] == ':')
				return
			}
		}
	})
}

// dollarat prints the positional parameters.
func dollarat(c *chain.Call) int {
	chomp, end, netstrings := false, byte('\n'), false
	_, ok := chain.Options(c.Args, "n0d:", func(f byte, value string) {
		switch f {
		case 'n':
			chomp = true
		case '0':
			end, netstrings = 0, false
		case 'd':
			if netstrings = value == ""; !netstrings {
				end = value[0]
			}
		}
	})
	if !ok {
		return c.Wrong("dollarat [ -n ] [ -0 | -d delimiter ]")
	}
	words, missing := getPositionals(c)
	if missing != "" {
		return c.Fail(chain.Usage, "%s", missing)
	}
	var out []byte
	for _, w := range words {
		if netstrings {
			out = append(append(append(strconv.AppendInt(out, int64(len(w)), 10), ':'), w...), ',')
			continue
		}
		out = append(append(out, w...), end)
	}
	if chomp && !netstrings && len(out) > 0 {
		out = out[:len(out)-1]
	}
	if _, err := c.Stdout.Write(out); err != nil {
		return c.Fail(chain.System, "unable to write to stdout: %s", chain.Reason(err))
	}
	return 0
}

// runblock becomes one of the blocks that a script was given, or what follows them.
func runblock(c *chain.Call) int {
	const usage = "runblock [ -P ] [ -n argshift ] [ -r ] n [ cmd... ]"
	skip, remainder, kept, sound := uint64(0), false, false, true
	rest, ok := chain.Options(c.Args, "Prn:", func(f byte, value string) {
		switch f {
		case 'P':
			kept = true
		case 'r':
			remainder = true
		case 'n':
			skip, sound = number(value)
		}
	})
	if !ok || !sound || len(rest) == 0 {
		return c.Wrong(usage)
	}
	n, whole := number(rest[0])
	if !whole || n == 0 && !remainder {
		return c.Wrong(usage)
	}
	words, missing := getPositionals(c)
	if missing != "" {
		return c.Fail(chain.Usage, "%s", missing)
	}
	if skip > uint64(len(words)) {
		return c.Fail(chain.Usage, "too few arguments")
	}
	words = words[skip:]
	var inside []string
	for range min(n, math.MaxInt32) {
		var there bool
		if inside, words, there = block(c, words); !there {
			return chain.Usage
		}
	}
	if remainder {
		inside = words
	}
	env := c.Env
	if !kept {
		env = pop(env, positionals()...)
	}
	return c.Become(append(slices.Clip(rest[1:]), inside...), env)
}
