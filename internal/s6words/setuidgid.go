package s6words

import (
	"strings"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/proc"
)

// setuidgid becomes the user of an account, with its groups as they are now, and then the program. What is so already needs no
// right to change it.
func setuidgid(c *chain.Call) int {
	rest, ok := chain.Options(c.Args, "", nil)
	if !ok || len(rest) < 2 {
		return c.Wrong("s6-setuidgid account prog...")
	}
	account, prog := rest[0], rest[1:]
	if account == "" {
		return c.Next(prog)
	}
	who, code := lookUp(c, account)
	if who == nil {
		return code
	}
	if !strings.Contains(account, ":") { // as the real one does, by which these go through the environment
		unsetIDs(c)
	}
	return becomeAndRun(c, &proc.Credential{UID: who.uid, GID: who.gid, Groups: withGroup(who.gid, who.groups)}, prog)
}

func unsetIDs(c *chain.Call) {
	for _, name := range []string{"UID", "GID", "GIDLIST"} {
		c.Unset(name)
	}
}

// withGroup puts a group in front of a list, as the real ones do when they set one.
func withGroup(gid uint32, list []uint32) []uint32 { return append([]uint32{gid}, list...) }

// lookUp finds who an account is: a user's name, or uid:gid in figures, or a user's number.
func lookUp(c *chain.Call, account string) (*ids, int) {
	if u, g, both := strings.Cut(account, ":"); both {
		uid, ok := number(u)
		gid, ok2 := number(g)
		if !ok || !ok2 {
			return nil, c.Wrong("s6-setuidgid account prog... (an account with a colon is two numbers, uid:gid)")
		}
		return &ids{uid: uid, gid: gid}, 0
	}
	who, err := user(account)
	if who == nil && err == nil {
		if uid, ok := number(account); ok {
			if account, err = userOf(uid); account != "" && err == nil {
				who, err = user(account)
			}
		}
	}
	if err != nil {
		return nil, c.Fail(chain.System, "read %s: %s", passwdFile, chain.Reason(err))
	}
	if who == nil {
		return nil, c.Fail(1, "look up user %q: %s has none of this name", c.Args[0], passwdFile)
	}
	if who.groups, err = groupsOf(account); err != nil {
		return nil, c.Fail(chain.System, "read %s: %s", groupFile, chain.Reason(err))
	}
	return who, 0
}

// becomeAndRun changes who this thread is, and becomes the program from it: other threads are who they were, so no word is
// called here any more.
func becomeAndRun(c *chain.Call, as *proc.Credential, prog []string) int {
	if err := proc.Become(as); err != nil {
		return c.Fail(chain.System, "become uid %d, gid %d: %s", as.UID, as.GID, reason(err))
	}
	c.Find = nil
	return c.Next(prog)
}
