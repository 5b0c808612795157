package probe

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func ok(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// says fails unless err is about all of these.
func says(t testing.TB, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("the answer is yes, not %q", words)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q doesn't say %q", err, w)
		}
	}
}

// asked is a function that asks.
type asked func(ctx context.Context) error

func (a asked) Ask(ctx context.Context) error { return a(ctx) }

func TestWaitAsksSoonAtFirstAndThenSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		var at []time.Duration
		q := asked(func(context.Context) error {
			at = append(at, time.Since(begun))
			if len(at) == 9 {
				return nil
			}
			return errors.New("not yet")
		})
		ok(t, Wait(t.Context(), q, 100*time.Millisecond))
		if got, want := fmt.Sprint(at), "[0s 5ms 15ms 35ms 75ms 155ms 255ms 355ms 455ms]"; got != want {
			t.Errorf("asked at %s, want %s", got, want)
		}
	})
}

func TestWaitSaysTheLastAnswerWhenItsTimeIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeoutCause(t.Context(), 10*time.Second, errors.New("it took longer than 10s"))
		defer stop()
		refused := errors.New("connection refused")
		err := Wait(ctx, asked(func(context.Context) error { return refused }), 5*time.Second)
		says(t, err, "wait for readiness: it took longer than 10s; asked ", " times in 10s, the last answer: connection refused")
		if !errors.Is(err, refused) {
			t.Errorf("%v hides its cause", err)
		}
	})
}

func TestAnAskingThatHangsIsGivenUpAndAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		times := 0
		q := asked(func(ctx context.Context) error {
			if times++; times < 3 {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		})
		ok(t, Wait(t.Context(), q, 100*time.Millisecond))
		if took := time.Since(begun); took != 4*time.Second+15*time.Millisecond {
			t.Errorf("took %v", took)
		}
		says(t, Within(asked(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }), time.Second).Ask(t.Context()), "no answer within 1s")
	})
}

func TestABrokenOffAskingDoesntHideTheLastAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancelCause(t.Context())
		times := 0
		err := Wait(ctx, asked(func(ctx context.Context) error {
			if times++; times == 1 {
				return errors.New("connection refused")
			}
			stop(errors.New("the service was stopped"))
			return ctx.Err()
		}), time.Second)
		says(t, err, "the service was stopped", "the last answer: connection refused")
	})
}

// answers is answered from outside.
type answers struct {
	done chan struct{}
	err  error
	n    int
}

func (a *answers) Ask(context.Context) error {
	a.n++
	select {
	case <-a.done:
		return a.err
	default:
		return errors.New("not yet")
	}
}
func (a *answers) Done() <-chan struct{} { return a.done }

func TestWhatAnswersByItselfIsNotAskedInBetween(t *testing.T) {
	for _, final := range []error{nil, errors.New("never")} {
		synctest.Test(t, func(t *testing.T) {
			a := &answers{done: make(chan struct{}), err: final}
			time.AfterFunc(time.Hour, func() { close(a.done) })
			begun := time.Now()
			err := Wait(t.Context(), a, time.Millisecond)
			if !errors.Is(err, final) || time.Since(begun) != time.Hour || a.n != 2 {
				t.Errorf("got %v after %v and %d askings", err, time.Since(begun), a.n)
			}
			if final != nil {
				says(t, err, "it never will be: never")
			}
		})
	}
	ctx, stop := context.WithCancelCause(t.Context())
	stop(errors.New("stopped"))
	says(t, Wait(ctx, &answers{done: make(chan struct{})}, time.Second), "stopped", "not yet")
}
