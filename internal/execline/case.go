package execline

import (
	"errors"
	"strconv"

	"github.com/berth-init/berth/internal/chain"
)

// A caseOptions is how a value is compared.
type caseOptions struct{ shell, basic, fold, groups bool }

// caseOf becomes the program whose pattern a value fits.
func caseOf(c *chain.Call) int {
	const usage = "case [ -S | -s ] [ -E | -e ] [ -i ] [ -n | -N ] value { pattern { prog... } ... } default..."
	var o caseOptions
	rest, ok := chain.Options(c.Args, "SsEeinN", func(f byte, _ string) {
		switch f {
		case 'S', 's':
			o.shell = f == 's'
		case 'E', 'e':
			o.basic = f == 'e'
		case 'i':
			o.fold = true
		case 'N', 'n':
			o.groups = f == 'N'
		}
	})
	if !ok || len(rest) < 2 {
		return c.Wrong(usage)
	}
	value := rest[0]
	words, otherwise, there := block(c, rest[1:])
	if !there {
		return chain.Usage
	}
	for len(words) > 0 {
		text := words[0]
		prog, after, there := block(c, words[1:])
		if !there {
			return chain.Usage
		}
		words = after
		next := *c
		fits, err := o.fits(&next, text, value)
		if err != nil {
			c.Fail(chain.Usage, "unable to read pattern %q: %s", text, err)
			if errors.Is(err, errBackReference) {
				c.Hint(`write the alternatives out, or compare with eltest`)
			}
			return chain.Usage
		}
		if fits {
			return c.Become(prog, next.Env)
		}
	}
	return c.Next(otherwise)
}

// fits compares, and puts what the groups of a pattern stand for into the environment.
func (o caseOptions) fits(next *chain.Call, text, value string) (bool, error) {
	if o.shell {
		return pattern{noEscape: o.basic, period: o.fold, pathname: o.groups}.match(text, value), nil
	}
	re, err := dialect{extended: !o.basic, fold: o.fold, lines: true}.compile("^" + text + "$")
	if err != nil {
		return false, err
	}
	found := re.FindStringSubmatch(characters(value))
	if found == nil {
		return false, nil
	}
	if o.groups {
		next.Set("#", strconv.Itoa(len(found)-1))
		next.Set("0", text)
		for i, group := range found[1:] {
			next.Set(strconv.Itoa(i+1), ofCharacters(group))
		}
	}
	return true, nil
}
