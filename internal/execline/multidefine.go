package execline

import "github.com/berth-init/berth/internal/chain"

// multidefine splits a value, and puts each of its words for a key of its own into words.
func multidefine(c *chain.Call) int {
	return substituting(c, multidefineSource, "multidefine [ -0 ] [ -r ] [ -C | -c ] [ -N | -n ] [ -d delimiters ] value { keys... } prog...")
}

func multidefineSource(c *chain.Call, args []string, vars *[]variable) (rest []string, err error) {
	t := usual()
	t.split = true
	none, remaining := false, false
	rest, ok := chain.Options(args, "0rnNCcd:", func(f byte, value string) {
		switch f {
		case '0':
			none = true
		case 'r':
			remaining = true
		default:
			t.flag(f, value)
		}
	})
	if !ok || len(rest) < 2 {
		return nil, errUsage
	}
	words, err := t.apply(rest[0])
	if err != nil {
		return nil, err
	}
	keys, rest, there, _ := scan(c, rest[1:])
	if !there || len(keys) == 0 {
		return nil, refusal{chain.Usage, "a block with a key is wanted"}
	}
	for n, k := range keys {
		if k == "" {
			continue
		}
		if err := key(k); err != nil {
			return nil, err
		}
		*vars = append(*vars, variable{k, share(words, n, n == len(keys)-1 && remaining, none)})
	}
	return rest, nil
}

// share gives the words that the n-th key stands for.
func share(words []string, n int, remaining, none bool) []string {
	switch {
	case n >= len(words) && none:
		return nil
	case n >= len(words):
		return []string{""}
	case remaining:
		return words[n:]
	}
	return words[n : n+1]
}
