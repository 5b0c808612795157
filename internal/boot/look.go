package boot

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/berth-init/berth/internal/fsx"
)

// A Look says when a boot looks at the owners of everything that the spec lists.
type Look struct {
	When When   `json:"when"`
	Why  string `json:"why"`
}

// When says when something is looked at.
type When string

// When the deep rest of the volume is looked at.
const (
	Before When = "before" // before the start
	Behind When = "behind" // behind the services
)

// LookFile remembers, below the volume, the last look at all owners. Like the ledger it is the app user's own to write.
const LookFile = LedgerDir + "/look.json"

// lookFormat is the version of the file's shape.
const lookFormat = 1

const maxLookFile = 4 << 10

// A Looked is what is remembered of the last look that came to its end, and of those that were begun since. It proves
// nothing: a file that is re-owned leaves no trace above it, and the app can write it. It only says whether it is likely
// that all is right, so that the app needn't wait.
type Looked struct {
	Format  int       `json:"format"`
	Bound   string    `json:"bound"` // which volume it is about, see [Bound]
	Who     string    `json:"who"`   // whose everything was made, uid:gid
	What    string    `json:"what"`  // what was looked at, in few letters
	Time    time.Time `json:"time"`  // of its end
	Seconds float64   `json:"seconds"`
	Entries int64     `json:"entries"`
	Changed int       `json:"changed"`
	Begun   bool      `json:"begun,omitempty"` // one began since, and nothing says that it may be forgotten
	Cut     int       `json:"cut,omitempty"`   // how many began since and were cut off by the end of the container
}

// RecallLook gives what is remembered of the last look at this very volume; the zero value where nothing is.
func RecallLook(w *World) Looked {
	if w.Volume == nil {
		return Looked{}
	}
	data, _, err := w.Volume.Read(LookFile, maxLookFile)
	if err != nil {
		return Looked{} // absent, or not ours to read: then all is looked at
	}
	var l Looked
	d := json.NewDecoder(bytes.NewReader(data))
	if d.Decode(&l) != nil || l.Format != lookFormat || l.Bound == "" || l.Bound != Bound(w.Volume) || l.Entries < 0 || l.Cut < 0 {
		return Looked{}
	}
	return l
}

// RememberLook writes it down, with the app user's rights. Where there is no volume, or a read-only one, nothing is kept.
func RememberLook(w *World, l Looked) error { return rememberLook(w, l, false) }

// RememberLookSoon doesn't wait for the disk: for what matters only to who finds changes that came after it.
func RememberLookSoon(w *World, l Looked) error { return rememberLook(w, l, true) }

func rememberLook(w *World, l Looked, soon bool) error {
	if w.Volume == nil || w.ReadOnly {
		return nil
	}
	l.Format, l.Bound = lookFormat, Bound(w.Volume)
	if l.Bound == "" {
		return nil
	}
	data, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("remember the look: %w", err)
	}
	id := w.Identity
	err = w.AsApp(func() error {
		err := w.Volume.Mkdir(LedgerDir, fsx.Attr{UID: id.UID, GID: id.GID, Mode: 0o700, Owner: true})
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		return w.Volume.Replace(LookFile, append(data, '\n'), fsx.Attr{UID: id.UID, GID: id.GID, Mode: ledgerMode, Owner: true, Fleeting: soon})
	})
	if err != nil {
		return fmt.Errorf("remember the look: %w", err)
	}
	return nil
}
