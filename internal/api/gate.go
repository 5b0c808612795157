package api

import (
	"net"
	"sync"
)

// A gate accepts connections, learns from the kernel who is there, and turns away those of a user who has too many.
// Nothing of a connection is read for it.
type gate struct {
	*net.UnixListener
	who    func(*net.UnixConn) (Peer, error)
	rights func(Peer) rights

	mu                sync.Mutex
	perUser           map[uint32]int
	strangers, others int
}

// A guest is a connection with the one who made it.
type guest struct {
	*net.UnixConn
	peer   Peer
	rights rights
	leave  func()
}

// Accept gives the next connection that may stay.
func (g *gate) Accept() (net.Conn, error) {
	for {
		c, err := g.AcceptUnix()
		if err != nil {
			return nil, err
		}
		peer, err := g.who(c)
		if err != nil {
			_ = c.Close()
			continue
		}
		r := g.rights(peer)
		leave, ok := g.enter(peer.UID, r.none())
		if !ok {
			_ = c.Close()
			continue
		}
		return &guest{UnixConn: c, peer: peer, rights: r, leave: leave}, nil
	}
}

// enter counts a connection in, if there is room for its user. Users without rights share one room: they can be many.
func (g *gate) enter(uid uint32, stranger bool) (leave func(), ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.perUser == nil {
		g.perUser = map[uint32]int{}
	}
	switch {
	case uid == 0 && g.perUser[uid] >= maxRoot,
		uid != 0 && (g.perUser[uid] >= maxPerUser || g.others >= maxOthers),
		stranger && g.strangers >= maxStrangers:
		return nil, false
	}
	g.count(uid, stranger, 1)
	return sync.OnceFunc(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.count(uid, stranger, -1)
	}), true
}

func (g *gate) count(uid uint32, stranger bool, n int) {
	if g.perUser[uid] += n; g.perUser[uid] == 0 {
		delete(g.perUser, uid)
	}
	if uid != 0 {
		g.others += n
	}
	if stranger {
		g.strangers += n
	}
}

// Close counts the connection out.
func (c *guest) Close() error {
	err := c.UnixConn.Close()
	c.leave()
	return err
}
