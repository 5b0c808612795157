package rootfs

import (
	"errors"
	"io/fs"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/identity"
)

const (
	passwdFile = "etc/passwd"
	groupFile  = "etc/group"
	// maxAccounts bounds what is read of either: a directory service's dump has some hundred thousand lines.
	maxAccounts = 64 << 20
)

// ReadPasswd reads the image's passwd file. An image FROM scratch has none, which is fs.ErrNotExist.
func ReadPasswd(root *fsx.Dir) (*identity.Passwd, fsx.Info, error) {
	data, info, err := readAccounts(root, passwdFile)
	return identity.ParsePasswd(data), info, err
}

// ReadGroup reads the image's group file, as ReadPasswd does.
func ReadGroup(root *fsx.Dir) (*identity.GroupFile, fsx.Info, error) {
	data, info, err := readAccounts(root, groupFile)
	return identity.ParseGroup(data), info, err
}

// readAccounts reads an account file, a mounted one too (podman makes such a passwd): what is in it counts. It can't be
// replaced, which its Info tells: MountPoint.
func readAccounts(root *fsx.Dir, name string) ([]byte, fsx.Info, error) {
	data, info, err := root.Read(name, maxAccounts)
	if errors.Is(err, fsx.ErrMount) {
		data, info, err = root.ReadMount(name, maxAccounts)
		info.MountPoint = true
	}
	return data, info, err
}

// store replaces an account file in one step: somebody who looks a user up meanwhile finds the old file or the new
// one. Owner and mode stay.
func store(root *fsx.Dir, name string, data []byte, was fsx.Info) error {
	return root.Replace(name, data, fsx.Attr{UID: was.UID, GID: was.GID, Mode: was.Perm, Owner: true})
}

// etcWritable says why files of /etc can't be replaced: a container run with --read-only, or without capabilities.
func etcWritable(root *fsx.Dir) error {
	etc, err := root.Sub("etc")
	if err != nil {
		return err
	}
	defer func() { _ = etc.Close() }()
	return etc.Writable()
}

// missing says whether an account file is simply not there.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
