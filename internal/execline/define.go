package execline

import "github.com/berth-init/berth/internal/chain"

// define puts a value for a key into words.
func define(c *chain.Call) int {
	return substituting(c, defineSource, "define [ -s ] [ -C | -c ] [ -N | -n ] [ -d delimiters ] key value prog...")
}

func defineSource(_ *chain.Call, args []string, vars *[]variable) (rest []string, err error) {
	t := usual()
	rest, ok := chain.Options(args, "nNsCcd:", t.flag)
	if !ok || len(rest) < 2 {
		return nil, errUsage
	}
	if err := key(rest[0]); err != nil {
		return nil, err
	}
	words, err := t.apply(rest[1])
	if err != nil {
		return nil, err
	}
	*vars = append(*vars, variable{rest[0], words})
	return rest[2:], nil
}
