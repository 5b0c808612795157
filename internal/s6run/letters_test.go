package s6run

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/s6dir"
)

// A course is a service directory, and what is done to it: pairs of letters that are sent and letters that are heard of it.
type course struct {
	name  string
	files files
	steps []step
}

// goes is sent to let a finish end that waits.
const goes = "let it end"

// A step is what is sent, what is heard, and what the status then is.
type step struct{ send, hear, is string }

// flags says what a status says, but for numbers of processes and times.
func flags(s s6dir.Status, down bool) string {
	var b strings.Builder
	switch {
	case s.Up():
		b.WriteString("up")
	case s.Finishing:
		fmt.Fprintf(&b, "finishing %#x", s.Wait)
	default:
		fmt.Fprintf(&b, "down %#x", s.Wait)
	}
	for _, f := range []struct {
		on   bool
		word string
	}{{s.WantUp, "wanted"}, {s.Ready, "ready"}, {s.Paused, "paused"}, {down, "marked"}} {
		if f.on {
			b.WriteString(" " + f.word)
		}
	}
	return b.String()
}

// courses are those whose every step is written down: what the genuine program does, and so do we.
func courses() []course {
	const finishes = "#!/bin/sh\nwhile [ ! -e go ]; do sleep 0.02; done\n"
	run := files{"run": sleeps}
	return []course{
		{"a service is started, stopped and started", run, []step{
			{"", "su", "up wanted"}, {"d", "dD", "down 0xf ready"}, {"d", "", "down 0xf ready"}, {"u", "u", "up wanted"},
		}},
		{"one that is told to be up is up", run, []step{{"", "su", "up wanted"}, {"u", "", "up wanted"}, {"uu", "", "up wanted"}}},
		{"down says that it isn't started", files{"run": sleeps, "down": ""}, []step{
			{"", "s", "down 0x0 ready marked"}, {"O", "", "down 0x0 ready marked"}, {"o", "u", "up marked"}, {"t", "dD", "down 0xf ready marked"},
		}},
		{"once at most, while it runs", run, []step{{"", "su", "up wanted"}, {"O", "", "up"}, {"t", "dD", "down 0xf ready"}}},
		{"once at most, and up again", run, []step{{"", "su", "up wanted"}, {"O", "", "up"}, {"u", "", "up wanted"}, {"d", "dD", "down 0xf ready"}}},
		{"once, while it runs", run, []step{{"", "su", "up wanted"}, {"o", "", "up"}, {"k", "dD", "down 0x9 ready"}}},
		{"down leaves a file", run, []step{
			{"", "su", "up wanted"}, {"D", "dD", "down 0xf ready marked"}, {"u", "u", "up wanted marked"}, {"U", "", "up wanted"},
		}},
		{"up takes the file away", files{"run": sleeps, "down": ""}, []step{{"", "s", "down 0x0 ready marked"}, {"U", "u", "up wanted"}}},
		{"once at most leaves a file", run, []step{{"", "su", "up wanted"}, {"Q", "", "up marked"}, {"d", "dD", "down 0xf ready marked"}}},
		{"who is paused is woken to stop", run, []step{{"", "su", "up wanted"}, {"p", "", "up wanted paused"}, {"d", "dD", "down 0xf ready"}}},
		{"who is paused and killed", run, []step{{"", "su", "up wanted"}, {"O", "", "up"}, {"p", "", "up paused"}, {"k", "dD", "down 0x9 ready"}}},
		{"who is paused takes a signal later", run, []step{
			{"", "su", "up wanted"}, {"O", "", "up"}, {"p", "", "up paused"}, {"t", "", "up paused"}, {"c", "dD", "down 0xf ready"},
		}},
		{"a restart doesn't wake", run, []step{
			{"", "su", "up wanted"}, {"O", "", "up"}, {"p", "", "up paused"}, {"r", "", "up paused"}, {"c", "dD", "down 0xf ready"},
		}},
		{"a window has changed", run, []step{{"", "su", "up wanted"}, {"y", "", "up wanted"}, {"d", "dD", "down 0xf ready"}}},
		{"a restart", run, []step{{"", "su", "up wanted"}, {"r", "dDu", "up wanted"}}},
		{"signals to who is down", files{"run": sleeps, "down": ""}, []step{
			{"", "s", "down 0x0 ready marked"}, {"tkihq12abpcyr", "", "down 0x0 ready marked"}, {"u", "u", "up wanted marked"},
		}},
		{"letters that are none", run, []step{{"", "su", "up wanted"}, {"zZ \n\x00\xff", "", "up wanted"}}},
		{"its own signal to stop", files{"run": sleeps, "down-signal": "INT\n"}, []step{{"", "su", "up wanted"}, {"d", "dD", "down 0x2 ready"}}},
		{"its own signal to stop by a number", files{"run": sleeps, "down-signal": "10"}, []step{{"", "su", "up wanted"}, {"d", "dD", "down 0xa ready"}}},
		{"t is TERM whatever stops it", files{"run": sleeps, "down-signal": "INT\n"}, []step{
			{"", "su", "up wanted"}, {"O", "", "up"}, {"t", "dD", "down 0xf ready"},
		}},
		{"r is what stops it", files{"run": sleeps, "down-signal": "USR2\n"}, []step{
			{"", "su", "up wanted"}, {"O", "", "up"}, {"r", "dD", "down 0xc ready"},
		}},
		{"who doesn't stop is killed", files{"run": "#!/bin/sh\ntrap '' TERM\necho >&3\nread x <$TOP/never\n", "timeout-kill": "50\n", "notification-fd": "3"}, []step{
			{"", "suU", "up wanted ready"}, {"d", "dD", "down 0x9 ready"},
		}},
		{"readiness", files{"run": "#!/bin/sh\necho x >&7\nexec sleep 1000\n", "notification-fd": "7\n"}, []step{
			{"", "suU", "up wanted ready"},
			{"p", "", "up wanted ready paused"},
			{"c", "", "up wanted ready"},
			{"d", "dD", "down 0xf ready"},
			{"u", "uU", "up wanted ready"},
		}},
		{"readiness on its output", files{"run": "#!/bin/sh\necho x\nexec sleep 1000\n", "notification-fd": "1"}, []step{
			{"", "suU", "up wanted ready"}, {"d", "dD", "down 0xf ready"},
		}},
		{"a newline that doesn't come", files{"run": "#!/bin/sh\nprintf x >&4\nexec 4>&-\nexec sleep 1000\n", "notification-fd": "4"}, []step{
			{"", "su", "up wanted"}, {"d", "dD", "down 0xf ready"},
		}},
		{"finish", files{"run": sleeps, "finish": "#!/bin/sh\nexit 0\n"}, []step{
			{"", "su", "up wanted"}, {"d", "dD", "down 0xf ready"}, {"u", "u", "up wanted"}, {"r", "dDu", "up wanted"},
		}},
		{"a finish that goes on is told nothing", files{"run": sleeps, "finish": finishes, "timeout-finish": "0"}, []step{
			{"", "su", "up wanted"},
			{"t", "d", "finishing 0xf wanted"},
			{"tkiq12pc", "", "finishing 0xf wanted"},
			{"d", "", "finishing 0xf"},
			{"u", "", "finishing 0xf wanted"},
			{"o", "", "finishing 0xf"},
			{"O", "", "finishing 0xf"}, // nobody sees when it is read: as the last it may be read behind the end, too
			{goes, "D", "down 0xf ready"},
		}},
		{"a finish that ends when no other run is wanted any more", files{"run": sleeps, "finish": finishes, "timeout-finish": "60000"}, []step{
			{"", "su", "up wanted"},
			{"t", "d", "finishing 0xf wanted"},
			{"d", "", "finishing 0xf"},
			{"u", "", "finishing 0xf wanted"},
			{"O", "", "finishing 0xf"},
			{goes, "D", "down 0xf ready"},
		}},
		{"a finish that ends when another run is wanted again", files{
			"run": sleeps, "finish": finishes, "timeout-finish": "60000",
		}, []step{
			{"", "su", "up wanted"}, {"t", "d", "finishing 0xf wanted"}, {"d", "", "finishing 0xf"}, {"u", "", "finishing 0xf wanted"}, {goes, "Du", "up wanted"},
		}},
		{"a finish that takes too long", files{"run": sleeps, "finish": finishes, "timeout-finish": "30"}, []step{
			{"", "su", "up wanted"}, {"O", "", "up"}, {"t", "dD", "down 0xf ready"},
		}},
		{"a finish that gives up", files{"run": sleeps, "finish": "#!/bin/sh\nexit 125\n"}, []step{
			{"", "su", "up wanted"}, {"t", "dOD", "down 0xf ready"}, {"u", "u", "up wanted"}, {"r", "dOD", "down 0xf ready"},
		}},
		{"a finish that gives up when it was to stop", files{"run": sleeps, "finish": "#!/bin/sh\nexit 125\n"}, []step{
			{"", "su", "up wanted"}, {"d", "dOD", "down 0xf ready"}, {"o", "u", "up"},
		}},
		{"a finish that can't be run", files{"run": sleeps, "finish": "#!/nowhere/at/all\n"}, []step{
			{"", "su", "up wanted"}, {"d", "dD", "down 0xf ready"},
		}},
		{"one that ends by itself", files{"run": "#!/bin/sh\nexit 7\n", "down": ""}, []step{
			{"", "s", "down 0x0 ready marked"}, {"o", "udD", "down 0x700 ready marked"}, {"o", "udD", "down 0x700 ready marked"},
		}},
		{"one that ends by itself, with finish", files{"run": "#!/bin/sh\nexit 0\n", "down": "", "finish": "#!/bin/sh\nexit 3\n"}, []step{
			{"", "s", "down 0x0 ready marked"}, {"o", "udD", "down 0x0 ready marked"},
		}},
		{"one that can't be run", files{"run": "#!/nowhere/at/all\n"}, []step{{"", "s", "down 0x0 wanted ready"}, {"d", "", "down 0x0 ready"}}},
		{"in its caller's session", files{"run": sleeps, "nosetsid": ""}, []step{{"", "su", "up wanted"}, {"d", "dD", "down 0xf ready"}}},
	}
}

