package s6run

import (
	"errors"
	"strings"
	"time"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/s6dir"
)

// maxSubscribers bounds how many FIFOs are written to: the directory is its owner's to fill. The dead ones among them are
// removed, so that more come to their turn.
const maxSubscribers = 256

func now() s6dir.Stamp { return s6dir.StampOf(time.Now()) }

// change changes the status, writes it down, and then tells it: who waits for a letter looks at the status when it comes.
func (s *slot) change(f func(t *s6dir.Status), letters string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.status)
	s.write()
	s.ring(letters)
}

// write writes the status down; s.mu is held. One that can't be written costs nobody anything but the status.
func (s *slot) write() {
	if s.gone || s.control == nil {
		return
	}
	a := s.attr
	a.Mode = s6dir.StatusMode
	err := s.dir.Replace(s6dir.StatusAt, s.status.Append(nil), a)
	if err != nil && !s.full {
		go s.room.warn("make room, or make it writable; the service itself is not affected", s.name+": "+err.Error())
	}
	s.full = err != nil
}

// ring tells those who listen; s.mu is held. Whom a letter doesn't reach at once it doesn't reach.
func (s *slot) ring(letters string) {
	if s.gone || s.control == nil || letters == "" {
		return
	}
	events, err := s.dir.Sub(s6dir.Event)
	if err != nil {
		return // they took it away
	}
	defer func() { _ = events.Close() }()
	items, err := events.First(maxSubscribers)
	if err != nil {
		return
	}
	for _, it := range items {
		if it.Kind != fsx.FIFO || !strings.HasPrefix(it.Name, s6dir.Subscriber) {
			continue
		}
		if err := events.Ring(it.Name, []byte(letters)); errors.Is(err, fsx.ErrNobody) {
			_ = events.Remove(it.Name)
		}
	}
}

// tally adds the end of a run to those before it; s.mu is held.
func (s *slot) tally(d s6dir.Death, most int) {
	if s.gone || s.control == nil || most <= 0 {
		return
	}
	data, _, err := s.dir.Read(s6dir.Tally, s6dir.MaxDeaths*s6dir.DeathSize)
	if err != nil {
		data = nil
	}
	data = data[:len(data)/s6dir.DeathSize*s6dir.DeathSize]
	if over := len(data) - (most-1)*s6dir.DeathSize; over > 0 {
		data = data[over:]
	}
	a := s.attr
	a.Mode = s6dir.StatusMode
	_ = s.dir.Replace(s6dir.Tally, d.Append(data), a) // what the status's failure says goes for it too
}

// anew makes the status that of a slot that has just been taken up.
func (s *slot) anew(up bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.status != (s6dir.Status{}) {
		s.ring(string(s6dir.EventExit))
	}
	t := now()
	s.status = s6dir.Status{Changed: t, ReadyAt: t, WantUp: up, Ready: true}
	s.write()
	s.ring(string(s6dir.EventStart))
}
