package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func (r *rig) happen(from, to uint64, slot string) {
	for n := from; n <= to; n++ {
		r.ring.Add(Event{Seq: n, Time: time.Unix(int64(n), 0).UTC(), Slot: slot, From: "up", To: "ready"})
	}
}

// numbers asks for events without staying.
func (r *rig) numbers(t *testing.T, q EventsQuery) (seqs []uint64, lost uint64) {
	t.Helper()
	if err := r.client.Events(t.Context(), q, func(e Event) error {
		seqs = append(seqs, e.Seq)
		lost += e.Lost
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return seqs, lost
}

func TestEventsResume(t *testing.T) {
	r := newRig(t)
	if got, _ := r.numbers(t, EventsQuery{}); got != nil {
		t.Errorf("before anything happened: %v", got)
	}
	r.happen(1, 5, "web")
	for _, c := range []struct {
		name  string
		after uint64
		want  []uint64
	}{
		{"from the beginning", 0, []uint64{1, 2, 3, 4, 5}},
		{"from the middle", 3, []uint64{4, 5}},
		{"from the end", 5, nil},
		{"from another life, which had more", 9, []uint64{1, 2, 3, 4, 5}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, lost := r.numbers(t, EventsQuery{After: c.after})
			if !slices.Equal(got, c.want) || lost != 0 {
				t.Errorf("got %v, lost %d", got, lost)
			}
		})
	}
}

// What is no longer kept is counted, never silently missing.
func TestLostEventsAreCounted(t *testing.T) {
	r := newRig(t)
	r.happen(1, 250, "web") // the ring keeps 100
	for _, c := range []struct {
		after, lost uint64
		first       uint64
	}{
		{0, 0, 151}, {100, 50, 151}, {150, 0, 151}, {200, 0, 201},
	} {
		got, lost := r.numbers(t, EventsQuery{After: c.after})
		if len(got) == 0 || got[0] != c.first || got[len(got)-1] != 250 || lost != c.lost {
			t.Errorf("after %d: %d events from %d, lost %d", c.after, len(got), got[0], lost)
		}
	}
}

func TestEventsOfSomeSlots(t *testing.T) {
	r := newRig(t)
	r.happen(1, 2, "web")
	r.happen(3, 4, "db")
	r.happen(5, 5, "")
	if got, _ := r.numbers(t, EventsQuery{Slots: []string{"db"}}); !slices.Equal(got, []uint64{3, 4}) {
		t.Errorf("got %v", got)
	}
	if got, _ := r.numbers(t, EventsQuery{Slots: []string{"db", "web"}, After: 1}); !slices.Equal(got, []uint64{2, 3, 4}) {
		t.Errorf("got %v", got)
	}
}

// Who follows, breaks off anywhere and resumes with the last number sees each event once and in order.
func TestAFollowerMissesNothingOverBreaks(t *testing.T) {
	r := newRig(t, func(s *Server) { s.o.Events = NewRing(5000) })
	r.ring = r.server.o.Events.(*Ring)
	const total = 3000
	go func() {
		for n := uint64(1); n <= total; n++ {
			r.happen(n, n, "web")
		}
	}()
	enough := errors.New("enough")
	var last uint64
	for breaks := 1; last < total; breaks++ {
		got := 0
		err := r.client.Events(t.Context(), EventsQuery{After: last, Follow: true}, func(e Event) error {
			if e.Seq != last+1 || e.Lost != 0 {
				t.Fatalf("%d (lost %d) comes after %d", e.Seq, e.Lost, last)
			}
			last = e.Seq
			if got++; got == breaks*7 || last == total {
				return enough
			}
			return nil
		})
		if !errors.Is(err, enough) {
			t.Fatal(err)
		}
	}
}

func TestAFollowersStreamIsJSONLines(t *testing.T) {
	r := newRig(t)
	c := r.dial(t)
	if _, err := io.WriteString(c, question("GET", "/v1/events?follow=true", "")); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil) // it has a head before anything happens
	if err != nil || res.Header.Get("Content-Type") != "application/x-ndjson" {
		t.Fatalf("%v, %v", res, err)
	}
	defer func() { _, _ = c.Close(), res.Body.Close() }() // in this order: a body is read to its end
	r.ring.Add(Event{Seq: 1, Slot: "web", Why: "two\nlines", Exit: &Exit{Code: 137, Signal: "KILL"}})
	lines := bufio.NewReader(res.Body)
	line, err := lines.ReadString('\n')
	var e Event
	if err != nil || json.Unmarshal([]byte(line), &e) != nil || e.Why != "two\nlines" || e.Exit.Signal != "KILL" {
		t.Errorf("%q, %v", line, err)
	}
}

func TestFollowersEndWithTheServer(t *testing.T) {
	r := newRig(t)
	r.happen(1, 1, "web")
	heard, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- r.client.Events(context.Background(), EventsQuery{Follow: true}, func(Event) error { close(heard); return nil })
	}()
	<-heard
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := r.server.Close(ctx); err != nil || ctx.Err() != nil {
		t.Error("the close waited for a follower")
	}
	if err := <-ended; err != nil {
		t.Errorf("the follower heard %v", err)
	}
}

func TestFollowersEndWithTheirContext(t *testing.T) {
	r := newRig(t)
	r.happen(1, 1, "web")
	ctx, cancel := context.WithCancel(t.Context())
	err := r.client.Events(ctx, EventsQuery{Follow: true}, func(Event) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// The server must see a follower go although it has nothing to tell.
func TestAFollowerWhoWentIsNoticed(t *testing.T) {
	r := newRig(t)
	r.as(Peer{UID: appUID})
	conns := r.dials(t, maxPerUser)
	for _, c := range conns {
		if _, err := io.WriteString(c, question("GET", "/v1/events?follow=true", "")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.client.Version(t.Context()); err == nil {
		t.Error("there was room for one more")
	}
	_ = conns[7].Close()
	until(t, "its place is free", func() bool { _, err := r.client.Version(t.Context()); return err == nil })
}

func TestWhereNothingIsKept(t *testing.T) {
	r := newRig(t, func(s *Server) { s.o.Events, s.o.Logs, s.o.Profiles, s.o.Healer = nil, nil, nil, nil })
	for _, q := range []string{
		question("GET", "/v1/events", ""), question("GET", "/v1/logs", ""), question("GET", "/v1/profiles", ""), question("POST", "/v1/heal", "{}"),
		question("POST", "/v1/profiles/register", `{"name":"a"}`), question("POST", "/v1/profiles/unregister", `{"name":"a"}`),
	} {
		if status, _, body := r.raw(t, q); status != 404 || wellFormed(t, body).Code != Absent {
			t.Errorf("%s: status %d, %s", strings.Fields(q)[1], status, body)
		}
	}
}
