package daemon

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/api"
)

// says gives the lines that a question is answered with.
func (c *console) says(q api.LogsQuery) []string {
	c.t.Helper()
	var all []string
	ok(c.t, c.Logs(deadline(c.t), q, func(l api.LogLine) error {
		all = append(all, l.Slot+" "+string(l.Line()))
		return nil
	}))
	return all
}

// chat is two services that speak in turns, each when the other one has spoken, and one that never does.
const chat = `services:
	a: {log: {dir: logs/a, size: 1KB, keep: 100, stamp: us}, command: [sh, -c, 'for n in 1 2 3 4 5; do while [ ! -e a$n ]; do sleep 0.01; done; echo "a $n"; done; exec sleep 300']}
	b: {log: {dir: logs/b, stamp: us}, command: [sh, -c, 'for n in 1 2 3 4 5; do while [ ! -e b$n ]; do sleep 0.01; done; echo "b $n"; done; exec sleep 300']}
	mute: {log: {dir: logs/mute}, command: ` + stays + `}
	bare: {command: [sh, -c, 'echo bare; exec sleep 300']}`

func TestLogsBySocket(t *testing.T) {
	c := serving(t, chat, in(forever)...).ask(t)
	c.is("a", "ready")
	c.is("b", "ready")
	var want []string
	for _, n := range []string{"1", "2", "3"} {
		for _, who := range []string{"a", "b"} {
			c.put(who + n)
			c.has("logs/"+who+"/current", who+" "+n+"\n")
			want = append(want, who+" "+who+" "+n)
		}
	}
	if got := c.says(api.LogsQuery{Slots: []string{"a"}}); !slices.Equal(got, []string{"a a 1", "a a 2", "a a 3"}) {
		t.Errorf("of one: %q", got)
	}
	if got := c.says(api.LogsQuery{Slots: []string{"b", "a"}}); !slices.Equal(got, want) {
		t.Errorf("of two: %q", got)
	}
	if got := c.says(api.LogsQuery{}); !slices.Equal(got, want) {
		t.Errorf("of all: %q", got)
	}
	if got := c.says(api.LogsQuery{Slots: []string{"a", "b"}, Lines: 1}); !slices.Equal(got, want[4:]) {
		t.Errorf("the last of each: %q", got)
	}
	if got := c.says(api.LogsQuery{Since: time.Now().Add(time.Hour)}); len(got) != 0 {
		t.Errorf("of the future: %q", got)
	}
	if got := c.says(api.LogsQuery{Slots: []string{"mute"}}); len(got) != 0 {
		t.Errorf("who never spoke said %q", got)
	}
	if _, hint := c.refused(c.Logs(deadline(t), api.LogsQuery{Slots: []string{"bare"}}, nil), api.Absent); !strings.Contains(hint, "docker logs") {
		t.Errorf("hint %q", hint)
	}
	c.refused(c.Logs(deadline(t), api.LogsQuery{Slots: []string{"nobody"}}, nil), api.UnknownSlot)
	c.term(7)
}

func TestLogsAreFollowed(t *testing.T) {
	c := serving(t, chat, in(forever)...).ask(t)
	c.is("a", "ready")
	c.is("b", "ready")
	c.put("a1")
	c.has("logs/a/current", "a 1\n")
	ctx, cancel := context.WithCancel(deadline(t))
	lines, ended := make(chan string, 100), make(chan error, 1)
	go func() {
		ended <- c.Logs(ctx, api.LogsQuery{Slots: []string{"a", "b", "mute"}, Follow: true}, func(l api.LogLine) error {
			lines <- string(l.Line())
			return nil
		})
	}()
	next := func(want string) {
		t.Helper()
		select {
		case got := <-lines:
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		case err := <-ended:
			t.Fatalf("it ended with %v", err)
		case <-deadline(t).Done():
			t.Fatalf("%q did not come", want)
		}
	}
	next("a 1")
	for _, n := range []string{"1", "2", "3"} { // b has never spoken when it is asked for
		c.put("b" + n)
		next("b " + n)
	}
	c.put("a2")
	next("a 2")
	stop := errors.New("enough")
	if err := c.Logs(deadline(t), api.LogsQuery{Slots: []string{"a"}, Follow: true}, func(api.LogLine) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("a reader that goes: %v", err)
	}
	cancel()
	if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	c.term(7)
}

// Who follows hears the end with the container, not a hang.
func TestAFollowerEndsWithTheContainer(t *testing.T) {
	c := serving(t, chat, in(forever)...).ask(t)
	c.is("a", "ready")
	c.put("a1")
	heard, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- c.Logs(deadline(t), api.LogsQuery{Follow: true}, func(api.LogLine) error { close(heard); return nil })
	}()
	<-heard
	c.term(7)
	select {
	case err := <-ended:
		if err != nil {
			t.Logf("it ended with: %v", err)
		}
	case <-deadline(t).Done():
		t.Error("it hangs")
	}
}