// randomCourses draws letters, and knows what becomes of a service that only sleeps.
func randomCourses(n int) []course {
	const signals, deadly = "tki12abqhr", "\x0f\x09\x02\x0a\x0c\x0e\x06\x03\x01\x0f"
	list := make([]course, n)
	for i := range list {
		rnd := rand.New(rand.NewPCG(5, uint64(i)))
		c := course{name: fmt.Sprintf("drawn %d", i), files: files{"run": sleeps, "down": ""}, steps: []step{{"", "s", "down 0x0 ready marked"}}}
		up, want, paused, marked, wait := false, false, false, true, 0
		for range 5 {
			letter := string("uuuoddDUOQpcy" + signals)[rnd.IntN(13+len(signals))]
			s := step{send: string(letter)}
			dies := 0
			switch letter {
			case 'u', 'U':
				want, marked = true, marked && letter == 'u'
			case 'o':
				want = true
			case 'O', 'Q':
				want, marked = false, marked || letter == 'Q'
			case 'd', 'D':
				want, marked = false, marked || letter == 'D'
				if up {
					dies = 15
				}
			case 'p':
				paused = up
			case 'c':
				paused = false
			case 'y':
			default:
				if paused && letter != 'k' {
					continue // what becomes of several that wait is the kernel's to say
				}
				if up {
					dies = int(deadly[strings.IndexByte(signals, letter)])
				}
			}
			if dies != 0 {
				up, paused, wait, s.hear = false, false, dies, "dD"
			}
			if dies == 6 || dies == 3 {
				wait = -dies // with a core or without
			}
			if want && !up {
				up, s.hear = true, s.hear+"u"
			}
			if letter == 'o' {
				want = false
			}
			s.is = expect(up, want, paused, marked, wait)
			c.steps = append(c.steps, s)
		}
		list[i] = c
	}
	return list
}

