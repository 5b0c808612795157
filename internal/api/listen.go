package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/berth-init/berth/internal/fsx"
)

// Where says where the control socket may lie.
type Where struct {
	Getenv func(string) string
	Off    []string // directories that it must not lie in: the volumes, where the app could put another in its place

	roots *roots // of tests
}

// A Listener is the control socket, bound.
type Listener struct {
	Path   string
	Passed []error // why better places of the list were passed over; each names its place

	socket *fsx.Listener
	net    *net.UnixListener
}

// Listen binds the control socket at the first place of the list that takes it, or at the one that [SocketEnv] names.
// A socket that somebody answers at ends the search: clients would find that one first. ctx bounds the wait for another
// berth that starts at the same moment.
func Listen(ctx context.Context, w Where) (*Listener, error) {
	r := standard()
	if w.roots != nil {
		r = *w.roots
	}
	uid := uint32(os.Geteuid())
	var passed []error
	for _, p := range r.places(w.Getenv, uid) {
		l, err := p.listen(ctx, uid, w.Off)
		if err == nil {
			l.Passed = passed
			return l, nil
		}
		err = fmt.Errorf("listen at %s: %w", p.path(), err)
		switch {
		case errors.Is(err, fsx.ErrAnswers):
			return nil, Errorf(Conflict, "give this one a socket of its own: BERTH_SOCKET=PATH", "%w", err)
		case p.wished:
			return nil, Errorf(Failed, "let BERTH_SOCKET name a path of at most 107 bytes that isn't on the volume, in a directory that only root can write", "%w", err)
		}
		passed = append(passed, err)
	}
	return nil, Errorf(Failed, "mount a tmpfs at /run, or name a place with BERTH_SOCKET", "%w", errors.Join(passed...))
}

func (p place) listen(ctx context.Context, uid uint32, off []string) (*Listener, error) {
	dir, err := p.open(uid, off)
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }()
	socket, err := dir.Listen(ctx, p.name, 0o666)
	if err != nil {
		return nil, err
	}
	l := &Listener{Path: p.path(), socket: socket}
	if l.net, err = listener(socket); err != nil {
		_ = socket.Close()
		return nil, err
	}
	return l, nil
}

func listener(socket *fsx.Listener) (*net.UnixListener, error) {
	f, err := socket.File()
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	l, err := net.FileListener(f)
	if err != nil {
		return nil, err
	}
	unix, ok := l.(*net.UnixListener)
	if !ok {
		_ = l.Close()
		return nil, errors.New("it is no unix socket")
	}
	return unix, nil
}

// Close removes the socket's name, then closes it. Close the server first, and this at once: who connects in between
// waits for nobody.
func (l *Listener) Close() error {
	err := l.socket.Close()
	if cerr := l.net.Close(); err == nil && !errors.Is(cerr, net.ErrClosed) { // the server has closed it
		err = cerr
	}
	return err
}
