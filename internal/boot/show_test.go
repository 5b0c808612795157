package boot

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestHowLongADutyWillTake(t *testing.T) {
	for _, c := range []struct {
		about string
		b     Bar
		want  time.Duration
	}{
		{"half is done", Bar{Done: 500, Total: 1000, Rate: 100}, 5 * time.Second},
		{"nobody knows how much there is", Bar{Done: 500, Rate: 100}, 0},
		{"it is more than was thought", Bar{Done: 1500, Total: 1000, Rate: 100}, 0},
		{"nothing happens", Bar{Done: 500, Total: 1000}, 0},
	} {
		if got := c.b.Left(); got != c.want {
			t.Errorf("%s: %s, want %s", c.about, got, c.want)
		}
	}
}

func TestALongDutyIsShownUntilItsEnd(t *testing.T) {
	told := make(chan Note, 100)
	r := NewBoot(&World{}, func(n Note) { told <- n })
	stop := r.Watch(func() int64 { return 42 }, 100, true, "Looking at %s", "x")
	n := <-told
	if n.Level != Progress || n.Text != "Looking at x" || n.Bar == nil || n.Bar.Done != 42 || n.Bar.Total != 100 || !n.Bar.AtMost || n.Bar.Rate <= 0 {
		t.Errorf("told %+v, %+v", n, n.Bar)
	}
	stop()
	close(told)
	end := false
	for n := range told {
		end = n.Bar.End
	}
	if !end || len(r.Notes()) != 0 {
		t.Errorf("the end was told: %v; notes %v", end, r.Notes())
	}
	stop = NewPlan(&World{}).Watch(func() int64 { t.Error("a plan asked"); return 0 }, 0, false, "x")
	stop()
	stop = NewBoot(&World{}, nil).Watch(func() int64 { t.Error("nobody listens"); return 0 }, 0, false, "x")
	stop()
}

func TestWhatIsOverSoonIsNotShown(t *testing.T) {
	r := NewBoot(&World{}, func(n Note) { t.Errorf("told %+v", n) })
	r.Watch(func() int64 { return 1 }, 0, false, "x")()
}

func TestStepsThatStandForMany(t *testing.T) {
	r := NewBoot(&World{}, nil)
	err := r.Phases(t.Context(), one(func(r *Run) error {
		r.Add(Step{Target: "a", Count: 1000}, Step{Target: "b"})
		if r.Count() != 1001 {
			t.Errorf("counts %d", r.Count())
		}
		return nil
	}), one(func(r *Run) error {
		if r.Count() != 0 || r.Total() != 1001 {
			t.Errorf("counts %d of %d", r.Count(), r.Total())
		}
		return nil
	}))
	if err != nil || len(r.Steps()) != 2 || r.Steps()[0].Phase != "duty" || r.Report(time.Now(), "", nil).Count != 1001 {
		t.Errorf("steps %+v, %v", r.Steps(), err)
	}
}

// Which thread came first must not show: a boot's words are those of the last one.
func TestRefusalsOfManyThreadsAreInOrder(t *testing.T) {
	var told []Note
	r := NewBoot(&World{}, func(n Note) { told = append(told, n) })
	err := r.Phases(t.Context(), one(func(r *Run) error {
		var all Refusals
		var threads sync.WaitGroup
		for n := range 4 {
			threads.Go(func() {
				for i := range 250 {
					all.Add(fmt.Sprintf("f%03d", i*4+n), fmt.Errorf("chown: %w", syscall.EROFS))
				}
			})
		}
		threads.Wait()
		all.Add("other", syscall.EIO)
		all.Flush(r, "chown")
		all.Flush(r, "chown")
		return nil
	}))
	if err != nil || len(told) != 2 {
		t.Fatalf("%v, told %v", err, told)
	}
	if want := "chown other: refused: input/output error"; told[0].Text != want {
		t.Errorf("told %q, want %q", told[0].Text, want)
	}
	if want := "chown f000, f001, f002, f003, f004, f005, f006, f007 and 992 more: refused: read-only file system"; told[1].Text != want {
		t.Errorf("told %q, want %q", told[1].Text, want)
	}
}

// Who is refused a chown wants to know whether that matters.
func TestARefusalSaysWhetherTheAppCanDoWithout(t *testing.T) {
	for _, c := range []struct {
		about string
		err   error
		can   func(string) bool
		want  string
	}{
		{"it can", syscall.EPERM, func(string) bool { return true }, "chown failed (rootless container?): a, b: operation not permitted; the app can read and write there all the same"},
		{"it can't", syscall.EPERM, func(string) bool { return false }, "operation not permitted; and the app can't read and write there"},
		{"some of it", syscall.EACCES, func(s string) bool { return s == "a" }, "chown a, b: refused: permission denied; and the app can't read and write b"},
		{"nobody knows", syscall.EPERM, nil, "a, b: operation not permitted"},
		{"a rule of ours", errors.New("x"), func(string) bool { t.Error("it was asked"); return true }, "refused: x"},
	} {
		t.Run(c.about, func(t *testing.T) {
			r := NewBoot(&World{}, nil)
			if err := r.Phases(t.Context(), one(func(r *Run) error {
				r.Usable = c.can
				r.Refuse("chown", "a", c.err)
				r.Refuse("chown", "b", c.err)
				return nil
			})); err != nil {
				t.Fatal(err)
			}
			if got := r.Notes()[0].Text; !strings.HasSuffix(got, c.want) {
				t.Errorf("told %q, want %q", got, c.want)
			}
		})
	}
}
