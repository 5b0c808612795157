package spec

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration is a length of time such as 30s, 1m30s or 500ms; zero where the spec gave none.
type Duration time.Duration

// Or gives the duration, or the given one where the spec gave none.
func (d Duration) Or(absent time.Duration) time.Duration {
	if d == 0 {
		return absent
	}
	return time.Duration(d)
}

// String gives the duration as Go writes it: 1m30s.
func (d Duration) String() string { return time.Duration(d).String() }

// Size is a number of bytes such as 1MB (1000000) or 1MiB (1048576); zero where the spec gave none.
type Size int64

// maxDuration bounds what may be waited for.
const maxDuration = 24 * time.Hour

func (d *decoder) duration(n *node, to *Duration, f field) {
	const expected = "a time such as 30s, 1m30s or 500ms"
	if n.kind != scalar {
		d.wrong(n, f, expected, "")
		return
	}
	low, high := time.Duration(1), maxDuration
	bounds := "a time above 0 and at most 24h"
	if f.Tag.Get("min") != "" {
		low, _ = time.ParseDuration(f.Tag.Get("min"))
		high, _ = time.ParseDuration(f.Tag.Get("max"))
		bounds = fmt.Sprintf("a time from %s to %s", f.Tag.Get("min"), f.Tag.Get("max"))
	}
	t, err := time.ParseDuration(n.text)
	switch {
	case n.tag == "!!int" && !n.quoted:
		d.wrong(n, f, expected, fmt.Sprintf("say the unit: %ss", shorten(n.text)))
	case err != nil && strings.IndexByte(n.text, ' ') > 0:
		d.wrong(n, f, expected, "write the unit after the number, without a blank")
	case err != nil:
		d.wrong(n, f, expected, "the units are ms, s, m and h")
	case t < low || t > high:
		d.wrong(n, f, bounds, "")
	default:
		*to = Duration(t)
	}
}

func (d *decoder) size(n *node, to *Size, f field) {
	const expected = "a size such as 1MB or 512KiB"
	if n.kind != scalar || n.tag == "!!null" && !n.quoted {
		d.wrong(n, f, expected, "")
		return
	}
	size, known := sizeOf(n.text)
	_, err := strconv.ParseInt(n.text, 10, 64)
	switch {
	case err == nil:
		d.wrong(n, f, expected, fmt.Sprintf("say the unit: %sB", shorten(n.text)))
	case !known:
		d.wrong(n, f, expected, "the units are B, KB, MB, GB (thousands) and KiB, MiB, GiB")
	case size <= 0:
		d.wrong(n, f, "a size above 0", "")
	default:
		*to = Size(size)
	}
}

// sizeOf reads a number with its unit; what can't be counted is 0.
func sizeOf(s string) (size int64, known bool) {
	digits := strings.TrimRight(s, "kKMGiB")
	number, err := strconv.ParseInt(digits, 10, 64)
	unit, known := bytesIn(s[len(digits):])
	if err != nil || !known {
		return 0, false
	}
	if number <= 0 || number > math.MaxInt64/unit {
		return 0, true
	}
	return number * unit, true
}

// bytesIn gives how many bytes a unit stands for.
func bytesIn(unit string) (int64, bool) {
	switch unit {
	case "B":
		return 1, true
	case "KB", "kB":
		return 1e3, true
	case "MB":
		return 1e6, true
	case "GB":
		return 1e9, true
	case "KiB":
		return 1 << 10, true
	case "MiB":
		return 1 << 20, true
	case "GiB":
		return 1 << 30, true
	}
	return 0, false
}

// id reads a uid or gid. 0 is root's; 65535 and 4294967295 mean "leave it" to some system calls (chown(2), setresuid(2)).
func (d *decoder) id(n *node, to *ID, f field) {
	i, ok := d.whole(n, f, "a number from 1 to 4294967294")
	switch {
	case !ok:
	case i == 0 && f.rule() == "peer":
		d.complain(n.complain("take it out", "%s: 0 is root, who may do everything already", f.where))
	case i == 0:
		d.complain(n.complain("take a number from 1, such as 1000; berth itself stays root as long as it must", "%s: 0 is root, and the app runs without root", f.where))
	case i < 0 || i >= math.MaxUint32:
		d.wrong(n, f, "a number from 1 to 4294967294", "")
	case i == math.MaxUint16:
		d.complain(n.complain("take another number", "%s: 65535 stands for no id where ids have 16 bits", f.where))
	default:
		*to = ID(i)
	}
}
