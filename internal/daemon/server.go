package daemon

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/spec"
)

// A server is the control socket with what answers on it. It comes up beside main, which doesn't wait for it.
type server struct {
	bound    sync.Once
	mu       sync.Mutex
	closed   bool
	listener *api.Listener
	server   *api.Server
}

// listen brings the control socket up and answers on it.
func (l *life) listen() {
	l.bind()
	s := l.services.server
	s.mu.Lock()
	server, listener := s.server, s.listener
	s.mu.Unlock()
	if server == nil {
		return
	}
	if err := server.Serve(listener); err != nil {
		l.o.warn("", "answer on the control socket: %v", err)
	}
}

// bind makes the control socket: who connects from now on is answered, if later. That it can't be made is told; main and
// the services run without it.
func (l *life) bind() { l.services.server.bound.Do(l.bindOnce) }

func (l *life) bindOnce() {
	w, s := l.world, l.services.server
	if value, _ := w.Lookup(api.SocketEnv); l.o.Develop != "" && value == "" {
		return // nothing outside the directory is changed on a developer's machine, unless it is asked for
	}
	var off []string
	if w.Path != "" {
		off = append(off, w.Path)
	}
	listener, err := api.Listen(context.Background(), api.Where{Getenv: getenv(w), Off: off})
	if err != nil {
		l.o.warn(api.HintFor(err), "listen on the control socket: %v; berth status, stop and the others don't answer", err)
		return
	}
	c := control{fleet: l.services.fleet, plugin: l.services.plugin}
	o := api.Options{
		App: w.Identity.UID, Allow: grants(w.Spec), Supervisor: c, Events: l.services.ring, Recorder: recorder{l},
		About:   api.Version{Version: l.o.Version, Pid: os.Getpid(), Started: l.started.UTC()},
		Trouble: func(err error) { l.o.warn("please report it", "answer on the control socket: %v", err) },
	}
	if c.fleet != nil || c.plugin != nil {
		o.Logs, o.Profiles = c, c
	}
	if l.healing != nil {
		o.Healer = l.healing
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = listener.Close()
		return
	}
	s.listener, s.server = listener, api.New(o)
}

// close takes the socket away.
func (s *server) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.server == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), lastWords)
	defer cancel()
	_ = errors.Join(s.server.Close(ctx), s.listener.Close())
}

// getenv answers for a variable of the container's environment.
func getenv(w *boot.World) func(string) string {
	return func(name string) string {
		value, _ := w.Lookup(name)
		return value
	}
}

// grants gives the rights that the spec gives to others. A per-profile service is all of its slots.
func grants(s *spec.Spec) []api.Grant {
	var all []api.Grant
	for _, a := range s.Control.Allow {
		var g api.Grant
		if a.UID != 0 {
			g.UIDs = []uint32{uint32(a.UID)}
		}
		if a.GID != 0 {
			g.GIDs = []uint32{uint32(a.GID)}
		}
		names := make([]string, len(a.Services))
		for i, name := range a.Services {
			if names[i] = name; s.Services[name].PerProfile {
				names[i] = name + "-*"
			}
		}
		if a.May == spec.MayControl {
			g.Control = names
		} else {
			g.See = names
		}
		all = append(all, g)
	}
	return all
}

// A recorder has every change told with who asked for it.
type recorder struct{ l *life }

// Record tells a change.
func (r recorder) Record(c api.Change) {
	r.l.note(boot.Info, c.Verb+" "+strings.Join(c.Names, ", ")+": asked by "+c.Who.String())
}
