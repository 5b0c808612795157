package boot

import (
	"strconv"
	"strings"
)

// Word gives a name as it may stand in a line for a person: as it is where it is plain, quoted otherwise. A name on the
// volume is the attacker's, and a newline or an escape sequence in it would write lines of its own.
func Word(unsafeName string) string {
	q := strconv.Quote(unsafeName)
	if unsafeName == "" || len(q) != len(unsafeName)+2 || strings.ContainsRune(unsafeName, ' ') {
		return q
	}
	return unsafeName
}

// plain takes what isn't printable out of a text of the ledger, which the app's user may have written, and shortens it.
func plain(unsafeText string) string {
	cut := strings.Map(func(c rune) rune {
		if !strconv.IsPrint(c) {
			return '\uFFFD'
		}
		return c
	}, unsafeText)
	if len(cut) <= maxText {
		return cut
	}
	return strings.ToValidUTF8(cut[:maxText], "") + "…"
}
