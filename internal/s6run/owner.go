package s6run

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/proc"
)

// othersWrite are the rights by which not root alone says what stands there: who is in a group is the image's to say.
const othersWrite = 0o022

// shared refuses what is root's and isn't root's alone.
type shared struct{ path string }

func (e *shared) Error() string { return "others may write " + e.path + ", and it would run as root" }

func (*shared) Hint() string {
	return "chmod go-w it, or chown it to the user as whom it is to run"
}

// ownedBy says whose things are that are made in a directory: the directory's owner's, so that who put it there may control
// it. Who isn't root makes only what is their own.
func ownedBy(in fsx.Info) fsx.Attr {
	a := fsx.Attr{Fleeting: true}
	if os.Geteuid() == 0 {
		a.UID, a.GID, a.Owner = in.UID, in.GID, true
	}
	return a
}

// as says as whom a program of the directory is run, asked anew at each start: as the first stranger on the way to it, where
// a client put the directory there. nil is as this process.
func (s *slot) as(name string) (*proc.Credential, error) {
	if !s.dynamic {
		return nil, nil //nolint:nilnil // the image's, as we are
	}
	if os.Geteuid() != 0 {
		return nil, s.ours(name)
	}
	_, found, err := s.stranger(name)
	switch {
	case err != nil:
		return nil, err
	case found == nil:
		return nil, nil //nolint:nilnil // root's, as we are
	case found.uid == 0:
		return nil, &shared{found.path}
	case s.room.o.As != nil:
		return s.room.o.As(found.uid, found.gid)
	case found.gid == 0: // a directory in root's group makes nobody a member of it
		return &proc.Credential{UID: found.uid, GID: found.uid}, nil
	}
	return &proc.Credential{UID: found.uid, GID: found.gid}, nil
}

// ours refuses what is another user's where we aren't root.
func (s *slot) ours(name string) error {
	in, err := s.dir.Info()
	if err != nil {
		return err
	}
	uid, me := in.UID, uint32(os.Geteuid())
	var st unix.Stat_t
	if err := unix.Stat(s.dir.Through()+"/"+name, &st); err == nil && uid == 0 { // through a link, as the program is run
		uid = st.Uid
	}
	if uid != me && uid != 0 {
		return fmt.Errorf("run as uid %d: berth is uid %d and can't become another user", uid, me)
	}
	return nil
}
