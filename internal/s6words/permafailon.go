package s6words

import (
	"fmt"
	"strings"
	"time"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/s6dir"
)

// A pattern says which ends count.
type pattern struct {
	codes   [256]bool
	signals [128]bool
}

// permafailon ends with 125, which is for good, if a service has died too often of late, and else becomes the program. It is called
// in the service's directory, by finish.
func permafailon(c *chain.Call) int {
	rest, ok := chain.Options(c.Args, "", nil)
	if !ok || len(rest) < 3 {
		return c.Wrong("s6-permafailon seconds deaths events prog...")
	}
	seconds, ok := number(rest[0])
	most, ok2 := number(rest[1])
	if !ok || !ok2 || most == 0 {
		return c.Wrong("s6-permafailon seconds deaths events prog...")
	}
	var p pattern
	if err := p.read(rest[2]); err != nil {
		return c.Fail(chain.Usage, "read the events: %s", err)
	}
	deaths, err := readDeaths(".")
	if err != nil {
		c.Warn("read the deaths of this service: %s", reason(err))
		return c.Next(rest[3:])
	}
	now := time.Now()
	counted := uint32(0)
	for _, d := range deaths {
		if now.Sub(d.At.Time()) <= time.Duration(seconds)*time.Second && p.counts(d) {
			counted++
		}
	}
	if counted < min(most, s6dir.MaxDeaths) {
		return c.Next(rest[3:])
	}
	_, _ = fmt.Fprintf(c.Stderr, "%s: info: it has died %d times in %d seconds as %s says: it stays down\n", c.Name, counted, seconds, rest[2])
	return 125
}

func (p *pattern) counts(d s6dir.Death) bool {
	return p.codes[d.Code] || d.Signal != 0 && p.signals[d.Signal&127]
}

// read reads codes, ranges of codes and signals, with commas between.
func (p *pattern) read(list string) error {
	if list == "" {
		return nil
	}
	for e := range strings.SplitSeq(strings.TrimSuffix(list, ","), ",") {
		if e == "" || e[0] < '0' || e[0] > '9' {
			n, err := proc.ParseSignal(strings.TrimPrefix(strings.ToUpper(e), "SIG"))
			if err != nil {
				return fmt.Errorf("%q is no signal", e)
			}
			p.signals[n&127] = true
			continue
		}
		from, to, isRange := strings.Cut(e, "-")
		if !isRange {
			to = from
		}
		a, ok := number(from)
		b, ok2 := number(to)
		if !ok || !ok2 || a > 255 || b > 255 || a > b {
			return fmt.Errorf("%q is no exit code from 0 to 255 and no range of them", e)
		}
		for ; a <= b; a++ {
			p.codes[a] = true
		}
	}
	return nil
}
