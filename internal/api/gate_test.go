package api

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// open counts the connections that the server has not closed.
func open(conns []net.Conn) int {
	n := 0
	for _, c := range conns {
		_ = c.SetReadDeadline(time.Now().Add(time.Millisecond))
		var b [1]byte
		if _, err := c.Read(b[:]); errors.Is(err, os.ErrDeadlineExceeded) {
			n++
		}
	}
	return n
}

func (r *rig) dials(t testing.TB, n int) []net.Conn {
	t.Helper()
	before := r.met.Load()
	var conns []net.Conn
	for range n {
		conns = append(conns, r.dial(t))
	}
	until(t, "all are accepted", func() bool { return r.met.Load() == before+int32(n) })
	return conns
}

// The attack of ten thousand idle connections, with a tenth of them: a test process has few descriptors.
func TestIdleConnectionsKeepNobodyElseOut(t *testing.T) {
	r := newRig(t)
	r.as(Peer{UID: appUID})
	idle := r.dials(t, 1000)
	r.as(Peer{UID: 6666}) // a stranger
	strange := r.dials(t, 100)
	for _, uid := range []uint32{0, 2001} {
		r.as(Peer{UID: uid})
		from := time.Now()
		if _, err := r.client.Status(t.Context()); err != nil {
			t.Errorf("uid %d is kept out: %v", uid, err)
		}
		t.Logf("uid %d was answered in %v", uid, time.Since(from))
	}
	until(t, "those beyond the caps are closed", func() bool { return open(idle) == maxPerUser && open(strange) == maxStrangers })
	r.as(Peer{UID: appUID})
	if _, err := r.client.Status(t.Context()); err == nil {
		t.Error("there was room for one more of the same user")
	} else if e := err.(*Error); e.Code != Failed || e.Hint == "" { //nolint:errorlint // the client gives nothing else
		t.Errorf("it was told %v", err)
	}
	for _, c := range idle {
		_ = c.Close()
	}
	until(t, "there is room again", func() bool { _, err := r.client.Status(t.Context()); return err == nil })
}

func TestHowManyMayEnter(t *testing.T) {
	for _, c := range []struct {
		name     string
		uids     func(i int) uint32
		stranger bool
		want     int
	}{
		{"one user", func(int) uint32 { return 5 }, false, maxPerUser},
		{"root", func(int) uint32 { return 0 }, false, maxRoot},
		{"as many users as you like", func(i int) uint32 { return uint32(i + 1) }, false, maxOthers},
		{"strangers, each another", func(i int) uint32 { return uint32(i + 1) }, true, maxStrangers},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &gate{}
			var leave []func()
			for i := range 2 * maxOthers {
				if l, ok := g.enter(c.uids(i), c.stranger); ok {
					leave = append(leave, l)
				}
			}
			if len(leave) != c.want {
				t.Errorf("%d entered, want %d", len(leave), c.want)
			}
			if _, ok := g.enter(0, false); ok == (c.uids(0) == 0) {
				t.Errorf("root enters: %v", ok)
			}
			for _, l := range leave {
				l()
				l() // a connection may be closed twice
			}
			if g.others != 0 || g.strangers != 0 || len(g.perUser) > 1 {
				t.Errorf("afterwards %d, %d, %v are in", g.others, g.strangers, g.perUser)
			}
		})
	}
}

func TestAConnectionWithoutAnOwnerIsClosed(t *testing.T) {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: shortTemp(t) + "/s", Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	s := New(Options{})
	asked := make(chan struct{}, 1)
	done := make(chan error, 1)
	go func() {
		done <- s.serve(l, func(*net.UnixConn) (Peer, error) { asked <- struct{}{}; return Peer{}, io.ErrUnexpectedEOF })
	}()
	c, err := net.Dial("unix", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	<-asked
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("it was answered")
	}
	_ = c.Close()
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestACloseBeforeServeIsRemembered(t *testing.T) {
	s := New(Options{})
	if err := s.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: shortTemp(t) + "/s", Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.serve(l, peerOf); err != nil {
		t.Error(err)
	}
}
