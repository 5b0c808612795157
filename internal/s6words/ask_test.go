package s6words

import (
	"os"
	"testing"
)

func TestWhoBecomesAnotherProgramIsNotTakenForDead(t *testing.T) {
	type seen struct {
		state byte
		start string
	}
	for name, c := range map[string]struct {
		looks []seen // the last one stays
		want  bool
	}{
		"it runs":                             {[]seen{{'S', "7"}}, true},
		"its threads end, for it becomes one": {[]seen{{'Z', "7"}, {'Z', "7"}, {'R', "7"}}, true},
		"it is dead, and nobody reaped it":    {[]seen{{'Z', "7"}}, false},
		"it is dead, and somebody did":        {[]seen{{'Z', "7"}, {0, ""}}, false},
		"another one has its number":          {[]seen{{'S', "8"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := 0
			look := func() (byte, string) {
				s := c.looks[min(i, len(c.looks)-1)]
				i++
				return s.state, s.start
			}
			if got := lives(look, "7"); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
	if start := began(os.Getpid()); start == "" || !lives(func() (byte, string) { return looked(os.Getpid()) }, start) {
		t.Errorf("this process began at %q and isn't there", start)
	}
}
