package execline

import "strconv"

// number reads a number as the real programs do: digits and nothing else, up to 32 bits.
func number(text string) (n uint64, whole bool) {
	if text == "" || text[0] < '0' || text[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseUint(text, 10, 32)
	return n, err == nil
}