func expect(up, want, paused, marked bool, wait int) string {
	if wait < 0 {
		wait = -wait
	}
	return flags(s6dir.Status{Pid: map[bool]int{true: 1}[up], Wait: uint16(wait), WantUp: want, Ready: !up, Paused: paused}, marked)
}

// drive takes one directory through a course.
func drive(ctx context.Context, dir string, e *ear, c course) error {
	heard := ""
	for i, s := range c.steps {
		switch s.send {
		case "":
		case goes:
			if err := os.WriteFile(dir+"/go", nil, 0o644); err != nil {
				return err
			}
		default:
			if err := s6dir.Send(dir+"/"+s6dir.Control, s.send); err != nil {
				return fmt.Errorf("step %d, %q: %w", i, s.send, err)
			}
		}
		heard += s.hear
		if err := e.hears(heard); err != nil {
			return fmt.Errorf("step %d, %q: %w", i, s.send, err)
		}
		for tick := time.NewTicker(5 * time.Millisecond); ; {
			_, down := os.Lstat(dir + "/down")
			st, err := s6dir.ReadStatus(dir)
			if err != nil {
				return err
			}
			st.Wait &^= 0x80 // a core
			got := flags(st, down == nil)
			if got == s.is {
				tick.Stop()
				break
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return fmt.Errorf("step %d, %q: it is %q, want %q", i, s.send, got, s.is)
			}
		}
	}
	_ = e.f.SetReadDeadline(noTime)
	var buf [16]byte
	if n, _ := e.f.Read(buf[:]); n > 0 {
		return fmt.Errorf("heard %q besides", buf[:n])
	}
	return nil
}

