package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"time"
)

// Options are what a server needs. Logs, Events, Profiles and Healer may be nil: there are none, and who asks is told so.
type Options struct {
	App        uint32  // uid of the app's user
	Allow      []Grant // who else may what
	About      Version
	Supervisor Supervisor
	Events     Events
	Logs       Logs
	Profiles   Profiles
	Healer     Healer
	Recorder   Recorder
	Trouble    func(error) // told of a handler that panicked; may be nil
}

// A Server answers on one socket.
type Server struct {
	o    Options
	self uint32
	http *http.Server
	end  context.CancelFunc
}

// New makes a server.
func New(o Options) *Server {
	s := &Server{o: o, self: uint32(os.Geteuid())}
	ctx, end := context.WithCancel(context.Background())
	s.end = end
	var only http.Protocols
	only.SetHTTP1(true)
	s.http = &http.Server{
		Handler:                      s.handler(),
		DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout:            headerTime,
		ReadTimeout:                  bodyTime,
		WriteTimeout:                 writeTime,
		IdleTimeout:                  idleTime,
		MaxHeaderBytes:               maxHeader,
		Protocols:                    &only,
		ErrorLog:                     slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // callers' mistakes are callers'
		BaseContext:                  func(net.Listener) context.Context { return ctx },
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, guestKey{}, c)
		},
	}
	return s
}

// Serve answers until Close, and then gives nil. The listener stays the caller's to close.
func (s *Server) Serve(l *Listener) error {
	who := peerOf
	if slices.ContainsFunc(s.o.Allow, func(g Grant) bool { return len(g.GIDs) > 0 }) {
		who = peerWithGroups
	}
	return s.serve(l.net, who)
}

func (s *Server) serve(l *net.UnixListener, who func(*net.UnixConn) (Peer, error)) error {
	err := s.http.Serve(&gate{UnixListener: l, who: who, rights: s.rightsOf})
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve the control socket: %w", err)
}

// Close takes no more requests, ends the streams, and gives the others until ctx ends. It may come before Serve.
func (s *Server) Close(ctx context.Context) error {
	s.end()
	if err := s.http.Shutdown(ctx); err != nil {
		return s.http.Close()
	}
	return nil
}

// record hands a change to the recorder before it is made: who waits for it may wait long.
func (s *Server) record(c *call, verb string, names []string) {
	c.peer = c.peer.named()
	s.o.Recorder.Record(Change{Time: time.Now().UTC(), Verb: verb, Names: names, Who: c.peer})
}

// A Change is something that was asked for and that the caller may have.
type Change struct {
	Time  time.Time
	Verb  string   // the route's name in lower case: start, stop, restart, reload, register, unregister, heal
	Names []string // slots or a profile; of heal the volume
	Who   Peer
}

// A Recorder is told of every change, and who asked for it, before it is made.
type Recorder interface{ Record(Change) }

type guestKey struct{}

// guestOf gives the connection that a request came by.
func guestOf(ctx context.Context) (*guest, bool) {
	g, ok := ctx.Value(guestKey{}).(*guest)
	return g, ok
}
