package s6run

import (
	"os"
	"syscall"
	"time"

	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/s6dir"
	"github.com/berth-init/berth/internal/supervise"
)

// who asks, in the history of slots.
const who = "s6-svc"

// listen reads the control FIFO and does what the letters say, one after the other, until it is closed. Who may write to it
// may control the slot, and no more: a flood of letters is read with pauses, however they come, for the supervisor and the
// processor are everybody's.
func (s *slot) listen(f *os.File) {
	var buf [256]byte
	var busy time.Duration
	for handled := 0; ; {
		n, err := f.Read(buf[:])
		if err != nil {
			return
		}
		last, begun := byte(0), time.Now()
		for _, c := range buf[:n] {
			if c != last || signalOf(c) != 0 { // the same wish twice is one
				s.letter(c)
			}
			last = c
		}
		busy += time.Since(begun)
		if handled += n; handled >= len(buf) {
			select {
			case <-time.After(min(max(2*busy, 10*time.Millisecond), 200*time.Millisecond)):
			case <-s.room.quit.Done():
			}
			handled, busy = 0, 0
		}
	}
}

// letter does what one letter says; one that isn't known says nothing.
func (s *slot) letter(c byte) {
	switch c {
	case 'u':
		s.up(false)
	case 'U':
		s.unmark()
		s.up(false)
	case 'o':
		s.up(true)
	case 'O':
		s.last()
	case 'Q':
		s.mark()
		s.last()
	case 'd':
		s.down()
	case 'D':
		s.mark()
		s.down()
	case 'x':
		s.exit()
	default:
		if signalOf(c) != 0 {
			s.signal(c)
		}
	}
}

// signalOf gives the signal that a letter stands for, where no directory says another; 0 is none.
func signalOf(c byte) syscall.Signal {
	switch c {
	case 'a':
		return syscall.SIGALRM
	case 'b':
		return syscall.SIGABRT
	case 'q':
		return syscall.SIGQUIT
	case 'h':
		return syscall.SIGHUP
	case 'k', 'K':
		return syscall.SIGKILL
	case 't', 'r':
		return syscall.SIGTERM
	case 'i':
		return syscall.SIGINT
	case '1':
		return syscall.SIGUSR1
	case '2':
		return syscall.SIGUSR2
	case 'p', 'P':
		return syscall.SIGSTOP
	case 'c', 'C':
		return syscall.SIGCONT
	case 'y':
		return syscall.SIGWINCH
	}
	return 0
}

// signalOf is what a letter stands for in this run's directory, as the run found it.
func (l *life) signalOf(c byte) syscall.Signal {
	switch c {
	case 'h':
		return l.set.ReloadSignal
	case 'r':
		return l.set.DownSignal
	}
	return signalOf(c)
}

// signal sends run the signal of a letter; a finish gets none.
func (s *slot) signal(c byte) {
	l := s.running()
	if l == nil {
		return
	}
	sig := l.signalOf(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.over {
		return
	}
	send := (*proc.Process).Signal
	if c == 'K' || c == 'P' || c == 'C' {
		send = (*proc.Process).SignalGroup
	}
	if send(l.run, sig) != nil {
		return // it has ended
	}
	if paused := sig == syscall.SIGSTOP; paused || sig == syscall.SIGCONT {
		s.status.Paused = paused
		s.write()
	}
}

// running gives the run that signals are for, or nil. One that has just been executed may do something that is seen, and be sent a
// letter, before anybody here has noted it.
func (s *slot) running() *life {
	if l := s.current(); l != nil {
		return l
	}
	s.await(func() bool { return s.state() != supervise.Starting }) // it is noted before the supervisor hears that it has started
	return s.current()
}

func (s *slot) current() *life {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.life
}

// await waits for something that has happened to be noted: for a second at most, which is plenty.
func (s *slot) await(noted func() bool) {
	for range 1000 {
		if noted() {
			return
		}
		select {
		case <-time.After(time.Millisecond):
		case <-s.room.quit.Done():
			return
		}
	}
}

// want notes what is wanted.
func (s *slot) want(up, once bool) (l *life) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.once = once
	if s.status.WantUp != up {
		s.status.WantUp = up
		s.write()
	}
	return s.life
}

// up has the slot run, whatever is with the others; with once there is no run after that.
func (s *slot) up(once bool) {
	l := s.want(!once, once)
	if once && l != nil {
		s.noOther()
		return
	}
	if l == nil { // what has just ended may not be known yet: a slot that ended for good would miss the wish
		s.await(func() bool { return !s.stale() })
	}
	_ = s.room.sup.StartAlone(s.room.quit, who, false, s.name)
}

// stale says that the supervisor has not heard yet that the run has ended.
func (s *slot) stale() bool {
	l := s.current()
	state := s.state()
	return l == nil && (state == supervise.Up || state == supervise.Ready)
}

func (s *slot) state() supervise.State {
	list, err := s.room.sup.StatusOf(s.name)
	if err != nil {
		return supervise.Down
	}
	return list[0].State
}

// last makes the run that goes on the last one; where there is none, none comes.
func (s *slot) last() {
	if s.want(false, true) != nil {
		s.noOther()
	} else if s.state() != supervise.Starting {
		s.want(false, false)
		_ = s.room.sup.Stop(s.room.quit, who, false, s.name)
	}
}

// noOther takes back the wish for another run behind one that is stopping. One that isn't ends with the word that it was the
// last.
func (s *slot) noOther() {
	if s.state() == supervise.Stopping {
		_ = s.room.sup.Stop(s.room.quit, who, false, s.name)
	}
}

// down stops the slot, alone. Who is told twice gets the signal twice.
func (s *slot) down() {
	l := s.want(false, false)
	if l != nil && s.state() == supervise.Stopping {
		_ = l.stop()
	}
	_ = s.room.sup.Stop(s.room.quit, who, false, s.name)
}

// mark leaves word that the slot isn't to be started when its directory is taken up.
func (s *slot) mark() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.gone {
		_ = s.dir.Create(s6dir.Down, nil, s.made(s6dir.StatusMode)) // or it is there
	}
}

func (s *slot) unmark() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.gone {
		_ = s.dir.Remove(s6dir.Down) // or it isn't there
	}
}

// exit has the slot begin anew when it is down, as who supervises it ends and is started again.
func (s *slot) exit() {
	s.mu.Lock()
	s.leaving = true
	s.mu.Unlock()
	s.exitIfTold()
}

// exitIfTold begins a slot anew that was told to and is down.
func (s *slot) exitIfTold() {
	s.mu.Lock()
	now := s.leaving && s.life == nil
	s.leaving = s.leaving && !now
	s.mu.Unlock()
	if !now || !s.enter() {
		return
	}
	defer s.leave()
	there, err := s.dir.Exists(s6dir.Down)
	up := err == nil && !there
	s.anew(up)
	go func() { // the run that has ended is not known yet
		if up {
			s.up(false)
		} else {
			s.down()
		}
	}()
}
