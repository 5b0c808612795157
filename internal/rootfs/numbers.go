package rootfs

import (
	"errors"
	"strconv"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/identity"
)

// fallbackID is what the app runs as where the spec names no number.
const fallbackID = 1000

func defaultUID(w *boot.World) uint32 { return orFallback(uint32(w.Spec.User.UID)) }
func defaultGID(w *boot.World) uint32 { return orFallback(uint32(w.Spec.User.GID)) }

func orFallback(id uint32) uint32 {
	if id == 0 {
		return fallbackID
	}
	return id
}

// Numbers gives the uid and gid of a start as root: what the variables that the spec names say, else what the spec says.
func Numbers(r *boot.Run) (uid, gid uint32) {
	user := r.World.Spec.User
	return pick(r, user.UIDEnv, defaultUID(r.World)), pick(r, user.GIDEnv, defaultGID(r.World))
}

// pick gives the number that the first non-empty variable holds. A bad one is no reason to run as another user than
// the image's own: it warns, and the default stays.
func pick(r *boot.Run, names []string, fallback uint32) uint32 {
	value, from, err := identity.Pick(names, r.World.Lookup, fallback)
	if err != nil {
		text, _ := r.World.Lookup(from)
		r.Warn("give a number from 1 to 4294967294, but not 65535", "%s=%q: %v; the default %d stays", from, text, err, fallback)
	}
	return value
}

// idle warns of a number that has no effect, because berth is not root and stays who it is.
func idle(r *boot.Run, names []string, own uint32) {
	value, from, err := identity.Pick(names, r.World.Lookup, own)
	if err == nil && from != "" && value != own {
		r.Warn("start the container as root, without --user, or leave the variable out",
			"%s=%d has no effect: the container was started with --user %d:%d", from, value, r.World.EUID, r.World.EGID)
	}
}

// Umask gives the umask that a variable asks for, -1 where it stays as it was inherited.
func Umask(r *boot.Run) int {
	name := r.World.Spec.User.UmaskEnv
	if name == "" {
		return -1
	}
	text, _ := r.World.Lookup(name)
	if text == "" {
		return -1
	}
	mask, err := octal(text)
	if err != nil {
		r.Warn("give it in octal, such as 022", "%s=%q: %v; the umask stays as it is", name, text, err)
		return -1
	}
	return mask
}

func octal(unsafeText string) (int, error) {
	for _, c := range []byte(unsafeText) {
		if c < '0' || c > '7' {
			return 0, errors.New("it is not an octal number")
		}
	}
	mask, err := strconv.ParseUint(unsafeText, 8, 32)
	if err != nil || mask > 0o777 {
		return 0, errors.New("it is larger than 0777")
	}
	return int(mask), nil
}
