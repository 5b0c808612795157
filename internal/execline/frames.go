package execline

import (
	"strconv"
	"strings"

	"github.com/berth-init/berth/internal/chain"
)

// The positional parameters of a script lie in the environment: # is how many, 0 the script's name, 1 and on its words. A
// script within a script pushes them: each name gets a number behind a colon, and those that have one the next.

// positionals are the beginnings of names that are parameters, or look so.
func positionals() []string {
	return []string{"#", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}
}

// begins says whether a name begins with one of these.
func begins(entry string, with []string) bool {
	for _, w := range with {
		if strings.HasPrefix(entry, w) {
			return true
		}
	}
	return false
}

// depth splits NAME:n=value. n is 0 where there is none.
func depth(entry string) (name string, n uint64, value string, sound bool) {
	name, value, sound = strings.Cut(entry, "=")
	base, digits, stacked := strings.Cut(name, ":")
	if !stacked {
		return name, 0, value, sound
	}
	n, whole := number(digits)
	return base, n, value, sound && whole && n > 0
}

// push hides the variables with names that begin so, one level deeper.
func push(env []string, with ...string) []string {
	out := make([]string, 0, len(env))
	for _, e := range env {
		if name, n, value, sound := depth(e); sound && begins(e, with) {
			e = name + ":" + strconv.FormatUint(n+1, 10) + "=" + value
		}
		out = append(out, e)
	}
	return out
}

// pop gives back what push hid, and drops what is on top.
func pop(env []string, with ...string) []string {
	out := make([]string, 0, len(env))
	for _, e := range env {
		if name, n, value, sound := depth(e); sound && begins(e, with) {
			switch n {
			case 0:
				continue
			case 1:
				e = name + "=" + value
			default:
				e = name + ":" + strconv.FormatUint(n-1, 10) + "=" + value
			}
		}
		out = append(out, e)
	}
	return out
}

// setPositionals writes a frame of parameters.
func setPositionals(c *chain.Call, name string, args []string) {
	c.Set("#", strconv.Itoa(len(args)))
	c.Set("0", name)
	for i, a := range args {
		c.Set(strconv.Itoa(i+1), a)
	}
}

// getPositionals reads the frame: the words behind 0. It says what is missing; words are those up to there, nil without #.
func getPositionals(c *chain.Call) (args []string, missing string) {
	text, set := c.Get("#")
	if !set {
		return nil, "# is not set"
	}
	n, whole := number(text)
	if !whole || n > uint64(len(c.Env)) {
		return nil, "# is no number of parameters"
	}
	args = make([]string, n)
	for i := range args {
		if args[i], set = c.Get(strconv.Itoa(i + 1)); !set {
			return args[:i], strconv.Itoa(i+1) + " is not set"
		}
	}
	return args, ""
}
