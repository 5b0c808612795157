package s6log

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
)

// A logdir is one directory that lines go to.
type logdir struct {
	path      string
	count     uint64 // archives that stay
	total     uint64 // bytes of archives that stay; 0 is no limit
	full      int64  // bytes from which on `current` is an archive
	cooldown  time.Duration
	processor []string

	l       *logger
	dir     int    // the directory's handle
	locked  int    // what is locked
	file    int    // what lines are written to
	size    int64  // of it
	torn    bool   // what was written last is no line's end
	pending []byte // whole lines, the first of which may be torn
	writeAt time.Time
	rotation
}

func newLogdir(path string, r *rules) *logdir {
	return &logdir{
		path: path, count: r.count, total: r.total, full: int64(r.size - min(r.tolerance, r.size/2)), //nolint:gosec // 28 bits
		cooldown: time.Duration(max(r.cooldown, 10)) * time.Millisecond, processor: r.processor, //nolint:gosec // 31 bits
	}
}

// Names in a logdir.
const (
	current   = "current"
	previous  = "previous"
	processed = "processed"
	state     = "state"
	newState  = "newstate"
	finished  = unix.S_IXUSR // the mark of a file that was finished in order
)

const openFlags = unix.O_CLOEXEC | unix.O_NONBLOCK | unix.O_NOFOLLOW

// A refusal is why a logdir can't be had.
type refusal struct {
	op, name string
	err      error
	hint     string
}

func (r *refusal) Error() string {
	return fmt.Sprintf("unable to %s %s: %s", r.op, r.name, chain.Reason(r.err))
}

func (d *logdir) refuse(op, name string, err error) *refusal {
	r := &refusal{op: op, name: d.path, err: err}
	if name != "" {
		r.name += "/" + name
	}
	switch {
	case errors.Is(err, errLink):
		r.hint = linkHint
	case errors.Is(err, unix.EMLINK):
		r.hint = nameHint
	case errors.Is(err, unix.ELOOP):
		r.hint = "a logger follows no symbolic link to a file; remove it, or link the directory"
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		r.hint = fmt.Sprintf("the directory and what is in it have to belong to uid %d, whom the logger runs as", unix.Geteuid())
	case errors.Is(err, unix.EROFS):
		r.hint = "mount a volume there, or log to standard output alone: s6-log 1"
	case errors.Is(err, unix.EBUSY):
		r.hint = "another logger is at work there; stop it first"
	case errors.Is(err, unix.ENOENT):
		r.hint = "make the directory above it first"
	case errors.Is(err, unix.ENOTDIR):
		r.hint = "a logdir is a directory: remove what bears its name"
	}
	return r
}

// open takes the directory, and makes what a logger that was killed left of it into archives.
func (d *logdir) open(l *logger) error {
	d.l = l
	if op, err := d.enter(); err != nil {
		return d.refuse(op, "", err)
	}
	if err := d.lock(); err != nil {
		return err
	}
	st, err := d.stat(current)
	clean := err == nil && st.Mode&unix.S_IFMT == unix.S_IFREG && st.Mode&finished != 0 && !foreign(&st)
	if st, err := d.stat(state); err == nil && foreign(&st) {
		clean = false // both names are put aside
	}
	if err := d.recover(clean); err != nil {
		return err
	}
	if d.file, d.size, err = d.add(current); err != nil {
		return d.refuse("open", current, err)
	}
	if err := unix.Fchmod(d.file, d.l.mode); err != nil {
		return d.refuse("chmod", current, err)
	}
	return nil
}

