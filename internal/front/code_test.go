package front

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/daemon"
	"github.com/berth-init/berth/internal/proc"
)

func TestCode(t *testing.T) {
	start := func(op string, err error) error { return &proc.StartError{Op: op, Path: "x", Err: err} }
	for _, c := range []struct {
		about string
		err   error
		want  int
	}{
		{"no error", nil, 0},
		{"a refusal by the guard", boot.Failf(1, "", "no"), 1},
		{"a preparation that failed", boot.Failf(125, "", "no"), 125},
		{"wrapped once more", fmt.Errorf("boot: %w", boot.Failf(125, "", "no")), 125},
		{"a mistake in the words", boot.Failf(2, "", "no"), 2},
		{"the answer no", fmt.Errorf("plan: %w", ErrNo), 3},
		{"stopped before main ran", &daemon.Stopped{Signal: syscall.SIGTERM}, 143},
		{"a program that isn't there", start(proc.OpRun, syscall.ENOENT), 127},
		{"a name that isn't on PATH", start(proc.OpFind, syscall.ENOENT), 127},
		{"a program without the run bit", start(proc.OpRun, syscall.EACCES), 126},
		{"root that can't be dropped", start(proc.OpBecome, syscall.EPERM), 125},
		{"a time that ran out", context.DeadlineExceeded, 125},
		{"nobody on the control socket", api.Errorf(api.Nobody, "", "ask berth: %w", api.ErrNobody), 4},
		{"the same, wrapped once more", fmt.Errorf("follow: %w", api.ErrNobody), 4},
		{"a question that was wrong", api.Errorf(api.Usage, "", "no"), 2},
		{"an unknown slot", api.Errorf(api.UnknownSlot, "", "no"), 1},
		{"what the caller may not", api.Errorf(api.Forbidden, "", "no"), 1},
		{"a state that doesn't allow it", api.Errorf(api.Conflict, "", "no"), 1},
		{"what didn't come about in time", api.Errorf(api.Timeout, "", "no: %w", context.DeadlineExceeded), 1},
		{"an answer that broke off", api.Errorf(api.Failed, "", "no: %w", io.ErrUnexpectedEOF), 1},
		{"a container that is being stopped", api.Errorf(api.Stopping, "", "no"), 1},
		{"a stranger on the socket", api.Errorf(api.Untrusted, "", "no"), 1},
		{"a refusal that somebody gave a code", boot.Fail(125, api.Errorf(api.Conflict, "", "no"), ""), 125},
		{"several failures at once", errors.Join(errors.New("no"), api.Errorf(api.Usage, "", "no")), 2},
		{"anything else", errors.New("no"), 1},
	} {
		t.Run(c.about, func(t *testing.T) {
			if got := Code(c.err); got != c.want {
				t.Errorf("Code(%v) = %d, want %d", c.err, got, c.want)
			}
		})
	}
}

func TestTheTableOfCodesNamesEachCode(t *testing.T) {
	container, words := Codes()
	has := func(list []Meaning, code string) bool {
		for _, m := range list {
			if m.Code == code && m.Means != "" {
				return true
			}
		}
		return false
	}
	for _, code := range []string{"1", "125", "126", "127", "128+n"} {
		if !has(container, code) {
			t.Errorf("the container's codes don't tell %s", code)
		}
	}
	for _, code := range []string{"0", "1", "2", "3", "4"} {
		if !has(words, code) {
			t.Errorf("the words' codes don't tell %s", code)
		}
	}
}

func TestHints(t *testing.T) {
	for _, c := range []struct {
		about string
		err   error
		want  string
	}{
		{"the one that the error carries", boot.Failf(1, "do that", "no"), "do that"},
		{"the one that the server gave", fmt.Errorf("start: %w", api.Errorf(api.UnknownSlot, "did you mean web?", "no")), "did you mean web?"},
		{"a program that isn't there", &proc.StartError{Op: proc.OpRun, Path: "/x", Err: syscall.ENOENT}, "in the image"},
		{"a program that can't be run", &proc.StartError{Op: proc.OpRun, Path: "/x", Err: syscall.EACCES}, "run bit"},
		{"root that can't be dropped", &proc.StartError{Op: proc.OpBecome, Path: "/x", Err: syscall.EPERM}, "SETUID"},
		{"a file that can't be read", fmt.Errorf("open: %w", syscall.EACCES), "--user 0"},
	} {
		t.Run(c.about, func(t *testing.T) {
			if got := hint(c.err); !strings.Contains(got, c.want) {
				t.Errorf("hint = %q, want %q in it", got, c.want)
			}
		})
	}
	if got := hint(errors.New("plain")); got != "" {
		t.Errorf("a plain error has the hint %q", got)
	}
}
