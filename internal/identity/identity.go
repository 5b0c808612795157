// Package identity says who the app is: the value that the other rooms pass around, the numbers a user may choose,
// and the passwd and group files of an image.
//
// The files are read as passwd(5) and group(5) have them, and rewritten byte for byte: a change touches the fields
// it is about and nothing else, so comments, NIS entries, CRLF, over-long lines and lines that nobody understands
// stay what they were. Fields are never trimmed: a user "\vroot" is not root. Uids and gids are unsigned 32 bit
// numbers; 4294967295 is the kernel's "no change" and 65535 its 16 bit twin (credentials(7)), so nobody may have them.
package identity

import "slices"

// Identity is the user an app runs as.
type Identity struct {
	Name   string
	UID    uint32
	GID    uint32
	Groups []uint32 // supplementary ones, sorted, without GID
	Home   string
	Umask  int // -1: as inherited
}

// Join adds a supplementary group. It reports whether the group was new; gid 0 is never joined, because files of
// group root are written for root.
func (i *Identity) Join(gid uint32) bool {
	if gid == 0 || gid == i.GID || slices.Contains(i.Groups, gid) {
		return false
	}
	i.Groups = append(slices.Clone(i.Groups), gid)
	slices.Sort(i.Groups)
	return true
}

// Inherited gives the groups that the engine's --group-add brought: those that berth was started with, less gid 0
// and the groups that /etc/group gives to root itself. Engines start root with the latter (Alpine's root is in disk,
// adm and wheel), and a group that can read the disk is no gift to an app.
func Inherited(groups, rootGroups []uint32) []uint32 {
	var kept []uint32
	for _, gid := range groups {
		if gid != 0 && !slices.Contains(rootGroups, gid) {
			kept = append(kept, gid)
		}
	}
	slices.Sort(kept)
	return slices.Compact(kept)
}
