package s6run

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/proc"
)

const othersWrite = 0o002

var errOthers = errors.New("everybody may write it, and it would run as root")

// ownedBy says whose things are that are made in a directory: the directory's owner's, so that who put it there may control
// it. Who isn't root makes only what is their own.
func ownedBy(in fsx.Info) fsx.Attr {
	a := fsx.Attr{Fleeting: true}
	if os.Geteuid() == 0 {
		a.UID, a.GID, a.Owner = in.UID, in.GID, true
	}
	return a
}

// runsAs says as whom a directory that a client put into the scan directory is run: as who owns it, or its program, if
// that isn't root. nil is as this process.
func (r *Room) runsAs(d *fsx.Dir, in fsx.Info) (*proc.Credential, error) {
	var st unix.Stat_t
	uid, gid, perm := in.UID, in.GID, in.Perm
	if err := unix.Stat(d.Through()+"/run", &st); err == nil { // through a link, as the program is run
		perm |= st.Mode
		if uid == 0 {
			uid, gid = st.Uid, st.Gid
		}
	}
	if me := uint32(os.Geteuid()); me != 0 {
		if uid != me && uid != 0 {
			return nil, fmt.Errorf("run as uid %d: berth is uid %d and can't become another user", uid, me)
		}
		return nil, nil //nolint:nilnil // as we are
	}
	switch {
	case uid != 0 && r.o.As != nil:
		return r.o.As(uid, gid)
	case uid != 0:
		return &proc.Credential{UID: uid, GID: gid}, nil
	case perm&othersWrite != 0:
		return nil, errOthers
	}
	return nil, nil //nolint:nilnil // as we are
}
