package execline

import (
	"errors"

	"github.com/berth-init/berth/internal/chain"
)

// multisubstitute takes the variables of several substituting commands, and substitutes once.
func multisubstitute(c *chain.Call) int {
	const usage = "multisubstitute { [ define … ] [ importas … ] [ elglob … ] [ elgetpositionals … ] [ multidefine … ] } prog..."
	words, rest, there := block(c, c.Args)
	if !there {
		return chain.Usage
	}
	if len(rest) == 0 {
		return c.Wrong(usage)
	}
	var vars []variable
	next := *c
	for len(words) > 0 {
		from := sourceOf(words[0])
		if from == nil {
			return c.Fail(chain.Usage, "%q is no substituting command", words[0])
		}
		name := words[0]
		var err error
		words, err = from(&next, words[1:], &vars)
		if r, ok := errors.AsType[refusal](err); ok || errors.Is(err, errUsage) {
			if !ok {
				r.says = "the words of " + name + " are wrong"
			}
			return c.Fail(chain.Usage, "%s", r.says)
		}
		if code := refused(c, err, usage); code != 0 {
			return code
		}
	}
	return become(c, rest, vars, next.Env)
}
