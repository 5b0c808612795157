package probe

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A Question is asked about a service: nil is yes, an error says why not. It ends with its context.
type Question interface {
	Ask(ctx context.Context) error
}

// An Answer is a question that needs no asking: it is answered once, and Done is closed then.
type Answer interface {
	Question
	Done() <-chan struct{}
}

const (
	firstWait = 5 * time.Millisecond
	leastAsk  = 2 * time.Second // how long one asking may take at least
)

// Wait asks until the answer is yes: at once, then after a short wait that doubles until it is the interval, so that a
// service that is ready quickly is found ready quickly. One asking takes at most the interval, or two seconds if that
// is longer. When ctx ends the error is its cause and the last answer; an [Answer] that is no for good ends it at once.
func Wait(ctx context.Context, q Question, interval time.Duration) error {
	begun := time.Now()
	asking := Within(q, max(interval, leastAsk))
	var last error
	wait := min(firstWait, interval)
	for asked := 1; ; asked++ {
		final := answered(q)
		err := asking.Ask(ctx)
		if err == nil {
			return nil
		}
		if final {
			return fmt.Errorf("wait for readiness: it never will be: %w", err)
		}
		if ctx.Err() == nil || last == nil { // an asking that was broken off says nothing new
			last = err
		}
		if !rest(ctx, q, wait) {
			took := time.Since(begun).Round(time.Millisecond)
			return fmt.Errorf("wait for readiness: %w; asked %d times in %v, the last answer: %w", context.Cause(ctx), asked, took, last)
		}
		wait = min(2*wait, interval)
	}
}

// answered says that there will be no other answer.
func answered(q Question) bool {
	a, ok := q.(Answer)
	if !ok {
		return false
	}
	select {
	case <-a.Done():
		return true
	default:
		return false
	}
}

// rest waits until it is time to ask again, or until there is an answer; false when ctx ends first.
func rest(ctx context.Context, q Question, wait time.Duration) bool {
	if a, ok := q.(Answer); ok {
		select {
		case <-a.Done():
			return true
		case <-ctx.Done():
			return false
		}
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Within bounds how long one asking takes. An [Answer] needs none.
func Within(q Question, most time.Duration) Question {
	if _, ok := q.(Answer); ok {
		return q
	}
	return bounded{q, most}
}

type bounded struct {
	q    Question
	most time.Duration
}

// Ask asks until the time is up; then the answer is no.
func (b bounded) Ask(ctx context.Context) error {
	ctx, stop := context.WithTimeoutCause(ctx, b.most, fmt.Errorf("no answer within %v", b.most))
	defer stop()
	err := b.q.Ask(ctx)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return context.Cause(ctx)
	}
	return err
}
