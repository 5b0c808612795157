package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	at := l.Addr().String()
	ok(t, TCP(at).Ask(t.Context()), l.Close())
	says(t, TCP(at).Ask(t.Context()), "connect to "+at+": connect: connection refused")
	says(t, TCP("nonsense").Ask(t.Context()), "connect to nonsense: ")
	ctx, stop := context.WithCancel(t.Context())
	stop()
	says(t, TCP(at).Ask(ctx), "connect to")
}

func TestAnAddressOfSixNeedsNoBrackets(t *testing.T) {
	for given, want := range map[TCP]string{
		"127.0.0.1:80": "127.0.0.1:80", "[::1]:80": "[::1]:80", ":::80": "[::]:80", "::1:80": "[::1]:80",
		"fe80::1%eth0:80": "[fe80::1%eth0]:80", "app:80": "app:80", ":80": ":80", "nonsense": "nonsense", "": "",
	} {
		if got := given.bracketed(); got != want {
			t.Errorf("%q becomes %q, want %q", given, got, want)
		}
	}
}

func TestHTTP(t *testing.T) {
	mux := http.NewServeMux()
	for path, code := range map[string]int{"/ok": 200, "/none": 204, "/moved": 302, "/bad": 404, "/broken": 503} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/broken")
			w.WriteHeader(code)
		})
	}
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, strings.Repeat("x", 10_000)); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/header", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 1<<20)) })
	mux.HandleFunc("/silent", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	s := httptest.NewServer(mux)
	defer s.Close()
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	for _, c := range []struct {
		path string
		no   string // why; empty: the answer is yes
	}{
		{"/ok", ""},
		{"/none", ""},
		{"/moved", ""},
		{"/endless", ""},
		{"/bad", "404 Not Found"},
		{"/broken", "503 Service Unavailable"},
		{"/header", "exceeded"},
		{"/silent", "no answer within 50ms"},
	} {
		t.Run(c.path, func(t *testing.T) {
			q := Question(HTTP(s.URL + c.path))
			if c.path == "/silent" {
				q = Within(q, 50*time.Millisecond)
			}
			err := q.Ask(t.Context())
			if c.no == "" {
				ok(t, err)
				return
			}
			says(t, err, c.no)
		})
	}
	says(t, HTTP("http://127.0.0.1:1/x").Ask(t.Context()), "get http://127.0.0.1:1/x: connect: connection refused")
	says(t, HTTP("http://[").Ask(t.Context()), "get http://[: ")
	tls := httptest.NewTLSServer(mux)
	defer tls.Close()
	ok(t, HTTP(tls.URL+"/ok").Ask(t.Context()))
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ready")
	f := NewFile(path, nil)
	err := f.Ask(t.Context())
	says(t, err, "look for "+path+": no such file or directory")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v hides its cause", err)
	}
	ok(t, os.WriteFile(path, nil, 0o600), f.Ask(t.Context()))
}

func TestALookThatHangsLeavesOneGoroutine(t *testing.T) {
	hang, looks := make(chan struct{}), 0
	f := NewFile("/net/ready", func(string) error { looks++; <-hang; return nil })
	ctx, stop := context.WithCancelCause(t.Context())
	stop(errors.New("no answer within 2s"))
	before := runtime.NumGoroutine()
	for range 20 {
		says(t, f.Ask(ctx), "look for /net/ready: no answer within 2s")
	}
	if n := runtime.NumGoroutine(); n > before+1 {
		t.Errorf("%d goroutines became %d", before, n)
	}
	close(hang)
	ok(t, f.Ask(t.Context()))
	if looks != 1 {
		t.Errorf("looked %d times", looks)
	}
}

// runs is a function that runs a program.
type runs func(ctx context.Context, argv []string) (int, string, error)

func (r runs) Run(ctx context.Context, argv []string) (int, string, error) { return r(ctx, argv) }

func TestExec(t *testing.T) {
	for _, c := range []struct {
		name   string
		code   int
		output string
		err    error
		no     string
	}{
		{"it ends with 0", 0, "all is well\n", nil, ""},
		{"it ends with another code and words", 3, "first\nno database\x1b[31m\n\n", nil, "run check: exit code 3: no database?[31m"},
		{"it ends with another code, silently", 1, "  \n", nil, "run check: exit code 1"},
		{"it can't be run", 0, "", errors.New("no such file"), "run check: no such file"},
		{"it says too much", 1, strings.Repeat("é", 5000), nil, strings.Repeat("é", 100) + "…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := Exec{[]string{"check", "-q"}, runs(func(_ context.Context, argv []string) (int, string, error) {
				if fmt.Sprint(argv) != "[check -q]" {
					t.Errorf("runs %q", argv)
				}
				return c.code, c.output, c.err
			})}
			if err := e.Ask(t.Context()); c.no == "" {
				ok(t, err)
			} else {
				says(t, err, c.no)
			}
		})
	}
	says(t, Exec{}.Ask(t.Context()), "it names no program")
}
