package migrate

import (
	"bytes"
	"cmp"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

const (
	backupMark  = ".bak-"
	backupStamp = "20060102T150405Z"
	backupPerm  = 0o700 // of the directory: a backup may hold what the file's own mode kept from others
	maxBackup   = 4 << 20
	maxBackups  = 1000 // names that are looked at
)

// A shelf is where the backups of the migration lie.
type shelf struct {
	dir  string
	keep int
}

// A copied file is one of its backups.
type copied struct {
	name  string
	stamp string
	n     int // a later one of the same second
}

// perm gives the mode of one of the directories that lead to the backups. Those on the way hold other things, too.
func (s shelf) perm(dir string) uint32 {
	if dir == path.Clean(s.dir) {
		return backupPerm
	}
	return dirPerm
}

// base gives what the names of a file's backups begin with.
func base(file string) string { return strings.ReplaceAll(file, "/", "+") }

// parseBackup reads the name of a backup of a file. Other names in the directory are nobody's business.
func parseBackup(name, file string) (copied, bool) {
	rest, ok := strings.CutPrefix(name, base(file)+backupMark)
	if !ok {
		return copied{}, false
	}
	stamp, number, several := strings.Cut(rest, ".")
	if _, err := time.Parse(backupStamp, stamp); err != nil {
		return copied{}, false
	}
	n := 0
	if several {
		var err error
		if n, err = strconv.Atoi(number); err != nil || n < 1 || n > 999 || strconv.Itoa(n) != number {
			return copied{}, false
		}
	}
	return copied{name, stamp, n}, true
}

// of gives the backups of a file, oldest first.
func (s shelf) of(w *boot.World, file string) []copied {
	dir, done, err := openDir(w, s.dir)
	if err != nil {
		return nil
	}
	defer done()
	var items []fsx.Item
	if err := asNeeded(w, func() error { items, err = dir.List(); return err }); err != nil {
		return nil
	}
	var all []copied
	for _, item := range items {
		if c, ok := parseBackup(item.Name, file); ok && item.Kind == fsx.Regular && len(all) < maxBackups {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b copied) int { return cmp.Or(strings.Compare(a.stamp, b.stamp), a.n-b.n) })
	return all
}

// holding gives the newest backup of a file that holds what the file holds, or "".
func (s shelf) holding(w *boot.World, f file) string {
	for _, c := range slices.Backward(s.of(w, f.name)) {
		if data, _, err := s.read(w, c.name, int64(len(f.data))); err == nil && bytes.Equal(data, f.data) {
			return c.name
		}
	}
	return ""
}

// read reads a backup of at most limit bytes. What the app can't read may be put back as little as it is copied.
func (s shelf) read(w *boot.World, name string, limit int64) (data []byte, in fsx.Info, err error) {
	shut, err := asApp(w, func() error {
		return inDir(w, s.dir, func(dir *fsx.Dir) (err error) {
			data, in, err = dir.Read(name, limit)
			return err
		})
	})
	if shut != nil && err == nil {
		return nil, in, shut
	}
	return data, in, err
}

// put lays a copy of a file down, with its mode, and gives its name. Names tell the order, so that a clock which was set back
// goes on from the newest.
func (s shelf) put(w *boot.World, f file, now time.Time) (string, error) {
	if f.shut != nil {
		return "", f.shut
	}
	dir, done, err := openDir(w, s.dir)
	if err != nil {
		return "", err
	}
	defer done()
	stamp, n := now.UTC().Format(backupStamp), 0
	if all := s.of(w, f.name); len(all) > 0 && all[len(all)-1].stamp >= stamp {
		stamp, n = all[len(all)-1].stamp, all[len(all)-1].n+1
	}
	err = fs.ErrExist
	for ; n < 1000; n++ {
		name := base(f.name) + backupMark + stamp
		if n > 0 {
			name += "." + strconv.Itoa(n)
		}
		err = w.AsApp(func() error { return dir.Create(name, f.data, attr(w, f.perm)) })
		if !errors.Is(err, fs.ErrExist) {
			return name, err
		}
	}
	return "", err
}

// surplus gives the oldest backups of a file, those beyond the number that is kept when so many are added. Those that
// are needed stay.
func (s shelf) surplus(w *boot.World, file string, added int, needed ...string) []string {
	all := s.of(w, file)
	var names []string
	for _, c := range all[:min(len(all), max(0, len(all)+added-s.keep))] {
		if !slices.Contains(needed, c.name) {
			names = append(names, path.Join(s.dir, c.name))
		}
	}
	return names
}

// leftovers gives what a boot that was killed left among the backups.
func (s shelf) leftovers(w *boot.World) []string {
	dir, done, err := openDir(w, s.dir)
	if err != nil {
		return nil
	}
	defer done()
	var names, all []string
	if err := asNeeded(w, func() error { names, err = dir.Leftovers(); return err }); err != nil {
		return nil
	}
	for _, name := range names {
		all = append(all, path.Join(s.dir, name))
	}
	return all
}

// remove takes a backup or a leftover away.
func remove(w *boot.World, name string) error {
	dir, done, err := openDir(w, path.Dir(name))
	if err != nil {
		return err
	}
	defer done()
	return w.AsApp(func() error {
		if fsx.IsTemp(path.Base(name)) {
			return dir.Sweep(path.Base(name))
		}
		return dir.Remove(path.Base(name))
	})
}
