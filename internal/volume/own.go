package volume

import (
	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// mayOwn says whether an entry of this kind and count of names may be handed to the app's user at all. A device would
// hand out what it stands for. What has other names may be a file of root's that lies elsewhere: whoever may write the
// directory can have planted the name (link(2), where fs.protected_hardlinks is 0).
// The app's own files are its to link, and package managers do: those of the app's user before it was moved follow it.
func mayOwn(w *boot.World, in fsx.Info) error {
	switch in.Kind {
	case fsx.Regular, fsx.Symlink, fsx.FIFO, fsx.Socket:
		if in.Nlink > 1 && !apps(w, in) {
			return fsx.ErrHardlink
		}
		return nil
	case fsx.Directory:
		return nil
	default:
		return fsx.ErrKind
	}
}

// apps says whether a file belonged to the app's user already, as the image has it: who could make such a file elsewhere is
// the app itself.
func apps(w *boot.World, in fsx.Info) bool {
	return in.UID != 0 && (in.UID == uint32(w.Spec.User.UID) || in.UID == w.Identity.UID)
}

// ownFile hands a pinned entry to the app's user. Of a file that wasn't the app's, one name and that it is this one has to
// be proven: who plants a name and removes it meanwhile leaves a count of 1, and that one name is elsewhere.
func ownFile(w *boot.World, e *fsx.Entry) error {
	if err := asNeeded(w, e.StillAt); err != nil {
		return err
	}
	in := e.Info()
	if in.UID == w.Identity.UID && in.GID == w.Identity.GID {
		return boot.ErrMoot
	}
	if err := mayOwn(w, in); err != nil {
		return err
	}
	if in.Kind != fsx.Directory && !apps(w, in) {
		if err := asNeeded(w, e.Sole); err != nil {
			return err
		}
	}
	return e.Chown(w.Identity.UID, w.Identity.GID)
}
