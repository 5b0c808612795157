package s6run

import (
	"context"
	"strconv"
	"syscall"
	"time"

	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/s6dir"
)

const (
	signalled  = 256 // finish's first word where a signal ended run
	giveUpCode = 125 // finish's own code that says: no other run
)

// follow sees a life to its end: run's, then finish's.
func (l *life) follow() {
	s := l.s
	st := l.run.Status()
	l.hush()
	wait := waitStatus(st)
	at := now()
	s.mu.Lock()
	// First of all: finish asks how often the service has died, this time counted.
	s.tally(s6dir.DeathOf(at, syscall.WaitStatus(wait)), l.set.MaxDeathTally)
	l.over = true
	if l.limit != nil {
		l.limit.Stop()
	}
	killed := l.killed
	s.mu.Unlock()
	if !killed {
		l.startFinish(st)
	}
	pid, letters := 0, string(s6dir.EventDown)
	if l.finish != nil {
		pid = l.finish.Pid()
	} else {
		letters += string(s6dir.EventFinished)
	}
	s.change(func(t *s6dir.Status) {
		t.Wait, t.Changed, t.Paused = wait, at, false
		t.Pid, t.Finishing, t.Ready = pid, pid != 0, pid == 0
		if pid == 0 {
			t.ReadyAt = at
			l.end("")
		}
	}, letters)
	if pid != 0 {
		l.awaitFinish()
	}
	s.exitIfTold()
	s.leave()
	close(l.done)
}

// startFinish starts finish, if there is one that can be started.
func (l *life) startFinish(st proc.Status) {
	s := l.s
	if there, err := s.dir.Exists(s6dir.Finish); err != nil || !there {
		return
	}
	code := st.Code
	if st.Signal != 0 {
		code = signalled
	}
	c, err := s.command(s6dir.Finish, strconv.Itoa(code), strconv.Itoa(int(st.Signal)), s.name, strconv.Itoa(l.group))
	if err == nil {
		c.Session = !l.set.NoSetsid
		ctx, cancel := context.WithTimeout(s.room.quit, startTimeout)
		defer cancel()
		var p *proc.Process
		if p, err = s.room.o.Table.StartContext(ctx, c); err == nil {
			s.mu.Lock()
			l.finish = p
			if l.killed { // meanwhile
				_ = p.SignalGroup(syscall.SIGKILL)
			}
			s.mu.Unlock()
			return
		}
	}
	s.room.warn(hintFor(err), s.name+": its finish doesn't run: "+err.Error())
}

// startTimeout bounds the start of a finish that lies on a file system that hangs.
const startTimeout = 5 * time.Second

// awaitFinish waits for the end of finish, which has a bound unless the directory says that it has none.
func (l *life) awaitFinish() {
	s, p := l.s, l.finish
	if d := l.set.TimeoutFinish; d > 0 {
		t := time.AfterFunc(d, func() { _ = p.SignalGroup(syscall.SIGKILL) })
		defer t.Stop()
	}
	st := p.Status()
	letters := string(s6dir.EventFinished)
	giveUp := st.Signal == 0 && st.Code == giveUpCode
	if giveUp {
		letters = string(s6dir.EventOnce) + letters
	}
	s.change(func(t *s6dir.Status) {
		t.Pid, t.Finishing, t.Ready, t.ReadyAt = 0, false, true, now()
		final := ""
		if giveUp {
			t.WantUp, final = false, "finish says that it is to stay down"
		}
		l.end(final)
	}, letters)
}

// waitStatus is what wait(2) gives for an end.
func waitStatus(st proc.Status) uint16 {
	if st.Signal != 0 {
		w := uint16(st.Signal) //nolint:gosec // at most 64
		if st.Core {
			w |= 0x80
		}
		return w
	}
	return uint16(st.Code) << 8 //nolint:gosec // a byte
}

// hintFor gives the hint that an error carries, or one that fits every program.
func hintFor(err error) string {
	if h, ok := err.(interface{ Hint() string }); ok && h.Hint() != "" {
		return h.Hint()
	}
	return "look whether it is executable and what its first line names"
}
