package fsx

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"path"

	"golang.org/x/sys/unix"
)

// errHalted ends a directory because the survey was told to stop; why stands elsewhere.
var errHalted = errors.New("halted")

// paceEvery is how many entries pass between two calls of Pace.
const paceEvery = 256

// A worker is one thread of a survey. What it needs for an entry it has already: none is allocated.
type worker struct {
	v        *surveyor
	raw      bool   // see call
	uid, gid uint32 // whom everything should belong to
	buf      []byte
	folder   folder
	stray    Stray
	alike    alike
	st       unix.Statx_t
	how      unix.OpenHow
	path     []byte
	none     [8]byte // too little for a name: see atRest
	looked   int     // entries that nobody was told of yet

	nested bool // it is on its way into the depth by itself
	spare  [][]byte
}

// A folder is the directory that a worker reads.
type folder struct {
	job
	fd int
	in Info // as it was found

	claimed bool // nobody else seals it or hands it over
	sealed  bool // nobody but root can change the names in it
	taken   bool // for that it was root's for the moment
}

func (d *folder) owner() Owner { return Owner{d.in.UID, d.in.GID, d.in.Perm} }

// directory looks at what is in a directory, and then at the directory itself: while it isn't the app's, the app can't swap
// what is in it.
func (w *worker) directory(j job, buf []byte) error {
	fd, err := w.enter(j)
	if fd < 0 {
		return err
	}
	d := &w.folder
	if w.nested {
		d = &folder{}
	}
	*d = folder{job: j, fd: fd}
	err = w.read(d, buf)
	if d.taken {
		if gerr := giveBack(d); gerr != nil { // whatever ended the look: it has left something wrong
			if errors.Is(err, errHalted) {
				err = nil
			}
			err = errors.Join(err, fail("chown", w.v.words+"/"+d.path, fmt.Errorf("%w: %w", ErrTaken, gerr)))
		}
	}
	_, _ = w.call(unix.SYS_CLOSE, uintptr(fd), 0, 0, 0, 0)
	if err == nil {
		err = w.tell()
	}
	return err
}

// enter opens a directory to be read; a negative descriptor means that there is nothing to read.
func (w *worker) enter(j job) (int, error) {
	fd, err := w.open(j.path)
	if err == nil {
		return fd, nil
	}
	if oneOf(err, unix.EACCES, unix.EPERM) && (j.path != "" || w.v.s.Top) {
		// Its mode may keep even its owner out, until it is handed over.
		if verr := w.aside(j, nil); verr != nil {
			return -1, verr
		}
		if fd, err = w.open(j.path); err == nil {
			return fd, nil
		}
	}
	if gone(err) {
		return -1, nil
	}
	return -1, w.aside(j, err)
}

// gone says that a name doesn't lead any more to what it led to: nothing is there to be looked at.
func gone(err error) bool {
	return oneOf(err, unix.ENOENT, unix.ENOTDIR, ErrSymlink, ErrVanished, ErrKind)
}

// aside looks at a directory that can't be opened, from the one that it lies in, and tells why it is skipped.
func (w *worker) aside(j job, skip error) error {
	if j.path == "" {
		in, err := stat(w.v.top, "")
		if err != nil {
			return fail("survey", w.v.words, err)
		}
		return w.itself(&folder{fd: w.v.top, in: in}, skip)
	}
	up := path.Dir(j.path)
	if up == "." {
		up = ""
	}
	fd, err := w.v.openPath(up, pinFlags|unix.O_DIRECTORY)
	if err != nil {
		return nil // its place has gone, with whatever stood there
	}
	defer func() { _ = unix.Close(fd) }()
	base := path.Base(j.path)
	name := append([]byte(base), 0)[:len(base)]
	d := &folder{job: job{path: up}, fd: fd, in: Info{UID: j.above.UID, GID: j.above.GID, Perm: j.above.Perm}}
	return w.look(d, name, Directory, skip)
}

// read reads a directory's names and looks at each.
func (w *worker) read(d *folder, buf []byte) error {
	v := w.v
	if err := w.statItself(d.fd); err != nil {
		return w.itself(d, err)
	}
	d.in.fill(&w.st)
	if err := w.seal(d); err != nil {
		return err
	}
	whole := false
	for !whole {
		n, err := w.names(d.fd, buf)
		if err != nil || n == 0 {
			if err != nil && !oneOf(err, unix.ENOENT) { // removed while it is read
				return w.itself(d, err)
			}
			break
		}
		for rest := buf[:n]; len(rest) > 0; {
			length := int(binary.NativeEndian.Uint16(rest[direntLength:]))
			rec := rest[:length]
			rest = rest[length:]
			// Behind the greatest offset there is nothing: the call that would say so is saved.
			whole = binary.NativeEndian.Uint64(rec[direntOffset:]) == math.MaxInt64
			name := rec[direntName:]
			end := bytes.IndexByte(name, 0)
			if end <= 0 || name[0] == '.' && (end == 1 || end == 2 && name[1] == '.') || bytes.IndexByte(name[:end], '/') >= 0 {
				continue // of a name with a slash see names
			}
			if err := w.name(d, name[:end], rec[direntType]); err != nil {
				return err
			}
		}
		if v.halted() {
			return errHalted
		}
	}
	return w.itself(d, nil)
}

