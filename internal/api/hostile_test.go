package api

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// hasty makes the server's bounds short enough to be waited for.
func hasty(s *Server) {
	s.http.ReadHeaderTimeout, s.http.ReadTimeout = 50*time.Millisecond, 100*time.Millisecond
	s.http.WriteTimeout, s.http.IdleTimeout = 100*time.Millisecond, 50*time.Millisecond
}

// closes says that the server ends a connection by itself.
func closes(t *testing.T, c net.Conn) {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the connection lives on")
	}
}

func TestAGibibyteIsRefusedUnread(t *testing.T) {
	for name, head := range map[string]string{
		"a declared length":      "Content-Length: 1073741824\r\n",
		"chunks without an end":  "Transfer-Encoding: chunked\r\n",
		"an honest client":       "Content-Length: 1073741824\r\nExpect: 100-continue\r\n",
		"a length beyond a word": "Content-Length: 9223372036854775807\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			c := r.dial(t)
			if _, err := io.WriteString(c, "POST /v1/start HTTP/1.1\r\nHost: berth\r\nContent-Type: application/json\r\n"+head+"\r\n"); err != nil {
				t.Fatal(err)
			}
			sent := make(chan int64, 1)
			go func() {
				n := int64(0)
				piece := strings.Repeat(" ", 64<<10)
				if strings.Contains(head, "chunked") {
					piece = "10000\r\n" + piece + "\r\n"
				}
				for n < 1<<30 {
					m, err := io.WriteString(c, piece)
					n += int64(m)
					if err != nil {
						break
					}
				}
				sent <- n
			}()
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = res.Body.Close() }()
			body, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			if e := wellFormed(t, string(body)); res.StatusCode != http.StatusRequestEntityTooLarge || e.Code != TooBig || !res.Close {
				t.Errorf("status %d, close %v, %s", res.StatusCode, res.Close, body)
			}
			closes(t, c)
			if n := <-sent; n > 4<<20 {
				t.Errorf("%d bytes were taken", n)
			}
			if len(r.orders()) > 0 {
				t.Error("something was ordered")
			}
		})
	}
}

func TestABodyAtTheBoundIsRead(t *testing.T) {
	r := newRig(t)
	const body = `{"slots":["web"]}`
	padded := body + strings.Repeat(" ", maxBody-len(body))
	if status, _, answer := r.raw(t, question("POST", "/v1/start", padded)); status != 200 {
		t.Errorf("status %d, %s", status, answer)
	}
	if status, _, _ := r.raw(t, question("POST", "/v1/start", padded+" ")); status != 413 {
		t.Errorf("one byte more: status %d", status)
	}
}

func TestWhoIsSlowIsHungUpOn(t *testing.T) {
	for name, said := range map[string]string{
		"says nothing":                  "",
		"half a line":                   "GET /v1/sta",
		"a head without an end":         "GET /v1/status HTTP/1.1\r\nHost: berth\r\nX-A: ",
		"a body that doesn't come":      "POST /v1/start HTTP/1.1\r\nHost: berth\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
		"a chunk that doesn't come":     "POST /v1/start HTTP/1.1\r\nHost: berth\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
		"stays after an answer":         question("GET", "/v1/version", ""),
		"a stranger with half a line":   "GET /v1/sta",
		"continues what it never sends": "POST /v1/start HTTP/1.1\r\nHost: berth\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, hasty)
			if strings.Contains(name, "stranger") {
				r.as(Peer{UID: 6666})
			}
			c := r.dial(t)
			if _, err := io.WriteString(c, said); err != nil {
				t.Fatal(err)
			}
			closes(t, c)
			if len(r.orders()) > 0 {
				t.Error("something was ordered")
			}
		})
	}
}

