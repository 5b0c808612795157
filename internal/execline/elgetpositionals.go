package execline

import (
	"strconv"

	"github.com/berth-init/berth/internal/chain"
)

// elgetpositionals puts the positional parameters of a script into words.
func elgetpositionals(c *chain.Call) int {
	return substituting(c, elgetpositionalsSource, "elgetpositionals [ -P least ] prog...")
}

func elgetpositionalsSource(c *chain.Call, args []string, vars *[]variable) (rest []string, err error) {
	least, sound := uint64(0), true
	rest, ok := chain.Options(args, "P:", func(_ byte, value string) { least, sound = number(value) })
	if !ok || !sound {
		return nil, errUsage
	}
	name, set := c.Get("0")
	words, missing := getPositionals(c)
	if missing == "" && !set {
		missing = "0 is not set"
	}
	if missing != "" {
		return nil, refusal{chain.System, "unable to get positional parameters: " + missing}
	}
	*vars = append(*vars, variable{"#", []string{strconv.Itoa(len(words))}}, variable{"0", []string{name}}, variable{"@", words})
	for i, w := range words {
		*vars = append(*vars, variable{strconv.Itoa(i + 1), []string{w}})
	}
	for i := uint64(len(words)); i < min(least, mostParameters); i++ {
		*vars = append(*vars, variable{strconv.FormatUint(i+1, 10), []string{""}})
	}
	return rest, nil
}

// mostParameters bounds a number that stands in words: more could be named by none of them.
const mostParameters = 1 << 16
