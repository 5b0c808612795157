package probe

import (
	"context"
	"errors"
	"io"
	"os"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestALineIsTheAnswer(t *testing.T) {
	l := NewLine(regexp.MustCompile(`^listening on :\d+$`))
	says(t, l.Ask(t.Context()), `look for a line: none has matched "^listening on :\\d+$"`)
	for _, line := range []string{"", "not listening on :80", "listening on :x"} {
		if !l.See([]byte(line)) {
			t.Errorf("%q was enough", line)
		}
	}
	var all sync.WaitGroup
	for range 4 { // stdout and stderr may say it at once
		all.Go(func() {
			if l.See([]byte("listening on :80")) {
				t.Error("it wants more")
			}
		})
	}
	all.Wait()
	ok(t, l.Ask(t.Context()), Wait(t.Context(), l, time.Second))
	if l.See([]byte("anything")) {
		t.Error("it wants more")
	}
}

func TestANewlineIsTheAnswer(t *testing.T) {
	for _, c := range []struct {
		name   string
		writes []string
		no     string
	}{
		{"a newline", []string{"\n"}, ""},
		{"a newline after other bytes", []string{"ready", " now\nand more"}, ""},
		{"none", nil, "closed without a newline"},
		{"other bytes", []string{"ready"}, "closed without a newline"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, w, err := NewNewline()
			ok(t, err)
			says(t, n.Ask(t.Context()), "it has not written a newline")
			flags, err := unix.FcntlInt(w.Fd(), unix.F_GETFL, 0)
			ok(t, err)
			if flags&unix.O_NONBLOCK != 0 {
				t.Error("the child's end doesn't block")
			}
			for _, text := range c.writes {
				_, err := io.WriteString(w, text)
				ok(t, err)
			}
			if c.no != "" {
				ok(t, w.Close())
				says(t, Wait(t.Context(), n, time.Second), "it never will be", c.no)
			} else {
				ok(t, Wait(t.Context(), n, time.Second))
				if _, err := io.WriteString(w, "x"); !errors.Is(err, syscall.EPIPE) {
					t.Errorf("it is read on: %v", err)
				}
				ok(t, w.Close())
			}
			ok(t, n.Close())
		})
	}
}

func TestAReadinessPipeCanBeGivenUp(t *testing.T) {
	n, w, err := NewNewline()
	ok(t, err, n.Close(), n.Close())
	says(t, n.Ask(context.Background()), "closed without a newline")
	ok(t, w.Close())
}

func TestReadinessPipesCostNoDescriptors(t *testing.T) {
	count := func() int {
		all, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skipf("needs /proc to count descriptors: %v", err)
		}
		return len(all)
	}
	before := count()
	for range 20 {
		n, w, err := NewNewline()
		ok(t, err, w.Close())
		<-n.Done()
		ok(t, n.Close())
	}
	if after := count(); after > before {
		t.Errorf("%d descriptors became %d", before, after)
	}
}
