package hermes

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/boot"
)

// Control is the [Supervisor] that answers on the control socket.
func Control(getenv func(name string) string) Supervisor {
	return &control{client: api.NewClient(getenv)}
}

// A control asks PID 1. The client looks for the socket at each question, so that nobody there is an answer and no state.
type control struct{ client *api.Client }

func (c *control) Status(ctx context.Context) ([]Slot, error) {
	st, err := c.client.Status(ctx)
	if err != nil {
		return nil, answered(err)
	}
	slots := make([]Slot, len(st.Services))
	for i, v := range st.Services {
		slots[i] = slotOf(v)
	}
	return slots, nil
}

func (c *control) Start(ctx context.Context, slot string) error {
	_, err := c.client.Start(ctx, api.Action{Slots: []string{slot}})
	return answered(err)
}

func (c *control) Stop(ctx context.Context, slot string) error {
	_, err := c.client.Stop(ctx, waited(ctx, slot))
	return answered(err)
}

func (c *control) Restart(ctx context.Context, slot string) error {
	_, err := c.client.Restart(ctx, waited(ctx, slot))
	return answered(err)
}

func (c *control) Register(ctx context.Context, profile string) error {
	_, err := c.client.Register(ctx, profile)
	return answered(err)
}

// Unregister counts a profile that the server doesn't know as one that has no slots.
func (c *control) Unregister(ctx context.Context, profile string) error {
	err := c.client.Unregister(ctx, profile)
	if e, ok := errors.AsType[*api.Error](err); ok && e.Code == api.UnknownName {
		return nil
	}
	return answered(err)
}

// waited asks for a slot and waits as long as the caller does.
func waited(ctx context.Context, slot string) api.Action {
	bound := leastWait
	if deadline, ok := ctx.Deadline(); ok {
		bound = time.Until(deadline)
	}
	return api.Action{Slots: []string{slot}, Wait: true, TimeoutMS: max(1, bound.Milliseconds())}
}

// slotOf gives a slot as the words know it.
func slotOf(v api.Service) Slot {
	s := Slot{
		Name: v.Name, State: v.State, Wanted: v.Desired == "up", Pid: v.Pid, Since: v.Since, Restarts: v.Restarts,
		Verdict: v.Verdict, Why: v.Why,
	}
	switch {
	case v.LastExit == nil:
	case v.LastExit.Signal != "":
		s.LastExit = "signal " + v.LastExit.Signal
	default:
		s.LastExit = "code " + strconv.Itoa(v.LastExit.Code)
	}
	if v.HoldUntil != nil {
		s.Hold = *v.HoldUntil
	}
	if s.Wanted && s.State == "done" && s.Verdict == "" {
		s.Verdict, s.Why = s.Why, "" // it ended as the spec calls final: nothing starts it again, and a person has to know
	}
	return s
}

// A refusal is what the server said, with the kind that the words switch on.
type refusal struct {
	error
	kind error
}

func (r *refusal) Unwrap() []error { return []error{r.error, r.kind} }

// answered gives an error of the conversation its kind and its hint.
func answered(err error) error {
	e, ok := errors.AsType[*api.Error](err)
	if !ok {
		return err
	}
	var kind error
	switch e.Code {
	case api.UnknownSlot:
		kind = ErrUnknownSlot
	case api.Conflict:
		kind = ErrRegistered
	case api.Nobody:
		kind = ErrNobody
	case api.Timeout:
		kind = context.DeadlineExceeded
	default:
		return boot.Fail(codeRefused, err, e.Hint)
	}
	return boot.Fail(codeRefused, &refusal{err, kind}, e.Hint)
}
