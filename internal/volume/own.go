package volume

import (
	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// mayOwn says whether an entry of this kind and count of names may be handed to the app's user at all. A device would
// hand out what it stands for. What has other names may be a file of root's that lies elsewhere: whoever may write the
// directory can have planted the name (link(2), where fs.protected_hardlinks is 0).
func mayOwn(in fsx.Info) error {
	switch in.Kind {
	case fsx.Regular, fsx.Symlink, fsx.FIFO, fsx.Socket:
		if in.Nlink > 1 {
			return fsx.ErrHardlink
		}
		return nil
	case fsx.Directory:
		return nil
	default:
		return fsx.ErrKind
	}
}

// ownFile hands a pinned entry to the app's user. The count of names is believed only after the name has been proven to
// lead to the pin: who removes the planted name meanwhile leaves a count of 1, and that one name is elsewhere.
func ownFile(w *boot.World, e *fsx.Entry) error {
	if err := e.StillAt(); err != nil {
		return err
	}
	in := e.Info()
	if in.UID == w.Identity.UID && in.GID == w.Identity.GID {
		return boot.ErrMoot
	}
	if err := mayOwn(in); err != nil {
		return err
	}
	return e.Chown(w.Identity.UID, w.Identity.GID)
}
