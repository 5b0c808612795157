package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// scripts is the keeper's program that runs shell scripts, at the other end of one connection for all tests.
type scripts struct {
	conn net.Conn
	send *json.Encoder

	mu      sync.Mutex
	last    int
	waiting map[int]chan script
	ended   error
}

// A script is what is to be run, and what came of it.
type script struct {
	ID        int
	Dir, Text string

	Out, Err string
	Code     int
}

var scriptsOnce = sync.OnceValues(func() (*scripts, error) {
	id, err := keeperOnce()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var made struct{ Id string }
	if err := ask(ctx, http.MethodPost, "/containers/"+id+"/exec", map[string]any{
		"AttachStdin": true, "AttachStdout": true, "Cmd": []string{"/usr/local/bin/probe", "scripts"},
	}, &made); err != nil {
		return nil, err
	}
	conn, from, err := hijack(ctx, "/exec/"+made.Id+"/start", `{"Detach":false,"Tty":false}`)
	if err != nil {
		return nil, err
	}
	s := &scripts{conn: conn, send: json.NewEncoder(conn), waiting: map[int]chan script{}}
	go s.listen(from)
	return s, nil
})

func (s *scripts) listen(from *bufio.Reader) {
	out, in := io.Pipe()
	go func() { _ = in.CloseWithError(apart(from, in, io.Discard)) }()
	var err error
	for d := json.NewDecoder(out); ; {
		var answer script
		if err = d.Decode(&answer); err != nil {
			break
		}
		s.mu.Lock()
		s.waiting[answer.ID] <- answer
		delete(s.waiting, answer.ID)
		s.mu.Unlock()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = err
	for _, w := range s.waiting {
		close(w)
	}
}

func (s *scripts) run(dir, text string) (script, error) {
	answer := make(chan script, 1)
	s.mu.Lock()
	if s.ended != nil {
		s.mu.Unlock()
		return script{}, s.ended
	}
	s.last++
	s.waiting[s.last] = answer
	err := s.send.Encode(script{ID: s.last, Dir: dir, Text: text})
	s.mu.Unlock()
	if err != nil {
		return script{}, err
	}
	select {
	case a, ok := <-answer:
		if !ok {
			return a, errors.New("the tests' own container ended")
		}
		return a, nil
	case <-time.After(patience):
		return script{}, errors.New("it doesn't end")
	}
}

// kept runs a script as root in the tests' own container, in a directory there: its output, trimmed.
func kept(t *testing.T, dir, text string) string {
	t.Helper()
	s, err := scriptsOnce()
	if errors.Is(err, errNotHere) {
		return must(t, "exec", "-w", dir, keeper(t), "sh", "-euc", text)
	}
	if err != nil {
		t.Fatalf("start the tests' own container: %v", err)
	}
	a, err := s.run(dir, text)
	if err != nil || a.Code != 0 {
		t.Fatalf("in %s: %s\nexit code %d, %v\n%s", dir, text, a.Code, err, a.Out+a.Err)
	}
	return strings.TrimSpace(a.Out)
}
