package api

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

// healFunc is a healer of one's own making.
type healFunc func(context.Context, HealAction, func(HealLine)) (Healed, error)

func (f healFunc) Heal(ctx context.Context, _ Peer, a HealAction, tell func(HealLine)) (Healed, error) {
	return f(ctx, a, tell)
}

func TestHealTellsHowFarItIsAndWhatCameOfIt(t *testing.T) {
	r := newRig(t)
	var heard []HealLine
	done, err := r.client.Heal(t.Context(), HealAction{Full: true}, func(l HealLine) { heard = append(heard, l) })
	if err != nil {
		t.Fatal(err)
	}
	if len(heard) != 1 || heard[0].Looked != 1 || heard[0].Total != 2 || heard[0].Rate != 3 {
		t.Errorf("heard %+v", heard)
	}
	if done.Looked != 2 || done.Changed != 1 || len(done.Steps) != 1 || done.Steps[0].Target != "skills/x" || done.Notes == nil {
		t.Errorf("done %+v", done)
	}
	if got := r.orders(); !slices.Equal(got, []string{"heal full=true by 0"}) {
		t.Errorf("told %q", got)
	}
	if len(r.changes) != 1 || r.changes[0].Verb != "heal" {
		t.Errorf("recorded %+v", r.changes)
	}
}

func TestARefusedHealIsAnError(t *testing.T) {
	for about, late := range map[string]bool{"at once": false, "behind the first line": true} {
		t.Run(about, func(t *testing.T) {
			r := newRig(t)
			r.server.o.Healer = healFunc(func(_ context.Context, _ HealAction, tell func(HealLine)) (Healed, error) {
				if late {
					tell(HealLine{Looked: 1})
				}
				return Healed{}, Errorf(Conflict, "wait for it", "heal the volume: it is being looked at already")
			})
			_, err := r.client.Heal(t.Context(), HealAction{}, func(HealLine) {})
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Code != Conflict || e.Hint != "wait for it" {
				t.Errorf("%v", err)
			}
		})
	}
}

// Who hangs up wants it no more: the look ends.
func TestHangingUpEndsAHeal(t *testing.T) {
	r := newRig(t)
	ended := make(chan error, 1)
	r.server.o.Healer = healFunc(func(ctx context.Context, _ HealAction, tell func(HealLine)) (Healed, error) {
		tell(HealLine{Looked: 1})
		<-ctx.Done()
		ended <- ctx.Err()
		return Healed{}, ctx.Err()
	})
	ctx, cancel := context.WithCancel(t.Context())
	_, err := r.client.Heal(ctx, HealAction{}, func(HealLine) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the client says %v", err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the look ended with %v", err)
	}
}

// A berth that ends in the middle of it has not done it.
func TestAHealWithoutAnEndIsNoSuccess(t *testing.T) {
	r := newRig(t)
	r.server.o.Healer = healFunc(func(_ context.Context, _ HealAction, tell func(HealLine)) (Healed, error) {
		tell(HealLine{Looked: 1})
		go func() { _ = r.server.http.Close() }()
		<-t.Context().Done()
		return Healed{}, context.Canceled
	})
	if _, err := r.client.Heal(t.Context(), HealAction{}, func(HealLine) {}); err == nil || strings.Contains(err.Error(), "nil") {
		t.Errorf("%v", err)
	}
}
