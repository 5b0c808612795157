package s6

import (
	"sync"

	"github.com/berth-init/berth/internal/s6rc"
	"github.com/berth-init/berth/internal/supervise"
)

// lines hears every event of the slots: it passes them on, says those of the image's longruns and oneshots as s6-rc does,
// and remembers what was up once.
type lines struct {
	p     *plugin
	atoms map[string]bool

	mu    sync.Mutex
	began map[string]bool // said to be starting, and not yet said to be down
	up    map[string]bool // said to be up
}

// begin takes the names of the image.
func (l *lines) begin(p *plugin) {
	l.p, l.atoms, l.began, l.up = p, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i := range p.image.Services {
		l.atoms[p.image.Services[i].Name] = true
	}
}

// Event takes one event.
func (l *lines) Event(e supervise.Event) {
	l.p.host.Sink.Event(e)
	if !l.atoms[e.Slot] || e.From == e.To {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	say := func(text string) { l.p.say(levelInfo, "s6-rc", "service "+e.Slot+": "+text) }
	switch e.To {
	case supervise.Starting:
		if !l.began[e.Slot] {
			l.began[e.Slot] = true
			say("starting")
		}
	case supervise.Ready:
		if !l.up[e.Slot] {
			l.up[e.Slot] = true
			say("successfully started")
		}
	case supervise.Stopping, supervise.Killing:
		if l.up[e.Slot] {
			l.up[e.Slot] = false
			say("stopping")
		}
	case supervise.Down:
		if l.began[e.Slot] {
			l.began[e.Slot], l.up[e.Slot] = false, false
			if e.Slot != s6rc.LegacyStep || e.From != supervise.Waiting {
				say("successfully stopped")
			}
		}
	default:
	}
}
