package probe

import (
	"errors"
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// A Socket receives notify messages of all services.
type Socket struct{ conn *net.UnixConn }

// Listen makes a socket in the abstract namespace, under a name that the kernel chooses: it needs no directory, so it
// works on a read-only root, and it is gone with the process. Who shares the container's network namespace can send to
// it; that is what [Sender] is for.
func Listen() (*Socket, error) {
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram"})
	if err != nil {
		return nil, fmt.Errorf("listen for notify messages: %w", err)
	}
	return NewSocket(conn)
}

// NewSocket takes a datagram socket that is bound already, and owns it, also after an error.
func NewSocket(conn *net.UnixConn) (*Socket, error) {
	raw, err := conn.SyscallConn()
	if err == nil {
		var failed error
		err = raw.Control(func(fd uintptr) { failed = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_PASSCRED, 1) })
		err = errors.Join(err, failed)
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("listen for notify messages: %w", err)
	}
	return &Socket{conn}, nil
}

// Name is what the services' NOTIFY_SOCKET says.
func (s *Socket) Name() string { return s.conn.LocalAddr().String() }

// Close ends Serve.
func (s *Socket) Close() error { return s.conn.Close() }

// Serve gives each message with its sender until the socket is closed. One that can't be read is given with the
// reason: somebody is confused, or a stranger.
func (s *Socket) Serve(handle func(c Credentials, m Message, err error)) error {
	buf := make([]byte, MostMessage+1)
	// Room for the credentials alone: the kernel puts them first, and drops descriptors for which there is no room.
	oob := make([]byte, unix.CmsgSpace(unix.SizeofUcred))
	for {
		n, k, flags, _, err := s.conn.ReadMsgUnix(buf, oob)
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("receive notify message: %w", err)
		}
		c, err := credentials(oob[:k])
		var m Message
		if err == nil && flags&unix.MSG_TRUNC != 0 {
			n = len(buf)
		}
		if err == nil {
			m, err = ParseMessage(buf[:n])
		}
		handle(c, m, err)
	}
}

var errNobody = errors.New("the kernel doesn't say who sent it")

// credentials reads who sent a message. A descriptor that came along all the same is closed.
func credentials(oob []byte) (c Credentials, err error) {
	err = fmt.Errorf("receive notify message: %w", errNobody)
	parts, _ := unix.ParseSocketControlMessage(oob)
	for _, part := range parts {
		if fds, ferr := unix.ParseUnixRights(&part); ferr == nil {
			for _, fd := range fds {
				_ = unix.Close(fd)
			}
		}
		if u, uerr := unix.ParseUnixCredentials(&part); uerr == nil {
			c, err = Credentials{PID: int(u.Pid), UID: u.Uid, GID: u.Gid}, nil
		}
	}
	return c, err
}
