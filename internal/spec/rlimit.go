package spec

import (
	"math"
	"strconv"
	"strings"
)

// Unlimited is a resource limit that limits nothing: RLIM_INFINITY.
const Unlimited = math.MaxUint64

// Rlimit is a resource limit, soft and hard; Set says whether the spec gave one. Of sizes the unit is bytes.
type Rlimit struct {
	Soft, Hard uint64
	Set        bool
}

// rlimit reads VALUE or SOFT:HARD.
func (d *decoder) rlimit(n *node, to *Rlimit, f field) {
	expected, hint := "a limit such as 1024, 1024:4096 (soft and hard) or unlimited", "write plain decimal digits"
	if f.rule() == "bytes" {
		expected, hint = "a limit such as 0, 64MiB, 8MiB:64MiB (soft and hard) or unlimited", "the units are B, KB, MB, GB (thousands) and KiB, MiB, GiB"
	}
	if n.kind != scalar || n.tag == "!!null" && !n.quoted {
		d.wrong(n, f, expected, "")
		return
	}
	soft, hard, both := strings.Cut(n.text, ":")
	if !both {
		hard = soft
	}
	low, okLow := amount(soft, f.rule())
	high, okHigh := amount(hard, f.rule())
	_, err := strconv.ParseUint(n.text, 10, 64)
	switch {
	case f.rule() == "bytes" && err == nil && !okLow:
		d.wrong(n, f, expected, "say the unit: "+shorten(n.text)+"B")
	case !okLow || !okHigh:
		d.wrong(n, f, expected, hint)
	case low > high:
		d.complain(n.complain("write the lower one first", "%s: the soft limit %s is above the hard one, %s", f.where, shorten(soft), shorten(hard)))
	default:
		*to = Rlimit{low, high, true}
	}
}

// amount reads one value of a limit: a count, or a size with its unit; 0 needs none.
func amount(s, rule string) (uint64, bool) {
	if s == "unlimited" {
		return Unlimited, true
	}
	if rule == "bytes" && s != "0" {
		size, ok := sizeOf(s)
		return uint64(size), ok && size > 0
	}
	i, err := strconv.ParseUint(s, 10, 63)
	return i, err == nil && strconv.FormatUint(i, 10) == s
}
