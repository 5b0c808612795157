package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// FuzzRequest gives the handlers whatever net/http reads as a request, from each kind of caller. Whatever it is, the
// answer is JSON of ours, the path doesn't come back, and nothing is done that the caller may not.
func FuzzRequest(f *testing.F) {
	for _, q := range everyRoute() {
		f.Add([]byte(question(q.method, q.path, q.body)), byte(0))
		f.Add([]byte(question(q.method, q.path, q.body)), byte(1))
	}
	f.Add([]byte("GET http://berth/v1/status HTTP/1.1\r\nHost: x\r\n\r\n"), byte(0))
	f.Add([]byte("POST /v1/start HTTP/1.1\r\nHost: berth\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"), byte(2))
	f.Add([]byte("OPTIONS * HTTP/1.1\r\nHost: berth\r\n\r\n"), byte(0))
	peers := []Peer{{UID: 0}, {UID: 2001}, {UID: 2002}, {UID: 6666}}
	self := uint32(os.Geteuid())
	f.Fuzz(func(t *testing.T, data []byte, who byte) {
		fake := &fake{slots: []Service{{Name: "web"}, {Name: "db"}}}
		var trouble error
		s := New(Options{
			App: appUID, Allow: grants(), Supervisor: fake, Events: NewRing(3), Logs: fake, Profiles: fake, Healer: fake, Recorder: fake,
			Trouble: func(err error) { trouble = err },
		})
		req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(data)))
		if err != nil {
			return
		}
		peer := peers[int(who)%len(peers)]
		if peer.UID == self && self != 0 {
			return
		}
		ctx, cancel := context.WithCancel(context.WithValue(t.Context(), guestKey{}, &guest{peer: peer, rights: s.rightsOf(peer)}))
		cancel() // who follows doesn't stay
		w := httptest.NewRecorder()
		s.http.Handler.ServeHTTP(w, req.WithContext(ctx))
		if trouble != nil {
			t.Fatal(trouble)
		}
		answer := w.Result()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode != http.StatusOK && answer.Header.Get("Location") != "" {
			t.Errorf("it redirects to %q", answer.Header.Get("Location"))
		}
		if answer.StatusCode >= 400 && req.URL.Path != "/v1/ready" {
			wellFormed(t, string(body))
		}
		lines := json.NewDecoder(bytes.NewReader(body))
		for lines.More() {
			var v any
			if err := lines.Decode(&v); err != nil {
				t.Fatalf("the answer is no JSON: %q", body)
			}
		}
		if peer.UID == 2001 || peer.UID == 6666 {
			if len(fake.told) > 0 || len(fake.changes) > 0 {
				t.Errorf("uid %d had done: %v %v", peer.UID, fake.told, fake.changes)
			}
		}
		if peer.UID == 2002 {
			for _, told := range fake.told {
				if strings.Contains(told, "db") {
					t.Errorf("uid 2002 had done: %s", told)
				}
			}
		}
		if peer.UID == 6666 && answer.StatusCode < 400 {
			t.Errorf("a stranger is answered: %d %s", answer.StatusCode, body)
		}
	})
}