// A slowloris sends a byte now and then: each byte must not buy it time.
func TestALittleNowAndThenBuysNoTime(t *testing.T) {
	r := newRig(t, hasty)
	c := r.dial(t)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		said := "GET /v1/status HTTP/1.1\r\nHost: berth\r\nX-A: "
		for range tick.C {
			if _, err := io.WriteString(c, said); err != nil {
				return
			}
			said = "a"
		}
	}()
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		t.Error("it is still listened to")
		_ = c.Close()
	}
	<-gone
}

func TestHeadsHaveABound(t *testing.T) {
	r := newRig(t)
	for name, head := range map[string]string{
		"one long line":   "X-A: " + strings.Repeat("a", 64<<10) + "\r\n",
		"many lines":      strings.Repeat("X-A: a\r\n", 8<<10),
		"a long question": "",
	} {
		t.Run(name, func(t *testing.T) {
			path := "/v1/status"
			if head == "" {
				path += "?slot=" + strings.Repeat("a", 64<<10)
			}
			if status, _, body := r.raw(t, "GET "+path+" HTTP/1.1\r\nHost: berth\r\n"+head+"\r\n"); status != 431 || strings.Contains(body, "aaa") {
				t.Errorf("status %d, %.100s", status, body)
			}
		})
	}
}

func TestNamesHaveABound(t *testing.T) {
	r := newRig(t)
	many := `"a"` + strings.Repeat(`,"a"`, maxSlots)
	for name, body := range map[string]string{
		"too many": `{"slots":[` + many + `]}`, "too long": `{"slots":["` + strings.Repeat("a", maxName+1) + `"]}`,
		"nested without end": strings.Repeat("[", 100_000), "a number": `{"slots":[1]}`, "null": `null`, "an escape": `{"slots":["a\u001b"]}`,
	} {
		if status, _, answer := r.raw(t, question("POST", "/v1/start", body)); status != 400 || len(answer) > 500 {
			t.Errorf("%s: status %d, %.600s", name, status, answer)
		}
	}
	if len(r.orders()) > 0 {
		t.Error("something was ordered")
	}
}

// What isn't HTTP at all gets net/http's own short answer, and nothing of it back.
func TestNoise(t *testing.T) {
	r := newRig(t)
	for _, noise := range []string{"sEcReT\r\n\r\n", "\x16\x03\x01\x02\x00\x01sEcReT\r\n\r\n", "GET sEcReT HTTP/9.9\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"} {
		status, _, body := r.raw(t, noise)
		if status < 400 || strings.Contains(body, "sEcReT") {
			t.Errorf("%q: status %d, %s", noise, status, body)
		}
	}
}

// Two requests in one write: the second is answered after the first, with the same rights.
func TestRequestsInARow(t *testing.T) {
	r := newRig(t)
	r.as(Peer{UID: 2001})
	c := r.dial(t)
	if _, err := io.WriteString(c, question("GET", "/v1/version", "")+question("POST", "/v1/stop", `{"slots":["web"]}`)); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(c)
	for _, want := range []int{200, 403} {
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, res.Body); errors.Join(err, res.Body.Close()) != nil || res.StatusCode != want {
			t.Errorf("status %d, want %d: %v", res.StatusCode, want, err)
		}
	}
}

// A reader that stops reading is let go of, and holds nobody up meanwhile.
func TestAReaderThatStopsIsLetGo(t *testing.T) {
	r := newRig(t, hasty)
	for i := range 100 {
		r.ring.Add(Event{Seq: uint64(i + 1), Slot: "web", Why: strings.Repeat("x", 20<<10)})
	}
	c := r.dial(t)
	if _, err := io.WriteString(c, question("GET", "/v1/events?follow=true", "")); err != nil {
		t.Fatal(err)
	}
	if _, err := r.client.Status(t.Context()); err != nil {
		t.Error(err)
	}
	until(t, "the server gave up", func() bool {
		_, err := c.Write([]byte("x")) // only a closed connection refuses
		return errors.Is(err, syscall.EPIPE)
	})
}
