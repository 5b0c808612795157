package api

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Peer is who is at the other end, as the kernel tells: the process that connected (to a client: that listened) and
// whose rights it had then.
type Peer struct {
	UID    uint32
	GID    uint32
	Groups []uint32 // supplementary ones, where somebody's rights depend on them
	PID    int      // 0 if it lives in another pid namespace
	Comm   string   // the program's name when it was looked at; the program chooses it
}

func (p Peer) String() string {
	who := "uid " + strconv.FormatUint(uint64(p.UID), 10)
	if p.PID != 0 {
		who += ", pid " + strconv.Itoa(p.PID)
	}
	if p.Comm != "" {
		who += " (" + p.Comm + ")"
	}
	return who
}

// named is the peer with its program's name, as far as it can still be had.
func (p Peer) named() Peer {
	if p.PID > 0 && p.Comm == "" {
		if unsafeComm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", p.PID)); err == nil {
			p.Comm = plain(string(bytes.TrimSpace(unsafeComm)))
		}
	}
	return p
}

// plain makes a program's name fit for a line of the log.
func plain(unsafeText string) string {
	return strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) || r == '(' || r == ')' {
			return '?'
		}
		return r
	}, unsafeText)
}

// peerOf asks the kernel who is at the other end of a connection.
func peerOf(c *net.UnixConn) (Peer, error) {
	var peer Peer
	err := onSocket(c, func(fd int) error {
		cred, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
		if err == nil {
			peer = Peer{UID: cred.Uid, GID: cred.Gid, PID: int(cred.Pid)}
		}
		return err
	})
	if err != nil {
		return Peer{}, fmt.Errorf("ask who is there: %w", err)
	}
	return peer, nil
}

// peerWithGroups is peerOf with the supplementary groups (SO_PEERGROUPS, Linux 4.13), which decide nothing where the
// kernel doesn't tell them.
func peerWithGroups(c *net.UnixConn) (Peer, error) {
	peer, err := peerOf(c)
	if err == nil {
		_ = onSocket(c, func(fd int) (err error) { peer.Groups, err = peerGroups(fd); return err })
	}
	return peer, err
}

func onSocket(c *net.UnixConn, f func(fd int) error) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	if cerr := raw.Control(func(fd uintptr) { err = f(int(fd)) }); cerr != nil {
		return cerr
	}
	return err
}

// peerGroups reads a list that the library has no call for. The kernel says how long it is when the room is too small.
func peerGroups(fd int) ([]uint32, error) {
	const one = 4 // bytes of a gid_t
	size := uint32(64 * one)
	for range 4 {
		buf := make([]byte, size)
		_, _, no := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_PEERGROUPS,
			uintptr(unsafe.Pointer(&buf[0])), uintptr(unsafe.Pointer(&size)), 0)
		if no == unix.ERANGE {
			continue
		}
		if no != 0 {
			return nil, no
		}
		groups := make([]uint32, 0, size/one)
		for b := buf[:size]; len(b) >= one; b = b[one:] {
			groups = append(groups, binary.NativeEndian.Uint32(b))
		}
		return groups, nil
	}
	return nil, errors.New("the list of groups never rests")
}
