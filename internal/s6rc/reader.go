package s6rc

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/berth-init/berth/internal/fsx"
)

// Bounds of what is read. An image's own files stay far below them.
const (
	maxText       = 64 << 10 // bytes of a file that holds a value or a list
	maxCommand    = 256 << 10
	maxServices   = 20_000 // definitions in one directory
	maxComplaints = 1000
	maxIgnored    = 1000
	maxNames      = 1_000_000 // of flattened bundles, all together
	maxQuoted     = 60
	maxNamed      = 12 // names that a complaint about a circle has
)

// A reader reads one image.
type reader struct {
	tree  tree
	image *Image
	known func(string) bool
	defs  map[string]*definition
	notes []note
	more  int // complaints that aren't kept

	interpreters map[string]error // what was looked up already
}

// A note is a complaint that may turn out to be fatal.
type note struct {
	Complaint
	about  *definition // nil: about nothing that is started
	breaks bool        // what it is about can't be started
}

// say keeps a complaint. About a definition that it breaks it is fatal if a boot starts that.
func (r *reader) say(n note) {
	if n.about != nil && n.breaks && n.about.broken == "" {
		n.about.broken = n.String()
	}
	if len(r.notes) >= maxComplaints && !n.breaks {
		r.more++
		return
	}
	if len(r.notes) >= 2*maxComplaints {
		r.more++
		return
	}
	r.notes = append(r.notes, n)
}

func (r *reader) warn(path, hint, format string, args ...any) {
	r.say(note{Complaint: Complaint{Path: path, Text: fmt.Sprintf(format, args...), Hint: hint}})
}

// spoil complains of what a definition can't be started for.
func (r *reader) spoil(d *definition, path, hint, format string, args ...any) {
	r.say(note{Complaint{Path: path, Text: fmt.Sprintf(format, args...), Hint: hint}, d, true})
}

func (r *reader) ignore(path, format string, args ...any) {
	if len(r.image.Ignored) < maxIgnored {
		r.image.Ignored = append(r.image.Ignored, Ignored{path, fmt.Sprintf(format, args...)})
	}
}

// text reads a small file of words, without a byte order mark and carriage returns. Not ok: a complaint says why.
func (r *reader) text(f folder, name string, max int64) (text string, ok bool) {
	data, err := f.read(name, max)
	if err != nil {
		at, why, hint := unreadable(join(f.path, name), max, err)
		r.warn(at, hint, "%s", why)
		return "", false
	}
	return r.clean(join(f.path, name), data), true
}

// clean takes off what editors of Windows add, and complains.
func (r *reader) clean(path string, data []byte) string {
	bom, cr := stained(data)
	if bom {
		r.warn(path, "save it without one: sed -i '1s/^\\xEF\\xBB\\xBF//' "+path, "it starts with a byte order mark; read without it")
	}
	if cr {
		r.warn(path, "save it with the line ends of Unix: sed -i 's/\\r$//' "+path, "its lines end with a carriage return; read without them")
	}
	return string(Clean(data))
}

// unreadable words what is wrong with a file that can't be read.
func unreadable(path string, max int64, err error) (at, why, hint string) {
	var kind *wrongKind
	switch {
	case errors.As(err, &kind):
		return path, "it is a " + kind.kind.String() + ", and a file is needed", "make it a regular file"
	case errors.Is(err, fsx.ErrTooBig):
		return path, "it is larger than " + strconv.FormatInt(max>>10, 10) + " KiB", "is this the right file?"
	case errors.Is(err, errSteps):
		return path, "it leads through too many symbolic links", "links that lead in a circle? readlink -f " + path
	case errors.Is(err, fs.ErrPermission):
		return path, "it can't be read: permission denied", "let everybody read it: chmod a+r " + path
	case absent(err):
		return path, "it leads to nothing", "a link whose target isn't there? ls -l " + path
	}
	return path, "it can't be read: " + err.Error(), ""
}

// noFolder words what is wrong with a directory that can't be opened.
func noFolder(path string, err error) (why, hint string) {
	if kind, ok := errors.AsType[*wrongKind](err); ok {
		return "it is a " + kind.kind.String() + ", and a directory is needed", "make it a directory"
	}
	_, why, hint = unreadable(path, 0, err)
	return why, hint
}

// quote quotes words of a file, cut to a sensible length.
func quote(s string) string {
	if r := []rune(s[:min(len(s), 4*maxQuoted)]); len(r) > maxQuoted {
		return strconv.Quote(string(r[:maxQuoted]) + "…")
	}
	return strconv.Quote(s)
}

// article puts an article in front of a kind.
func article(kind string) string {
	if kind == "" {
		return "of no type"
	}
	return "a " + kind
}
