package spec

import (
	"fmt"
	"strconv"
	"strings"
)

// Mode is a file's permission bits, with setuid, setgid and sticky; Set says whether the spec gave one.
type Mode struct {
	Perm uint32
	Set  bool
}

// Or gives the permission bits, or the given ones where the spec gave none.
func (m Mode) Or(perm uint32) uint32 {
	if m.Set {
		return m.Perm
	}
	return perm
}

// String gives four octal digits, or nothing for a mode that is not set.
func (m Mode) String() string {
	if !m.Set {
		return ""
	}
	return fmt.Sprintf("%04o", m.Perm)
}

// mode reads octal digits in quotes. Without quotes they are a number to YAML, whose versions disagree on which: 0600
// is 384 to one and 600 to the other, so neither is guessed.
func (d *decoder) mode(n *node, m *Mode, f field) {
	const expected = `a mode in quotes, such as "0640"`
	perm, err := strconv.ParseUint(n.text, 8, 32)
	octal := n.kind == scalar && err == nil && (len(n.text) == 3 || len(n.text) == 4)
	switch {
	case octal && !n.quoted && !n.block:
		d.wrong(n, f, expected, fmt.Sprintf("write it in quotes: \"%04o\"; without them YAML makes a number of it", perm))
	case octal:
		*m = Mode{uint32(perm), true}
	case n.kind == scalar && strings.HasPrefix(n.text, "0o"):
		d.wrong(n, f, expected, fmt.Sprintf("write it in quotes and without the o: %q", "0"+strings.TrimPrefix(shorten(n.text), "0o")))
	case n.kind == scalar && strings.Contains(n.text, "r") && strings.Trim(n.text, "ugoarwxst+=-,") == "":
		d.wrong(n, f, expected, "berth knows modes in octal only")
	default:
		d.wrong(n, f, expected, "three or four digits from 0 to 7")
	}
}
