package api

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/berth-init/berth/internal/fsx"
)

// SocketEnv names the control socket, for the server and for the client. Without it both go through one fixed list:
// /run/berth, $XDG_RUNTIME_DIR/berth, /tmp/berth-UID, /dev/shm/berth-UID. UID is the server's; the client tries its own,
// root's, and that of PID 1.
const SocketEnv = "BERTH_SOCKET"

const socketName = "control.sock"

// roots are the directories of the list, which tests replace.
type roots struct{ run, tmp, shm string }

func standard() roots { return roots{run: "/run/berth", tmp: "/tmp", shm: "/dev/shm"} }

// A place is where the socket may lie: dir below base, or the absolute dir if there is no base.
type place struct {
	base, dir, name string
	wished          bool // SocketEnv names it
	mine            bool // base has to be the server's own
}

func (p place) path() string { return filepath.Join(p.base, p.dir, p.name) }

// places gives the list, best first.
func (r roots) places(getenv func(string) string, uids ...uint32) []place {
	if wish := getenv(SocketEnv); wish != "" {
		return []place{{dir: filepath.Dir(wish), name: filepath.Base(wish), wished: true}}
	}
	list := []place{{dir: r.run, name: socketName}}
	if own := getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(own) {
		list = append(list, place{base: own, dir: "berth", name: socketName, mine: true})
	}
	for _, root := range []string{r.tmp, r.shm} {
		for i, uid := range uids {
			if !slices.Contains(uids[:i], uid) {
				list = append(list, place{base: root, dir: "berth-" + strconv.FormatUint(uint64(uid), 10), name: socketName})
			}
		}
	}
	return list
}

// Causes of a place that is passed over.
var (
	errRelative = errors.New("the path isn't absolute")
	errVolume   = errors.New("it lies on the volume")
	errForeign  = errors.New("it belongs to somebody else, or others can write it")
)

// open opens a place's directory, making it if need be. It must be the server's own and nobody else's to write, unless an
// operator named it: then the directory may be anybody's that fsx binds in. Others may search it, to reach the socket
// and be told by it what they may.
func (p place) open(uid uint32, off []string) (*fsx.Dir, error) {
	switch {
	case !filepath.IsAbs(filepath.Join(p.base, p.dir)):
		return nil, errRelative
	case onAny(off, filepath.Join(p.base, p.dir)):
		return nil, errVolume
	case p.base != "":
		return p.below(uid)
	}
	if _, err := fsx.MakeAll(p.dir, 0o755); err != nil {
		return nil, err
	}
	dir, err := fsx.Open(p.dir)
	if err != nil || p.wished {
		return dir, err
	}
	return owned(dir, uid)
}

// below opens a directory of the server's own in one that everybody may write.
func (p place) below(uid uint32) (*fsx.Dir, error) {
	base, err := fsx.Open(p.base)
	if err != nil {
		return nil, err
	}
	defer func() { _ = base.Close() }()
	if info, err := base.Info(); err != nil || p.mine && info.UID != uid {
		return nil, errors.Join(err, errForeign)
	}
	// mkdir 0700, then the mode, then the name: nobody finds it half made.
	if err := base.Mkdir(p.dir, fsx.Attr{Mode: 0o711}); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	dir, err := base.Sub(p.dir)
	if err != nil {
		return nil, err
	}
	return owned(dir, uid)
}

// owned gives the directory back if it is the user's own and nobody else's to write.
func owned(dir *fsx.Dir, uid uint32) (*fsx.Dir, error) {
	info, err := dir.Info()
	if err == nil && (info.UID != uid || info.Perm&0o022 != 0) {
		err = errForeign
	}
	if err == nil && info.Perm&0o011 != 0o011 {
		err = searchable(dir, info.Perm)
	}
	if err != nil {
		_ = dir.Close()
		return nil, err
	}
	return dir, nil
}

func searchable(dir *fsx.Dir, perm uint32) error {
	e, err := dir.Look(".")
	if err != nil {
		return err
	}
	defer func() { _ = e.Close() }()
	return e.Chmod(perm | 0o011)
}

// onAny says whether a path lies in one of some directories, by inodes all the way up, so that no other name of a volume
// hides it. What doesn't exist yet lies where its first parent does that exists.
func onAny(off []string, path string) bool {
	var stats []os.FileInfo
	for _, o := range off {
		if st, err := os.Stat(o); err == nil && filepath.Clean(o) != "/" {
			stats = append(stats, st)
		}
	}
	at, err := filepath.EvalSymlinks(path)
	for err != nil && path != "/" {
		path = filepath.Dir(path)
		at, err = filepath.EvalSymlinks(path)
	}
	for ; err == nil; at = filepath.Dir(at) {
		st, serr := os.Stat(at)
		if serr == nil && slices.ContainsFunc(stats, func(o os.FileInfo) bool { return os.SameFile(o, st) }) {
			return true
		}
		if at == "/" {
			break
		}
	}
	return false
}
