package execline

import "github.com/berth-init/berth/internal/chain"

// multisubstitute takes the variables of several substituting commands, and substitutes once.
func multisubstitute(c *chain.Call) int {
	const usage = "multisubstitute { [ define … ] [ importas … ] [ elglob … ] [ elgetpositionals … ] [ multidefine … ] } prog..."
	words, rest, there := block(c, c.Args)
	if !there {
		return chain.Usage
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
		if words, err = from(&next, words[1:], &vars); err != nil {
			next.Name = c.Name
			if code := refused(&next, err, usage+" ("+name+" has the wrong words)"); code != 0 {
				return code
			}
		}
	}
	return become(c, rest, vars, next.Env)
}
