package s6words

import (
	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/s6dir"
)

// An aim is what is waited for.
type aim struct {
	up      bool // or down
	ready   bool // and ready, or down for good
	restart bool // down has to be seen before
	all     bool // of the services, or one of them
}

// goal gives the aim that a letter stands for: u U d D r R.
func goal(letter byte, all bool) aim {
	a := aim{up: letter != 'd' && letter != 'D', all: all}
	a.ready = letter < 'a'
	a.restart = letter == 'r' || letter == 'R'
	return a
}

// A listener waits until services are what is aimed at.
type listener struct {
	call     *chain.Call
	aim      aim
	until    deadline
	services []*heard
	tell     *inotify // for those whose event/ can't be subscribed to
	died     string   // the service whose supervisor ended
	failed   int      // services that won't come up
}

// A heard is what is known of one service.
type heard struct {
	dir       string
	fd        int // FIFO in event/, or -1
	fifo      string
	seen      s6dir.Status
	up, ready bool
	down      bool // it was down once
	failed    bool
}

// listen begins to listen to services: what happens from now on isn't missed. Where it can't, it gives the code to end with.
func listen(c *chain.Call, dirs []string, to aim, until deadline) (*listener, int) {
	l := &listener{call: c, aim: to, until: until}
	for _, dir := range dirs {
		h := &heard{dir: dir, fd: -1}
		l.services = append(l.services, h)
		fifo, fd, err := subscribe(dir + "/" + s6dir.Event)
		if err == nil {
			h.fifo, h.fd = fifo, fd
		} else {
			if l.tell == nil {
				l.tell = newInotify()
			}
			if !l.tell.add(dir+"/"+s6dir.Supervise) && missing(err) {
				l.close()
				return nil, c.Fail(chain.System, "subscribe to the events of %s: %s", dir, chain.Reason(err))
			}
		}
		if err := h.look(true); err != nil {
			l.close()
			return nil, c.Fail(chain.System, "read the status of %s: %s", dir, chain.Reason(err))
		}
	}
	return l, 0
}

// look reads the status. What went by between two looks is told by the time of the last change.
func (h *heard) look(first bool) error {
	s, err := s6dir.ReadStatus(h.dir)
	if err != nil {
		return err
	}
	if !first && s.Changed != h.seen.Changed && s.Up() {
		h.down = true // it went down and came up again
	}
	h.seen, h.up, h.ready = s, s.Up(), s.Ready
	h.down = h.down || !h.up
	return nil
}

// wait waits, and gives the code to end with.
func (l *listener) wait() int {
	for !l.reached() {
		if l.died != "" {
			return l.call.Fail(102, "wait for %s: who supervises it has ended", l.died)
		}
		if l.until.left() == 0 {
			return l.call.Fail(99, "wait for %s: the time is over", l.services[0].dir)
		}
		l.hear()
	}
	return l.failed
}

// reached says whether the aim is. A service that failed for good counts, where it was to come up.
func (l *listener) reached() bool {
	there, downs := 0, 0
	for _, h := range l.services {
		is := h.failed || h.up == l.aim.up && (h.ready || !l.aim.ready)
		if l.aim.restart {
			is = is && (h.down || h.failed)
			if h.down || h.failed {
				downs++
			}
		}
		if is {
			there++
		}
	}
	if l.aim.all {
		return there == len(l.services)
	}
	return there > 0 && (!l.aim.restart || downs == len(l.services))
}

// hear waits for something to happen, and takes it in until the aim is reached.
func (l *listener) hear() {
	fds := make([]int, 0, len(l.services)+1)
	for _, h := range l.services {
		if h.fd >= 0 {
			fds = append(fds, h.fd)
		}
	}
	if l.tell != nil {
		fds = append(fds, l.tell.fd)
	}
	pollAll(fds, l.until)
	if l.tell != nil {
		drain(l.tell.fd)
	}
	for _, h := range l.services {
		if h.fd < 0 {
			if err := h.look(false); missing(err) && l.died == "" { // a status is replaced, and never away
				l.died = h.dir
			}
			continue
		}
		for _, letter := range drain(h.fd) {
			if l.take(h, letter); l.reached() {
				return
			}
		}
	}
}

// take takes in what one letter says.
func (l *listener) take(h *heard, letter byte) {
	switch letter {
	case s6dir.EventUp, s6dir.EventReady:
		h.up, h.ready = true, letter == s6dir.EventReady
	case s6dir.EventDown, s6dir.EventFinished:
		h.up, h.ready, h.down = false, letter == s6dir.EventFinished, true
	case s6dir.EventOnce:
		if l.aim.up && !h.failed {
			h.failed = true
			l.failed++
		}
	case s6dir.EventExit:
		if l.died == "" {
			l.died = h.dir
		}
	}
}

// close ends the subscriptions.
func (l *listener) close() {
	for _, h := range l.services {
		unsubscribe(h.fifo, h.fd)
	}
	if l.tell != nil {
		l.tell.close()
	}
}
