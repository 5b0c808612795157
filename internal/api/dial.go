package api

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
	"time"
)

// dial connects to the first place of the list where somebody answers who is believed. Nothing is sent to anybody else.
func (c *Client) dial(ctx context.Context) (*net.UnixConn, error) {
	uids := []uint32{c.self, 0}
	if first, ok := ownerOfFirst(); ok {
		uids = append(uids, first)
	}
	var odd error
	places := c.roots.places(c.getenv, uids...)
	for _, p := range places {
		conn, err := c.connect(ctx, p.path())
		if err == nil {
			return conn, nil
		}
		if ctx.Err() != nil {
			return nil, broken(ctx, err)
		}
		if odd == nil && !nobody(err) {
			odd = err
		}
	}
	if odd != nil {
		return nil, odd
	}
	return nil, Errorf(Nobody, "is berth PID 1 of this container? BERTH_SOCKET names its socket if it isn't at "+places[0].path(),
		"ask berth: %w on the control socket", ErrNobody)
}

// nobody says that a place has no server, as opposed to one that can't be reached or believed.
func nobody(err error) bool {
	for _, no := range []error{fs.ErrNotExist, syscall.ECONNREFUSED, syscall.ENOTDIR} {
		if errors.Is(err, no) {
			return true
		}
	}
	return false
}

// connect connects to a path and asks the kernel who listens there. A queue that is full (EAGAIN) is one of a server that is
// busy: root is served in its turn.
func (c *Client) connect(ctx context.Context, path string) (*net.UnixConn, error) {
	var dialer net.Dialer
	wait := time.Millisecond
	for {
		conn, err := dialer.DialContext(ctx, "unix", path)
		if err == nil {
			return c.believe(conn, path)
		}
		switch {
		case errors.Is(err, fs.ErrPermission):
			return nil, Errorf(Forbidden, "ask as root or as the app's user", "connect to %s: %w", path, syscall.EACCES)
		case !errors.Is(err, syscall.EAGAIN):
			if no, ok := errors.AsType[syscall.Errno](err); ok {
				err = no
			}
			return nil, fmt.Errorf("connect to %s: %w", path, err)
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(wait):
			wait = min(2*wait, 50*time.Millisecond)
		}
	}
}

// believe gives the connection back if who listens is PID 1, root or the caller's own user: anybody can put a socket into
// /tmp, and what it says would be believed by root.
func (c *Client) believe(conn net.Conn, path string) (*net.UnixConn, error) {
	u, ok := conn.(*net.UnixConn)
	if !ok {
		_ = conn.Close()
		return nil, errors.New("connect to " + path + ": it is no unix socket")
	}
	peer, err := peerOf(u)
	if err == nil && peer.PID != 1 && peer.UID != 0 && peer.UID != c.self {
		err = Errorf(Untrusted, "find out what it is; BERTH_SOCKET names berth's own socket",
			"connect to %s: %s listens there, which is neither PID 1, root nor this user", path, peer)
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return u, nil
}

// ownerOfFirst gives the user of PID 1, where a server without root has its place.
func ownerOfFirst() (uint32, bool) {
	info, err := os.Stat("/proc/1")
	if err != nil {
		return 0, false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return st.Uid, true
}