// enter makes the directory if it isn't there, and opens it. Root goes there step by step.
func (d *logdir) enter() (op string, err error) {
	at, name := unix.AT_FDCWD, d.path
	if unix.Geteuid() == 0 {
		parent, base := path.Split(strings.TrimRight(d.path, "/"))
		way, err := reach(at, parent, false)
		if err != nil {
			return "mkdir", err
		}
		defer func() { _ = unix.Close(way.fd) }()
		at, name = way.fd, cmp.Or(base, ".")
	}
	if err = unix.Mkdirat(at, name, 0o700); err != nil && !errors.Is(err, unix.EEXIST) {
		return "mkdir", err
	}
	if unix.Geteuid() == 0 {
		last, err := reach(at, name, false)
		if err != nil {
			return "open", err
		}
		defer func() { _ = unix.Close(last.fd) }()
		at, name = last.fd, "."
	}
	d.dir, err = unix.Openat(at, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	return "open", err
}

// lock keeps other loggers out. The lock is the kind that the real program takes, so that either sees the other's. This
// process would not be kept out by itself: that is looked for.
func (d *logdir) lock() error {
	fd, err := unix.Openat(d.dir, "lock", unix.O_WRONLY|unix.O_CREAT|openFlags, 0o666)
	if err != nil {
		return d.refuse("open", "lock", err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return d.refuse("lock", "lock", err)
	}
	id := fileID{st.Dev, st.Ino}
	for _, other := range d.l.dirs {
		if other != d && other.lockID == id {
			return d.refuse("lock", "lock", unix.EBUSY)
		}
	}
	d.lockID, d.locked = id, fd
	err = unix.FcntlFlock(uintptr(fd), unix.F_SETLK, &unix.Flock_t{Type: unix.F_WRLCK})
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) {
		err = unix.EBUSY
	}
	if err != nil {
		return d.refuse("lock", "lock", err)
	}
	return nil
}

type fileID struct{ dev, ino uint64 }

// add opens a file to add to it. It has to be one: a FIFO, say, would lose what is written.
func (d *logdir) add(name string) (fd int, size int64, err error) {
	fd, err = openSole(d.dir, name, unix.O_WRONLY|unix.O_CREAT|unix.O_APPEND)
	if err != nil {
		return -1, 0, err
	}
	var st unix.Stat_t
	if err = unix.Fstat(fd, &st); err == nil && st.Mode&unix.S_IFMT != unix.S_IFREG {
		err = unix.ENXIO
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, 0, err
	}
	return fd, st.Size, nil
}

// write writes what is pending, and makes an archive at the first line's end at which there is enough for one.
func (d *logdir) write(now time.Time) {
	if now.Before(d.writeAt) {
		return
	}
	rest := d.pending
	for len(rest) > 0 {
		n, err := unix.Write(d.file, rest[:d.portion(rest)])
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			d.writeAt = now.Add(d.cooldown)
			d.l.warn("unable to write to %s/current: %s", d.path, chain.Reason(err))
			break
		}
		d.size, d.torn = d.size+int64(n), n > 0 && rest[n-1] != '\n'
		rest = rest[n:]
		d.fill()
	}
	if len(rest) > 0 {
		rest = d.pending[:copy(d.pending, rest)]
	} else {
		rest = d.pending[:0]
	}
	if d.pending = rest; len(rest) == 0 && cap(rest) > keepMemory {
		d.pending = nil
	}
}

// portion says how much to write before the next archive is due.
func (d *logdir) portion(rest []byte) int {
	room := d.full - d.size
	if d.stage != quiet || int64(len(rest)) <= room {
		return len(rest)
	}
	return lineEnd(rest, max(int(room)-1, 0))
}

// fill begins an archive if there is enough for one, and carries it on.
func (d *logdir) fill() {
	if d.stage == quiet && !d.torn && d.size >= d.full {
		d.begin()
	}
}

// finish marks the file as finished in order.
func (d *logdir) finish() {
	if d.stage == renamed { // it has another name already, and no successor
		return
	}
	if err := settle(d.file); err != nil {
		d.l.warn("unable to fsync %s/current: %s", d.path, chain.Reason(err))
	}
	if err := unix.Fchmod(d.file, d.l.mode|finished); err != nil {
		d.l.warn("unable to chmod %s/current: %s", d.path, chain.Reason(err))
	}
}

// close gives the directory back.
func (d *logdir) close() {
	for _, fd := range []int{d.file, d.locked, d.dir} {
		_ = unix.Close(fd)
	}
}

// stat asks for an entry, and not for what a link leads to.
func (d *logdir) stat(name string) (unix.Stat_t, error) {
	var st unix.Stat_t
	err := unix.Fstatat(d.dir, name, &st, unix.AT_SYMLINK_NOFOLLOW)
	return st, err
}

// remove removes an entry that may not be there.
func (d *logdir) remove(name string) error {
	if err := unix.Unlinkat(d.dir, name, 0); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// settle brings a file to its disk, where its file system can.
func settle(fd int) error {
	err := unix.Fsync(fd)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return nil
	}
	return err
}
