// Package records is where a boot leaves what it found out for those that come later in the same container, and whom they
// believe.
//
// The threat: /run may be a tmpfs that everybody can write (docker run --tmpfs /run), and root becomes what the app's record says.
// So a directory or a file of somebody else's, or one that others can write, is never believed: [ErrForeign].
package records

import (
	"encoding/json"
	"errors"
	"os"

	"github.com/berth-init/berth/internal/fsx"
)

const (
	// Dir is where a boot leaves its records; it ends with the container.
	Dir = "/run/berth"
	// BootFile is the record of the last boot, below Dir; anybody may read it, it holds no secret.
	BootFile = "boot.json"
	// AppFile is what the app's own name needs to become the app, below Dir; for root and the app only.
	AppFile = "app.json"

	maxSize = 64 << 20 // bytes; a step has about 200
)

// ErrForeign says that a record isn't believed.
var ErrForeign = errors.New("it belongs to somebody else, or others can write it")

// Make opens Dir for a boot of euid, making it if need be.
func Make(euid uint32) (*fsx.Dir, error) {
	if _, err := fsx.MakeAll(Dir, 0o755); err != nil {
		return nil, err
	}
	return trusted(Dir, euid)
}

// trusted opens a directory that belongs to euid and that nobody else can write.
func trusted(path string, euid uint32) (*fsx.Dir, error) {
	dir, err := fsx.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := dir.Info()
	if err == nil && (info.UID != euid || info.Perm&0o022 != 0) {
		err = ErrForeign
	}
	if err != nil {
		_ = dir.Close()
		return nil, err
	}
	return dir, nil
}

// Read reads a record into a value. Root believes root alone, anybody else also what is the caller's own.
func Read(name string, into any) error {
	dir, err := trusted(Dir, 0)
	if errors.Is(err, ErrForeign) {
		dir, err = trusted(Dir, uint32(os.Geteuid()))
	}
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	data, info, err := dir.Read(name, maxSize)
	if err != nil {
		return err
	}
	if owner, err := dir.Info(); err != nil || info.UID != owner.UID || info.Perm&0o022 != 0 {
		return errors.Join(ErrForeign, err)
	}
	return json.Unmarshal(data, into)
}
