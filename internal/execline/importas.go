package execline

import "github.com/berth-init/berth/internal/chain"

const importasUsage = "importas [ -i | -D default ] [ -u ] [ -s ] [ -C | -c ] [ -N | -n ] [ -d delimiters ] key variable prog..."

// importas puts the value of a variable of the environment into words.
func importas(c *chain.Call) int {
	var vars []variable
	next := *c
	rest, err := importasSource(&next, c.Args, &vars)
	if code := refused(c, err, importasUsage); code != 0 {
		return code
	}
	return become(c, rest, vars, next.Env)
}

func importasSource(c *chain.Call, args []string, vars *[]variable) (rest []string, err error) {
	t := usual()
	var fallback *string
	insist, unexport := false, false
	rest, ok := chain.Options(args, "uiD:nNsCcd:", func(f byte, value string) {
		switch f {
		case 'u':
			unexport = true
		case 'i':
			insist = true
		case 'D':
			fallback = &value
		default:
			t.flag(f, value)
		}
	})
	if !ok || len(rest) < 2 {
		return nil, errUsage
	}
	if err := key(rest[0]); err != nil {
		return nil, err
	}
	value, set := c.Get(rest[1])
	switch {
	case set:
	case insist:
		return nil, refusal{chain.Usage, rest[1] + " not set"}
	case fallback != nil:
		value = *fallback
	default:
		*vars = append(*vars, variable{rest[0], nil}) // no word, which deletes words
		return rest[2:], nil
	}
	words, err := t.apply(value)
	if err != nil {
		return nil, err
	}
	if unexport {
		c.Unset(rest[1])
	}
	*vars = append(*vars, variable{rest[0], words})
	return rest[2:], nil
}
