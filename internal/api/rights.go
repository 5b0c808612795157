package api

import (
	"slices"
	"strings"
)

// A Grant lets others than root and the app's user see or control services by name. A user matches by any of the UIDs
// or by any group; a Grant that names neither matches nobody. A name that ends with "*" stands for all that begin so.
// Who controls a slot sees it too.
type Grant struct {
	UIDs    []uint32
	GIDs    []uint32
	See     []string
	Control []string
}

// matches says whether a grant is for a peer.
func (g Grant) matches(p Peer) bool {
	return slices.Contains(g.UIDs, p.UID) || slices.Contains(g.GIDs, p.GID) ||
		slices.ContainsFunc(g.GIDs, func(gid uint32) bool { return slices.Contains(p.Groups, gid) })
}

// rights are what one connection may do.
type rights struct {
	all     bool // root and the app's user
	see     []string
	control []string
}

// none says whether there is nothing that the peer may do.
func (r rights) none() bool { return !r.all && len(r.see) == 0 && len(r.control) == 0 }

func (r rights) sees(slot string) bool {
	return r.all || covers(r.see, slot) || covers(r.control, slot)
}

func (r rights) controls(slot string) bool { return r.all || covers(r.control, slot) }

func covers(patterns []string, slot string) bool {
	return slot != "" && slices.ContainsFunc(patterns, func(p string) bool {
		begin, open := strings.CutSuffix(p, "*")
		return p == slot || open && strings.HasPrefix(slot, begin)
	})
}

// rightsOf gives what a peer may do. The server's own user is let in beside root and the app's: where there is no root
// it is the one who could end the server anyway.
func (s *Server) rightsOf(p Peer) rights {
	if p.UID == 0 || p.UID == s.o.App || p.UID == s.self {
		return rights{all: true}
	}
	var r rights
	for _, g := range s.o.Allow {
		if g.matches(p) {
			r.see = append(r.see, g.See...)
			r.control = append(r.control, g.Control...)
		}
	}
	return r
}

// May says who may use a route.
type May string

// Who may.
const (
	Guests      May = "guests"      // whoever has any right
	Seers       May = "seers"       // who may see the slots that are named; without names the answer has what they may see
	Controllers May = "controllers" // who may control every slot that is named
	Owners      May = "owners"      // root and the app's user
)

// allows says whether rights suffice for a route with these slots, and names the first slot that they don't.
func (m May) allows(r rights, slots []string) (refused string, ok bool) {
	if r.all {
		return "", true
	}
	test := r.sees
	switch m {
	case Guests:
		return "", !r.none()
	case Seers:
	case Controllers:
		test = r.controls
	default:
		return "", false
	}
	for _, s := range slots {
		if !test(s) {
			return s, false
		}
	}
	return "", !r.none()
}
