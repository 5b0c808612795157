package volume

import (
	"context"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/spec"
)

// A Tour says how everything is looked at while the container runs, and what came of it.
type Tour struct {
	Rate    int  // entries a second; 0: as the spec says
	Full    bool // as fast as it goes, with as many threads as a boot has
	Alone   bool // this process does nothing else meanwhile
	Entries int64
	Forgot  error // why it could not be remembered; nothing else depends on it
}

// Phases gives what a look at everything does, in its order: the volume's own top, the owners of everything that is listed,
// the listed modes. They need no restart, and no lock: what they change is the same whoever does it.
func (t *Tour) Phases() []boot.Phase {
	return []boot.Phase{phase("top", t.top), phase("look", t.run), Modes()}
}

func (t *Tour) top(_ context.Context, r *boot.Run) error {
	in, err := r.World.Volume.Info()
	if err == nil {
		_, err = ownTop(r, in)
	}
	return err
}

func (t *Tour) run(ctx context.Context, r *boot.Run) error {
	w := r.World
	if !hands(w) {
		return nil
	}
	h, remember := newHealer(r), boot.RememberLook
	if t.Full && t.Alone {
		remember = boot.RememberLookSoon
	}
	if t.Full {
		h.threads, h.alone = boot.Threads(), t.Alone
	} else {
		rate := t.Rate
		if rate <= 0 {
			rate = w.Spec.Volume.Own.Rate
		}
		if rate <= 0 {
			rate = spec.DefaultHealRate
		}
		h.pace = paced(rate)
	}
	if !r.Planning() {
		t.Forgot = begin(w, boot.RecallLook(w), remember)
	}
	err := h.whole(ctx)
	t.Entries = h.seen()
	if h.forgot != nil {
		t.Forgot = h.forgot
	}
	if err == nil {
		h.tell()
	}
	return err
}
