package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/proc"
)

// children is the one owner of wait in the tests; fleets beside each other share it.
var children = proc.NewTable()

// helper is where a copy of this binary lies that everybody may run: the app's user can't look where go test puts it.
var helper string

const helperName = "helper"

func TestMain(m *testing.M) {
	if len(os.Args) > 0 && os.Args[0] == proc.StageName {
		proc.ChildStage()
	}
	if filepath.Base(os.Args[0]) == helperName {
		if err := play(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(tests(m))
}

// tests runs the tests as a subreaper, so that whatever they start comes back and nothing is left behind.
func tests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "fleet-test-")
	if err == nil {
		defer func() { _ = os.RemoveAll(dir) }()
		helper, err = copyOf(dir)
	}
	if err = errors.Join(err, proc.BecomeSubreaper()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	shut()
	dead := make(chan os.Signal, 1)
	signal.Notify(dead, syscall.SIGCHLD)
	go func() {
		for range dead {
			children.Reap()
		}
	}()
	code := m.Run()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, _ = children.SignalDescendants(syscall.SIGKILL)
	_ = children.WaitEmpty(ctx)
	return code
}

// shut keeps what our caller left open from our children.
func shut() {
	for fd := 3; fd < 1024; fd++ {
		syscall.CloseOnExec(fd)
	}
}

// copyOf lays the copy.
func copyOf(dir string) (string, error) {
	from, err := os.Open("/proc/self/exe")
	if err != nil {
		return "", err
	}
	defer func() { _ = from.Close() }()
	name := filepath.Join(dir, helperName)
	to, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o700)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(to, from)
	return name, errors.Join(err, to.Close(), os.Chmod(dir, 0o755), os.Chmod(name, 0o755))
}

// play does what a shell can't.
func play(words []string) error {
	switch words[0] {
	case "notify": // TEXT
		socket, err := net.Dial("unixgram", os.Getenv("NOTIFY_SOCKET"))
		if err != nil {
			return err
		}
		_, err = io.WriteString(socket, words[1])
		if err == nil && len(words) > 2 { // and stays, so that it can be looked at
			<-context.Background().Done()
		}
		return err
	case "listen": // ADDRESS
		l, err := net.Listen("tcp", words[1])
		if err != nil {
			return err
		}
		for {
			c, err := l.Accept()
			if err != nil {
				return err
			}
			_ = c.Close()
		}
	case "serve": // ADDRESS FILE: answers with the code in the file
		s := http.Server{Addr: words[1], ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			data, _ := os.ReadFile(words[2])
			code, err := strconv.Atoi(string(data))
			if err != nil {
				code = 500
			}
			w.WriteHeader(code)
		})}
		return s.ListenAndServe()
	}
	return fmt.Errorf("play %q: no such part", words[0])
}

// patience is long: it is for a test that hangs, not for one that is slow.
const patience = 30 * time.Second

func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// until waits for a condition that nothing announces.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(3 * time.Millisecond)
	defer tick.Stop()
	for ctx := deadline(t); !holds(); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("it never came to be: %s", what)
		}
	}
}

// ok ends a test whose ground is not what it needs.
func ok(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func needsRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: it changes identity or raises rights")
	}
}
