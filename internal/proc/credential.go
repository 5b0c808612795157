package proc

import (
	"os"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

const becomeHint = "changing to another user needs root with the capabilities SETUID and SETGID; add them, or start as that user"

// A difference is what must be called to turn this process's identity into another.
type difference struct{ user, group, groups bool }

func (c difference) any() bool { return c.user || c.group || c.groups }

// change compares with the present identity. What is so already is not asked
// for again, so that a container without capabilities can run as it is. Where
// uid and gid are right and the groups can't be set, the groups that the engine
// gave stay; where another uid is asked for and the groups can't be set, it is
// refused: the child would keep root's groups.
func (as *Credential) change() (difference, error) {
	if as == nil {
		return difference{}, nil
	}
	ruid, euid, suid := unix.Getresuid()
	rgid, egid, sgid := unix.Getresgid()
	present, err := os.Getgroups()
	if err != nil {
		return difference{}, err
	}
	c := difference{
		user:   !same(int(as.UID), ruid, euid, suid),
		group:  !same(int(as.GID), rgid, egid, sgid),
		groups: !sameGroups(as.Groups, present),
	}
	caps, err := Effective()
	if err != nil {
		return difference{}, err
	}
	if !c.user && !c.group && !caps.Has(CapSetgid) {
		return difference{}, nil
	}
	if c.user && !caps.Has(CapSetuid) || (c.group || c.groups) && !caps.Has(CapSetgid) {
		return difference{}, syscall.EPERM
	}
	return c, nil
}

// same says that all three ids are the wanted one.
func same(want int, ids ...int) bool {
	return !slices.ContainsFunc(ids, func(id int) bool { return id != want })
}

// sameGroups compares two lists as sets.
func sameGroups(want []uint32, have []int) bool {
	for _, g := range want {
		if !slices.Contains(have, int(g)) {
			return false
		}
	}
	for _, g := range have {
		if !slices.Contains(want, uint32(g)) {
			return false
		}
	}
	return true
}

// become makes the calling thread, to which the goroutine is locked, what the
// credential says, for good. Only for a process that is about to call execve
// from that thread: it ends the other threads, and the program gets this one's
// identity (execve(2), credentials(7)). To change all threads, as package
// syscall does, signals each of them and costs a front door a tenth of its time.
func (as *Credential) become() error {
	c, err := as.change()
	if err != nil {
		return err
	}
	if c.groups {
		groups := make([]int, len(as.Groups))
		for n, g := range as.Groups {
			groups[n] = int(g)
		}
		if err := unix.Setgroups(groups); err != nil {
			return err
		}
	}
	if c.group {
		if err := setThread(sysSetresgid, as.GID); err != nil {
			return err
		}
	}
	if c.user {
		return setThread(sysSetresuid, as.UID)
	}
	return nil
}

// setThread sets all three ids of the calling thread. The names that unix has for it call package syscall's, which change
// every thread, and end the process where one of them may not: the one that fsx has for the app's user.
func setThread(call uintptr, id uint32) error {
	if _, _, err := unix.RawSyscall(call, uintptr(id), uintptr(id), uintptr(id)); err != 0 {
		return err
	}
	return nil
}

// mayExecute says whether the mode bits of a file give the credential execute (or
// search) permission; nil is this process's identity.
func (as *Credential) mayExecute(st *unix.Stat_t) bool {
	if as == nil {
		as = present()
	}
	bits := st.Mode & 0o111
	switch {
	case as.UID == 0:
		return bits != 0 || st.Mode&unix.S_IFMT == unix.S_IFDIR
	case as.UID == st.Uid:
		return bits&0o100 != 0
	case as.GID == st.Gid || slices.Contains(as.Groups, st.Gid):
		return bits&0o010 != 0
	}
	return bits&0o001 != 0
}

// present is the identity of this process.
func present() *Credential {
	as := &Credential{UID: uint32(os.Geteuid()), GID: uint32(os.Getegid())}
	groups, err := os.Getgroups()
	if err != nil {
		return as // the groups only widen what is allowed
	}
	for _, g := range groups {
		as.Groups = append(as.Groups, uint32(g))
	}
	return as
}
