package fsx

import (
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// alike is what the visitor has said of all the files of one owner, so that it needn't be asked about each: a big tree that
// is handed over has a million of them.
type alike struct {
	uid, gid uint32        // whose they are
	to       [2]uint32     // whose they will be
	count    *atomic.Int64 // nil: nothing was said
	n        int64         // that are not in count yet
}

// Alike says that more files of this one's owner are to be handed over as it was, without a word: regular ones of one name, and
// only where names are sealed. Their number is added to count, at the latest when the survey ends.
func (s *Stray) Alike(uid, gid uint32, count *atomic.Int64) {
	a := &s.w.alike
	if a.count == count && a.uid == s.Info.UID && a.gid == s.Info.GID && a.to == [2]uint32{uid, gid} {
		return
	}
	a.settle()
	*a = alike{uid: s.Info.UID, gid: s.Info.GID, to: [2]uint32{uid, gid}, count: count}
}

// settle tells how many there were. Threads that counted each at one place would wait for each other.
func (a *alike) settle() {
	if a.n > 0 {
		a.count.Add(a.n)
		a.n = 0
	}
}

// ownAlike hands over what the last look saw, if it is one of those that were spoken of. All else, what fails too, is the
// visitor's to judge.
func (w *worker) ownAlike(d *folder, name []byte) bool {
	a, st := &w.alike, &w.st
	if !d.sealed || a.count == nil || st.Uid != a.uid || st.Gid != a.gid || st.Nlink != 1 || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return false
	}
	// A seal needs a kernel that marks what something is mounted on, see seal. A file may be.
	if st.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0 || st.Mnt_id != w.v.home.id {
		return false
	}
	if watched() || w.v.halted() || w.chown(d.fd, name, a.to[0], a.to[1]) != nil {
		return false
	}
	a.n++
	return true
}
