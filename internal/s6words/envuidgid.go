package s6words

import (
	"strconv"
	"strings"

	"github.com/berth-init/berth/internal/chain"
)

const envuidgidUsage = "s6-envuidgid [ -u | -g | -B ] [ -n ] [ -i | -D uid:gid:gidlist ] account prog..."

// envuidgid puts the numbers of an account into UID, GID and GIDLIST.
func envuidgid(c *chain.Call) int {
	user, group, list := true, true, true
	figures, good := false, true
	var fallback *ids
	rest, ok := chain.Options(c.Args, "ugBniD:", func(f byte, v string) {
		switch f {
		case 'u', 'g', 'B':
			user, group, list = f != 'g', f != 'u', false
		case 'n':
			figures = true
		case 'i':
			fallback = nil
		case 'D':
			fallback = parseDefault(v)
			good = good && fallback != nil
		}
	})
	if !ok || !good || len(rest) < 2 {
		return c.Wrong(envuidgidUsage)
	}
	n := naming{c: c, account: rest[0], figures: figures, fallback: fallback}
	if figures && list { // numbers have no list of groups
		list = false
	}
	var who ids
	var code int
	if list {
		who, code = n.whole()
	} else {
		who, code = n.parts(user, group)
	}
	if code != 0 {
		return code
	}
	if user {
		c.Set("UID", decimal(who.uid))
	}
	if group {
		c.Set("GID", decimal(who.gid))
	}
	if list {
		c.Set("GIDLIST", joinGroups(who.groups))
	}
	return c.Next(rest[1:])
}

func decimal(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

// A naming turns what an account is called into numbers.
type naming struct {
	c        *chain.Call
	account  string
	figures  bool // numbers will do where there is no such name
	fallback *ids // where there is none at all
}

// whole looks a user up, with gid and groups.
func (n naming) whole() (ids, int) {
	who, err := user(n.account)
	if err == nil && who != nil {
		who.groups, err = groupsOf(n.account)
	}
	switch {
	case err != nil:
		return ids{}, n.c.Fail(chain.System, "look up user %q: %s", n.account, chain.Reason(err))
	case who != nil:
		return *who, 0
	}
	if n.fallback != nil {
		return *n.fallback, 0
	}
	return ids{}, n.c.Fail(1, "look up user %q: %s has none of this name", n.account, passwdFile)
}

// parts looks up a user, a group, or both with a colon between.
func (n naming) parts(wantUser, wantGroup bool) (ids, int) {
	u, g := n.account, n.account
	hasUser, hasGroup := wantUser, wantGroup
	if wantUser && wantGroup {
		var both bool
		u, g, both = strings.Cut(n.account, ":")
		hasUser, hasGroup = u != "" || !both, g != ""
	}
	var who ids
	if n.fallback != nil {
		who = *n.fallback
	}
	if hasUser {
		is, err := user(u)
		if err != nil {
			return who, n.c.Fail(chain.System, "look up user %q: %s", u, chain.Reason(err))
		}
		uid, used := figuresAt(u)
		switch {
		case is != nil:
			who.uid = is.uid
		case n.figures && used > 0:
			who.uid = uid
		case n.fallback == nil:
			return who, n.c.Fail(1, "look up user %q: %s has none of this name", u, passwdFile)
		}
	}
	if hasGroup {
		gid, found, err := group(g)
		if err != nil {
			return who, n.c.Fail(chain.System, "look up group %q: %s", g, chain.Reason(err))
		}
		literal, used := figuresAt(g)
		switch {
		case found:
			who.gid = gid
		case n.figures && used > 0:
			who.gid = literal
		case n.fallback == nil:
			return who, n.c.Fail(1, "look up group %q: %s has none of this name", g, groupFile)
		}
	}
	return who, 0
}

// figuresAt reads the number at the head of a text, and gives how many figures it has.
func figuresAt(text string) (n uint32, used int) {
	for used < len(text) && text[used] >= '0' && text[used] <= '9' {
		used++
	}
	n, _ = number(text[:used])
	return n, used
}

// parseDefault reads uid:gid:gidlist, of which the end may be left out; nil if it is none.
func parseDefault(text string) *ids {
	u, rest, _ := strings.Cut(text, ":")
	g, list, _ := strings.Cut(rest, ":")
	uid, ok := number(u)
	gid, ok2 := number(g)
	groups, ok3 := parseGroups(list)
	if !ok || g != "" && !ok2 || list != "" && !ok3 {
		return nil
	}
	return &ids{uid, gid, groups}
}

// parseGroups reads numbers with commas between, up to what is none; the first has to be one.
func parseGroups(text string) ([]uint32, bool) {
	var list []uint32
	for f := range strings.SplitSeq(text, ",") {
		n, used := figuresAt(f)
		if used == 0 {
			break
		}
		list = append(list, n)
		if used < len(f) {
			break
		}
	}
	return list, len(list) > 0
}

func joinGroups(groups []uint32) string {
	b := make([]byte, 0, 8*len(groups))
	for i, g := range groups {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, uint64(g), 10)
	}
	return string(b)
}
