package s6

import (
	"sync"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/daemon"
	"github.com/berth-init/berth/internal/front"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/s6rc"
	"github.com/berth-init/berth/internal/s6run"
	"github.com/berth-init/berth/internal/spec"
)

// A plugin is one container's life under s6-overlay's rules.
type plugin struct {
	known func(name string) bool // the names of programs that berth is
	why   string
	bare  bool // the image has no spec: it runs as whoever started it

	host     daemon.Host
	settings s6rc.Settings
	image    *s6rc.Image
	at       *place
	path     string // of everything that is started
	wait     waiting
	logger   *catchall
	room     *s6run.Room
	lines    lines

	mu      sync.Mutex
	running map[*proc.Process]bool // scripts, oneshots, the logger
}

// Guest gives the plug-in, with the spec for an image that has none, if the image asks for it; known says which names of
// programs are berth itself. An image that doesn't costs a few looks at names.
func Guest(known func(name string) bool) func(environ []string) *front.Guest {
	return func(environ []string) *front.Guest {
		root, err := fsx.Open("/")
		if err != nil {
			return nil
		}
		defer func() { _ = root.Close() }()
		on, why := s6rc.Switched(root, lookup(environ))
		if !on {
			return nil
		}
		p := &plugin{known: known, why: why, running: map[*proc.Process]bool{}}
		return &front.Guest{Plugin: p, Spec: func() *spec.Spec {
			p.bare = true
			return &spec.Spec{Version: 1, User: spec.User{AsStarted: true}}
		}}
	}
}

// Phases lay out /run, run the image's hook and read its sources.
func (p *plugin) Phases(h daemon.Host) []boot.Phase {
	p.host = h
	return []boot.Phase{
		boot.Func("s6 layout", p.layOut), boot.Func("s6 hook", p.hook), boot.Func("s6 sources", p.sources),
	}
}

// level is how much S6_VERBOSITY lets through.
const (
	levelError = iota
	levelWarn
	levelInfo
)

// say tells a line as s6-overlay does, if it speaks so much.
func (p *plugin) say(level int, who, text string) {
	if p.settings.Verbosity < level {
		return
	}
	kind := "info"
	switch level {
	case levelError:
		kind = "fatal"
	case levelWarn:
		kind = "warning"
	}
	p.host.Tell(boot.Note{Level: boot.Plain, Text: who + ": " + kind + ": " + text})
}

// warn tells what is degraded, in berth's own way.
func (p *plugin) warn(hint, text string) {
	p.host.Tell(boot.Note{Level: boot.Warning, Text: text, Hint: hint})
}

// lookup answers for a variable of an environment; the last one counts.
func lookup(environ []string) func(name string) (string, bool) {
	w := boot.World{Environ: environ}
	return w.Lookup
}
