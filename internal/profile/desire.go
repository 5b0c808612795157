package profile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/berth-init/berth/internal/fsx"
)

const (
	stateMode   = 0o644 // as the app writes it, and its companions read it
	writeTries  = 16    // each lost one takes a write of the app's in the same instant
	keyMigrated = "migrated_from"
	keyTime     = "timestamp"
)

// errBusy says that somebody else wrote in between, again and again.
var errBusy = errors.New("somebody else keeps writing it")

// Desire records what a person asked for; changed says that it was not so before. Every other key of the state file is kept,
// and whoever reads it finds the old file or the new one. A file that is no JSON object gives way. An image without a state
// file keeps nothing, which is no error.
func (p *Profile) Desire(w Want) (changed bool, err error) {
	if w == Unknown {
		return false, nil
	}
	return p.edit(func(keys map[string]json.RawMessage) bool { return put(keys, keyDesired, w.String()) })
}

// Infer records what was found out without a person's word, if none is recorded yet: an app that writes "stopped" while
// the container stops it must not turn its profile over. from says where it was found out, if not in the state file
// itself; an app that never ran then counts as running too.
func (p *Profile) Infer(w Want, from string, at time.Time) (changed bool, err error) {
	if w == Unknown {
		return false, nil
	}
	return p.edit(func(keys map[string]json.RawMessage) bool {
		if d := plainWord(keys[keyDesired]); d == running || d == stopped {
			return false
		}
		put(keys, keyDesired, w.String())
		if from == "" {
			return true
		}
		put(keys, keyMigrated, from)
		put(keys, keyTime, at.UTC().Format(time.RFC3339Nano))
		if plainWord(keys[keyLegacy]) == "" {
			put(keys, keyLegacy, w.String())
		}
		return true
	})
}

// put sets a key, and says whether that changes it.
func put(keys map[string]json.RawMessage, key, value string) bool {
	if plainWord(keys[key]) == value {
		return false
	}
	text, err := json.Marshal(value)
	if err != nil {
		return false // a string can always be written
	}
	keys[key] = text
	return true
}

// edit changes keys until there is nothing left to change. The app reads and writes the same file and knows no lock, so
// what it wrote since we looked is looked at again, and what we wrote is read back: it may have put its older text over it.
func (p *Profile) edit(change func(map[string]json.RawMessage) bool) (changed bool, err error) {
	name := p.set.spec.State
	if name == "" {
		return false, nil
	}
	for range writeTries {
		data, was, err := p.read(name, maxState)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fsx.ErrTooBig) {
			return changed, p.refused(err)
		}
		keys, err := object(data)
		if err != nil {
			keys = map[string]json.RawMessage{}
		}
		if !change(keys) {
			return changed, nil
		}
		text, err := encode(keys)
		if err != nil {
			return changed, fmt.Errorf("write %s/%s: %w", p.Dir.Path(), name, err)
		}
		if !p.still(name, was) {
			continue
		}
		switch err := p.Dir.Replace(name, text, fsx.Attr{Mode: stateMode}); {
		case errors.Is(err, fsx.ErrVanished): // the app wrote after us: look again
		case err != nil:
			return changed, p.refused(err)
		}
		changed = true
	}
	return changed, fmt.Errorf("write %s/%s: %w", p.Dir.Path(), name, errBusy)
}

func encode(keys map[string]json.RawMessage) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(keys)
	return b.Bytes(), err
}

// still says whether the file is the one that was read, or none where none was.
func (p *Profile) still(name string, was fsx.Info) bool {
	e, err := p.Dir.Look(name)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist) && was.Kind == fsx.Unknown
	}
	defer func() { _ = e.Close() }()
	now := e.Info()
	// A file that is too big to read has no look of its own: it gives way as what is no object does.
	return was.Kind == fsx.Unknown && now.Size > maxState || now.Ino == was.Ino && now.Dev == was.Dev && now.Ctime.Equal(was.Ctime)
}

func (p *Profile) refused(err error) error {
	if fsx.IsRefusal(err) {
		return refusal("write", p.Dir.Path()+"/"+p.set.spec.State, err)
	}
	return err
}
