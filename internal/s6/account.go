package s6

import (
	"errors"
	"slices"

	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/rootfs"
)

var errNoAccount = errors.New("there is no such account")

// groupsOf gives a user of the image as one who runs programs: with the groups that /etc/group gives to the account of that
// uid. The group is the account's own unless it is a member of that one: a directory's group makes nobody a member. It is
// read each time, since scripts change it.
func (p *plugin) groupsOf(uid, gid uint32) (*proc.Credential, error) {
	as := &proc.Credential{UID: uid, GID: gid}
	if gid == 0 {
		as.GID = uid
	}
	passwd, _, err := rootfs.ReadPasswd(p.host.World.Root)
	if err != nil {
		return as, nil //nolint:nilerr // an image without accounts: the numbers alone
	}
	account, ok := passwd.ByUID(uid)
	if !ok {
		return as, nil
	}
	as.GID = account.GID
	if group, _, err := rootfs.ReadGroup(p.host.World.Root); err == nil {
		if slices.Contains(group.Of(account.Name, account.GID), gid) {
			as.GID = gid
		}
		as.Groups = group.Of(account.Name, as.GID)
	}
	return as, nil
}