// TestLetters sends every letter that there is, to us and to the genuine program, and hears the same from both. They all
// go at once: the genuine program waits a second before it starts a service again.
func TestLetters(t *testing.T) {
	all := append(courses(), randomCourses(30)...)
	ours, theirs := newRig(t), newRig(t)
	ctx := deadline(t)
	mine, its := make([]*ear, len(all)), make([]*ear, len(all))
	at := func(g *rig, i int) string { return g.at(fmt.Sprint("s", i)) }
	for i, c := range all {
		mine[i], its[i] = listen(t, ours.dir(fmt.Sprint("s", i), c.files)), listen(t, theirs.dir(fmt.Sprint("s", i), c.files))
	}
	ours.begin()
	real := theirs.svscan()
	said := make([][2]error, len(all))
	var going sync.WaitGroup
	for i, c := range all {
		going.Go(func() { said[i][0] = drive(ctx, at(ours, i), mine[i], c) })
		if real != nil {
			going.Go(func() { said[i][1] = drive(ctx, at(theirs, i), its[i], c) })
		}
	}
	going.Wait()
	ours.letGo()
	theirs.letGo()
	for i, c := range all {
		t.Run(c.name, func(t *testing.T) {
			if err := said[i][0]; err != nil {
				t.Errorf("ours: %v\n%+v", err, c.steps)
			}
			if err := said[i][1]; err != nil {
				t.Errorf("genuine: %v\n%+v", err, c.steps)
			}
			if real == nil {
				t.Skip("needs Debian's package s6: ours does what is written down, theirs isn't here")
			}
		})
	}
}

// svscan starts the genuine program on the rig's scan directory; nil where it isn't here.
func (g *rig) svscan() *proc.Process {
	g.t.Helper()
	path, err := proc.LookPath("s6-svscan", os.Getenv("PATH"), "", nil)
	if err != nil {
		return nil
	}
	c := proc.NewCommand(path, []string{"s6-svscan", "-c", "1000", g.scan})
	c.Env = g.o.Env()
	c.Session, c.Umask = true, 0o022 // it makes its files by its umask, we by what they are
	c.Stdout, c.Stderr = nowhere(g.t), nowhere(g.t)
	p, err := children.Start(c)
	ok(g.t, err)
	g.t.Cleanup(func() { _ = p.Signal(15); _ = p.Status() })
	return p
}
