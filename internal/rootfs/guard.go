package rootfs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

const (
	codeRefused = 1   // the guard's refusal
	codeBerth   = 125 // what berth was told makes no sense
)

// otherUsers is the variable that overrides the spec's other-users.
const otherUsers = "BERTH_OTHER_USERS"

// Guard ends a boot that was started with a uid which is neither root's nor the app's, before anything is touched:
// such a container would fail later, half way, with a permission error that says nothing. Where the spec or
// BERTH_OTHER_USERS says adopt, a uid that can write the volume may stay.
func Guard() boot.Phase { return boot.Func("guard", guard) }

func guard(_ context.Context, r *boot.Run) error {
	w := r.World
	if w.Spec.User.AsStarted {
		return nil
	}
	mode := w.Spec.User.OtherUsers
	if text, _ := w.Lookup(otherUsers); text != "" {
		mode = spec.OtherUsers(text)
		if mode != spec.Refuse && mode != spec.Adopt {
			return boot.Failf(codeBerth, fmt.Sprintf("set it to %s or %s, or leave it out", spec.Refuse, spec.Adopt),
				"%s=%q: there is no such choice", otherUsers, text)
		}
	}
	if w.EUID == 0 || isApp(w) {
		return nil
	}
	started := fmt.Sprintf("container started with --user %d:%d", w.EUID, w.EGID)
	if mode != spec.Adopt {
		return boot.Failf(codeRefused, asRoot(w)+fmt.Sprintf("; or set %s=adopt if that user can write the volume", otherUsers),
			"%s, which is not supported by this image: its app runs as %s", started, whose(w))
	}
	dir, err := unwritable(volumePath(w))
	if err != nil {
		return boot.Failf(codeRefused, asRoot(w)+fmt.Sprintf("; or chown %s to %d:%d on the host", dir.path, w.EUID, w.EGID),
			"%s, which is not supported by this volume: %s: %w", started, dir, err)
	}
	return nil
}

// isApp says whether berth runs as the app's user already: by the spec's uid, or by the one that /etc/passwd has.
func isApp(w *boot.World) bool {
	if w.EUID == defaultUID(w) {
		return true
	}
	passwd, _, err := ReadPasswd(w.Root)
	if err != nil {
		return false
	}
	a, ok := passwd.ByName(w.Spec.User.Name)
	return ok && a.UID == w.EUID
}

func whose(w *boot.World) string {
	numbers := fmt.Sprintf("%d:%d", defaultUID(w), defaultGID(w))
	if w.Spec.User.Name == "" {
		return numbers
	}
	return fmt.Sprintf("%s (%s)", w.Spec.User.Name, numbers)
}

// asRoot says how the app gets the numbers that the container was started with.
func asRoot(w *boot.World) string {
	u := w.Spec.User
	gid := w.EGID
	if gid == 0 { // what an engine gives to --user N without a gid; no app runs with it
		gid = w.EUID
	}
	var ways []string
	for i := range max(len(u.UIDEnv), len(u.GIDEnv)) {
		var way []string
		if i < len(u.UIDEnv) {
			way = append(way, fmt.Sprintf("-e %s=%d", u.UIDEnv[i], w.EUID))
		}
		if i < len(u.GIDEnv) {
			way = append(way, fmt.Sprintf("-e %s=%d", u.GIDEnv[i], gid))
		}
		ways = append(ways, strings.Join(way, " "))
	}
	if len(ways) == 0 {
		return fmt.Sprintf("start it as root, without --user, or with --user %d:%d", defaultUID(w), defaultGID(w))
	}
	return "start it as root, without --user, and with " + strings.Join(ways, " (or ") + strings.Repeat(")", len(ways)-1)
}

// volumePath is the volume's path as the operator meant it; empty where there is none.
func volumePath(w *boot.World) string {
	if w.Path != "" {
		return w.Path
	}
	if p := w.Spec.Volume.Path.Expand(w.Lookup); p != "" {
		return p
	}
	for _, p := range w.Spec.Volume.Optional {
		if d, err := fsx.Open(p); err == nil {
			_ = d.Close()
			return p
		}
	}
	return ""
}

// owned is a directory with its owner and mode, for words.
type owned struct {
	path string
	info fsx.Info
}

func (o owned) String() string {
	return fmt.Sprintf("%s belongs to %d:%d with mode %04o", o.path, o.info.UID, o.info.GID, o.info.Perm)
}

// unwritable says why the calling user can't write the directory, or make it where it is not there yet. A path that
// is no directory at all is for the volume's own phase to complain about.
func unwritable(path string) (owned, error) {
	if !filepath.IsAbs(path) {
		return owned{}, nil
	}
	for path = filepath.Clean(path); ; path = filepath.Dir(path) {
		d, err := fsx.Open(path)
		if (errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)) && path != "/" {
			continue // what keeps the user out is further up
		}
		if err != nil {
			return owned{}, nil
		}
		defer func() { _ = d.Close() }()
		info, err := d.Info()
		if err != nil {
			return owned{}, nil
		}
		return owned{path, info}, d.Writable()
	}
}
