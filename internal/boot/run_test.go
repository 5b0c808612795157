package boot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-init/berth/internal/fsx"
)

// one makes a phase of a function.
func one(run func(r *Run) error) Phase {
	return Func("duty", func(_ context.Context, r *Run) error { return run(r) })
}

func TestAPlanWritesDownAndABootMakesTrue(t *testing.T) {
	made := 0
	duty := one(func(r *Run) error {
		stands, err := r.Do(Step{Target: "a", Verb: "mkdir", Why: "it is missing"}, func() error { made++; return nil })
		if !stands || err != nil {
			t.Errorf("stands %v, error %v", stands, err)
		}
		r.Changed("made a")
		return nil
	})
	plan, boot := NewPlan(&World{}), NewBoot(&World{}, nil)
	if err := plan.Phases(t.Context(), duty); err != nil || made != 0 {
		t.Fatalf("the plan changed %d things, error %v", made, err)
	}
	if err := boot.Phases(t.Context(), duty); err != nil || made != 1 {
		t.Fatalf("the boot changed %d things, error %v", made, err)
	}
	if diff := cmp.Diff(plan.Steps(), boot.Steps()); diff != "" {
		t.Errorf("plan and boot differ:\n%s", diff)
	}
	if plan.Steps()[0].Phase != "duty" {
		t.Errorf("the step belongs to %q", plan.Steps()[0].Phase)
	}
	if len(plan.Notes()) != 0 || len(boot.Notes()) != 1 {
		t.Errorf("a change is a note of a boot alone: plan %v, boot %v", plan.Notes(), boot.Notes())
	}
}

func TestWhatBecomesOfAChangeThatDidNotHappen(t *testing.T) {
	broken := errors.New("a bug")
	for _, c := range []struct {
		about   string
		err     error
		ends    bool
		refusal string
	}{
		{"somebody else did it meanwhile", ErrMoot, false, ""},
		{"the file went away", fmt.Errorf("chown a: %w", fs.ErrNotExist), false, ""},
		{"the file system is read-only", syscall.EROFS, false, "chown a: refused: read-only file system"},
		{"the file system is full", syscall.ENOSPC, false, "no space left on device"},
		{"the right is missing", fmt.Errorf("chown a: %w", syscall.EPERM), false, "chown failed (rootless container?): a: operation not permitted"},
		{"a link stands there", fmt.Errorf("chown a: %w", fsx.ErrSymlink), false, "refusing chown through symlinked path a"},
		{"another file system is mounted there", fsx.ErrMount, false, "another file system"},
		{"the file has other names", fsx.ErrHardlink, false, "hard links"},
		{"berth has a bug", broken, true, ""},
	} {
		t.Run(c.about, func(t *testing.T) {
			var told []Note
			r := NewBoot(&World{}, func(n Note) { told = append(told, n) })
			err := r.Phases(t.Context(), one(func(r *Run) error {
				stands, err := r.Do(Step{Target: "a", Verb: "chown"}, func() error { return c.err })
				if stands {
					t.Error("the step stands")
				}
				return err
			}))
			if (err != nil) != c.ends || c.ends && !errors.Is(err, broken) {
				t.Errorf("error %v", err)
			}
			if len(r.Steps()) != 0 {
				t.Errorf("steps %v", r.Steps())
			}
			text := ""
			for _, n := range told {
				if n.Level != Refusal || n.Phase != "duty" {
					t.Errorf("note %+v", n)
				}
				text += n.Text
			}
			if c.refusal == "" && text != "" || !strings.Contains(text, c.refusal) {
				t.Errorf("told %q, want %q", text, c.refusal)
			}
		})
	}
}

func TestAThousandRefusalsOfOneCauseAreOneLine(t *testing.T) {
	r := NewBoot(&World{}, nil)
	err := r.Phases(t.Context(), one(func(r *Run) error {
		for i := range 1000 {
			if _, err := r.Do(Step{Target: fmt.Sprintf("f%d", i), Verb: "chown"}, func() error { return syscall.EROFS }); err != nil {
				return err
			}
		}
		_, err := r.Do(Step{Target: "other", Verb: "chmod"}, func() error { return syscall.EROFS })
		return err
	}))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Notes()) != 2 {
		t.Fatalf("notes %v", r.Notes())
	}
	want := "chown f0, f1, f2, f3, f4, f5, f6, f7 and 992 more: refused: read-only file system"
	if got := r.Notes()[0]; got.Text != want || got.Hint == "" {
		t.Errorf("told %q with hint %q, want %q", got.Text, got.Hint, want)
	}
}

func TestANameOnTheVolumeCannotWriteALineOfItsOwn(t *testing.T) {
	r := NewBoot(&World{}, nil)
	_ = r.Phases(t.Context(), one(func(r *Run) error {
		_, err := r.Do(Step{Target: "a\nberth: all is well\x1b[2J", Verb: "chown"}, func() error { return syscall.EROFS })
		return err
	}))
	if text := r.Notes()[0].Text; strings.ContainsAny(text, "\n\x1b") {
		t.Errorf("the line is %q", text)
	}
}

