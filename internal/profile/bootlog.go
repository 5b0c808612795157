package profile

import (
	"errors"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/berth-init/berth/internal/fsx"
)

// BootLog is the file that remembers what each boot found, below the volume. Tools watch it: its first line with a
// profile's name says that the boot is done with that profile.
const BootLog = "logs/container-boot.log"

const (
	bootLogSize = 256 << 10 // bytes from which on the file is put aside, one generation
	bootLogMode = 0o644
	bootLogMax  = 2 * bootLogSize
	bootLogOld  = ".1"
)

// A Line is what a boot did with one profile.
type Line struct {
	At      time.Time
	Profile string
	Prior   string // State.Word
	Started bool   // otherwise only registered
	Exit    Exit   // how its last run ended; empty: not told
	Holder  string // the container that runs it, if another does; "unknown" if that left no name
}

// String gives the line of the file, without its end.
func (l Line) String() string { return l.At.Format("2006-01-02T15:04:05-0700") + " " + l.said() }

// Reconcile gives the line for the container's own log.
func (l Line) Reconcile() string { return "reconcile: " + l.said() }

func (l Line) said() string {
	prior, action := "None", "registered"
	if l.Prior != "" {
		prior = l.Prior
	}
	if l.Started {
		action = "started"
	}
	text := "profile=" + field(l.Profile) + " prior_state=" + field(prior) + " action=" + action
	if l.Exit != "" {
		text += " prior_exit=" + string(l.Exit)
	}
	if l.Holder != "" {
		text += " held_by=" + field(l.Holder)
	}
	return text
}

// field makes one word of a value: a pattern of the spec's may let blanks and worse into a name.
func field(unsafeValue string) string {
	q := strconv.QuoteToASCII(unsafeValue)
	if len(q) == len(unsafeValue)+2 && unsafeValue != "" && !strings.ContainsAny(unsafeValue, " =") {
		return unsafeValue
	}
	return strings.ReplaceAll(q, " ", `\x20`)
}

// AppendLog adds the lines of one boot to [BootLog] in one write. A file that is large already is put aside first.
func AppendLog(volume *fsx.Dir, lines ...Line) error {
	if len(lines) == 0 {
		return nil
	}
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.String() + "\n")
	}
	dir, err := below(volume, path.Dir(BootLog))
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	name := path.Base(BootLog)
	if err := rotate(dir, name); err != nil {
		return err
	}
	err = dir.Append(name, []byte(b.String()), fsx.Attr{Mode: bootLogMode}, bootLogMax)
	if err != nil && fsx.IsRefusal(err) {
		return refusal("append", volume.Path()+"/"+BootLog, err)
	}
	return err
}

func rotate(dir *fsx.Dir, name string) error {
	e, err := dir.Look(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	in := e.Info()
	_ = e.Close()
	if in.Kind != fsx.Regular || in.Size < bootLogSize {
		return nil
	}
	return dir.Rename(name, name+bootLogOld)
}