const direntOffset = 8

// name looks at one name. The NUL behind it is still there.
func (w *worker) name(d *folder, name []byte, kind byte) error {
	if kind == unix.DT_DIR {
		return w.child(d, name)
	}
	w.looked++
	if w.looked >= paceEvery {
		if err := w.tell(); err != nil {
			return err
		}
	}
	var err error
	if !w.raw || bareStat(d.fd, &name[0], &w.st) != 0 {
		err = w.stat(d.fd, name, 0)
	}
	if err == nil && kind == unix.DT_UNKNOWN && w.st.Mode&unix.S_IFMT == unix.S_IFDIR {
		w.looked--
		return w.child(d, name)
	}
	if err == nil && w.st.Uid == w.uid && w.st.Gid == w.gid {
		return nil
	}
	if err == nil && d.sealed && w.alike.fits(&w.st, w.v.home) && !watched() && !w.v.halted() {
		uid, gid := w.alike.to[0], w.alike.to[1]
		if w.raw && bareChown(d.fd, &name[0], uid, gid) == 0 || w.chown(d.fd, name, uid, gid) == nil {
			w.alike.n++
			return nil
		}
	}
	return w.judge(d, name, kindOf(uint32(kind)<<12), err, nil)
}

// child has a directory wait for its turn, or goes there at once.
func (w *worker) child(d *folder, name []byte) error {
	v := w.v
	switch {
	case d.depth == maxDepth-1:
		return w.look(d, name, Directory, ErrTooDeep)
	case v.s.Depth > 0 && d.depth+1 == v.s.Depth:
		return w.look(d, name, Directory, nil)
	}
	j := job{path: string(name), depth: d.depth + 1, above: d.owner()}
	if d.path != "" {
		j.path = d.path + "/" + j.path
	}
	if v.push(w, j) {
		return nil
	}
	first := !w.nested
	w.nested = true
	buf := w.buffer()
	err := w.directory(j, buf)
	w.spare = append(w.spare, buf)
	if first {
		w.nested = false
		v.surface()
	}
	return err
}

func (w *worker) buffer() []byte {
	if n := len(w.spare); n > 0 {
		b := w.spare[n-1]
		w.spare = w.spare[:n-1]
		return b
	}
	return make([]byte, nestedBuffer)
}

// look looks at one entry as it is, without going into it.
func (w *worker) look(d *folder, name []byte, kind Kind, skip error) error {
	w.looked++
	return w.judge(d, name, kind, w.stat(d.fd, name, 0), skip)
}

// judge judges what a look at an entry gave.
func (w *worker) judge(d *folder, name []byte, kind Kind, err, skip error) error {
	v := w.v
	s := &w.stray
	s.folder, s.name, s.Above, s.Skip = d, name, d.owner(), skip
	switch {
	case err != nil && oneOf(err, unix.ENOENT):
		return nil
	case err != nil:
		s.Info, s.Skip = Info{Kind: kind}, err
	default:
		s.Info.fill(&w.st)
		if s.Info.MountPoint || elsewhere(v.home, s.Info) {
			s.Skip = ErrMount
		}
		if s.Skip == nil && w.right(&s.Info) {
			return nil
		}
	}
	if v.halted() { // to put something right may take its time
		return errHalted
	}
	return v.s.Amiss(s)
}

func (w *worker) right(in *Info) bool { return in.UID == w.uid && in.GID == w.gid }

// itself judges the directory that was read, last; skip says why it could not be.
func (w *worker) itself(d *folder, skip error) error {
	if d.path == "" && !w.v.s.Top {
		if skip != nil {
			return fail("survey", w.v.words, skip)
		}
		return nil
	}
	w.looked++
	if skip == nil && w.right(&d.in) {
		return nil
	}
	s := &w.stray
	s.folder, s.name, s.Above, s.Skip, s.Info = d, nil, d.above, skip, d.in
	return w.v.s.Amiss(&w.stray)
}

// tell tells how much was looked at, and keeps the pace.
func (w *worker) tell() error {
	n := w.looked
	if n == 0 {
		return nil
	}
	w.looked = 0
	v := w.v
	v.s.looked.Add(int64(n))
	if v.halted() {
		return errHalted
	}
	if v.s.Pace == nil {
		return nil
	}
	return v.s.Pace(v.ctx, n)
}