func TestCountIsThePhasesOwn(t *testing.T) {
	r := NewPlan(&World{})
	count := func(want int) Phase {
		return one(func(r *Run) error {
			for range want {
				_, _ = r.Do(Step{}, nil)
			}
			if r.Count() != want {
				t.Errorf("counts %d, want %d", r.Count(), want)
			}
			return nil
		})
	}
	if err := r.Phases(t.Context(), count(2), count(0), count(1)); err != nil {
		t.Fatal(err)
	}
}

func TestAFailureEndsTheBootAndCarriesItsCodeAndHint(t *testing.T) {
	ran := false
	r := NewBoot(&World{}, nil)
	err := r.Phases(t.Context(),
		one(func(*Run) error { return Failf(125, "do that", "mount %q: %w", "x", syscall.EIO) }),
		one(func(*Run) error { ran = true; return nil }))
	var f *Failure
	if !errors.As(err, &f) || f.Code != 125 || HintFor(err) != "do that" || !errors.Is(err, syscall.EIO) {
		t.Errorf("error %v, failure %+v", err, f)
	}
	if ran {
		t.Error("a phase ran behind the failure")
	}
	if HintFor(errors.New("x")) != "" {
		t.Error("an error without a hint has one")
	}
}

func TestACancelledBootStopsBetweenPhases(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("told to stop")
	err := NewBoot(&World{}, nil).Phases(ctx,
		one(func(*Run) error { cancel(why); return nil }),
		one(func(*Run) error { t.Error("a phase ran behind the stop"); return nil }))
	if !errors.Is(err, why) {
		t.Errorf("error %v", err)
	}
}

func TestProgressIsToldAndNotKept(t *testing.T) {
	told := 0
	r := NewBoot(&World{}, func(Note) { told++ })
	_ = r.Phases(t.Context(), one(func(r *Run) error { r.Progress("half"); return nil }))
	if told != 1 || len(r.Notes()) != 0 {
		t.Errorf("told %d, kept %v", told, r.Notes())
	}
	_ = NewPlan(&World{}).Phases(t.Context(), one(func(r *Run) error { r.Progress("half"); return nil }))
}

func TestLookupTakesTheLastOfSeveral(t *testing.T) {
	w := &World{Environ: []string{"A=1", "AB=2", "A=3", "EMPTY="}}
	for _, c := range []struct {
		name, want string
		ok         bool
	}{{"A", "3", true}, {"AB", "2", true}, {"EMPTY", "", true}, {"B", "", false}, {"", "", false}} {
		if got, ok := w.Lookup(c.name); got != c.want || ok != c.ok {
			t.Errorf("%s is %q, %v", c.name, got, ok)
		}
	}
}

func TestAWorldClosesLastFirst(t *testing.T) {
	w, order, first := &World{}, "", errors.New("first")
	w.OnClose(func() error { order += "a"; return nil })
	w.OnClose(func() error { order += "b"; return first })
	if err := w.Close(); !errors.Is(err, first) || order != "ba" {
		t.Errorf("order %q, error %v", order, err)
	}
	if err := w.Close(); err != nil || order != "ba" {
		t.Errorf("a second time: order %q, error %v", order, err)
	}
}

func TestNothingIsWrittenAsRootForWantOfAnActor(t *testing.T) {
	w := &World{}
	w.Identity.UID = 1000
	if err := w.AsApp(func() error { t.Error("it ran"); return nil }); err == nil {
		t.Error("no error")
	}
	w.EUID = 1000
	ran := false
	if err := w.AsApp(func() error { ran = true; return nil }); err != nil || !ran {
		t.Errorf("ran %v, error %v", ran, err)
	}
}

// What a boot removes is gone when the look behind the services comes to it.
func TestAPlanDoesNotHandOverWhatItRemoves(t *testing.T) {
	behind := one(func(r *Run) error {
		for _, name := range []string{"a/stale", "a/kept"} {
			r.Add(Step{Target: name, Verb: "chown", Behind: true})
		}
		r.Add(Step{Target: "a/stale", Verb: "chown"}) // made before it is removed
		return nil
	})
	stale := one(func(r *Run) error {
		_, err := r.Do(Step{Target: "a/stale", Verb: VerbRemove}, nil)
		if r.Count() != 1 {
			t.Errorf("the second phase counts %d", r.Count())
		}
		return err
	})
	plan := NewPlan(&World{})
	if err := plan.Phases(t.Context(), behind, stale); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range plan.Steps() {
		got = append(got, fmt.Sprint(s.Verb, " ", s.Target, " ", s.Behind))
	}
	if diff := cmp.Diff([]string{"chown a/kept true", "chown a/stale false", "remove a/stale false"}, got); diff != "" || plan.Total() != 3 {
		t.Errorf("in all %d: %s", plan.Total(), diff)
	}
}
