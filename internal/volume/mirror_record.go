package volume

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

const (
	// mirrorFile remembers which lines of which files are berth's own.
	mirrorFile   = boot.LedgerDir + "/mirror.json"
	mirrorFormat = 1
	maxMirrored  = 4 << 20
	maxOwnLines  = 4 // hashes of one variable's lines in one file
)

// mirrored is what is remembered: for each file and variable the hashes of the lines that berth has put there, and of those that
// it was about to. It goes by what a line says and not by which volume it is, so that it holds on a copy. The app can write it:
// who lies there has a line of its own file taken away, and nothing else is read from it.
type mirrored map[string]map[string][]string

// recallMirrored reads it; what can't be read is nothing.
func recallMirrored(w *boot.World) mirrored {
	var data []byte
	err := asNeeded(w, func() (err error) {
		data, _, err = w.Volume.Read(mirrorFile, maxMirrored)
		return err
	})
	var record struct {
		Format int      `json:"format"`
		Files  mirrored `json:"files"`
	}
	if err != nil || json.Unmarshal(data, &record) != nil || record.Format != mirrorFormat {
		return mirrored{}
	}
	if record.Files == nil {
		return mirrored{}
	}
	return record.Files
}

// remember writes it down with the app user's rights.
func (m mirrored) remember(w *boot.World) error {
	data, err := json.Marshal(struct {
		Format int      `json:"format"`
		Files  mirrored `json:"files"`
	}{mirrorFormat, m})
	if err != nil {
		return err
	}
	if len(data) >= maxMirrored {
		return fmt.Errorf("write %s: %w", mirrorFile, fsx.ErrTooBig)
	}
	return w.AsApp(func() error {
		if err := w.Volume.Mkdir(boot.LedgerDir, attr(w, 0o700)); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		return w.Volume.Replace(mirrorFile, append(data, '\n'), attr(w, 0o600))
	})
}

func (m mirrored) equal(other mirrored) bool {
	return maps.EqualFunc(m, other, func(a, b map[string][]string) bool { return maps.EqualFunc(a, b, slices.Equal) })
}

// set says which lines of a file are berth's.
func (m mirrored) set(file string, lines map[string][]string) {
	delete(m, file)
	if len(lines) > 0 {
		m[file] = lines
	}
}

// keep takes over what was remembered of a file.
func (m mirrored) keep(was mirrored, file string) { m.set(file, was[file]) }

// keepBelow takes over what was remembered of the files below a directory.
func (m mirrored) keepBelow(was mirrored, dir string) {
	for file := range was {
		if within(file, dir) {
			m.keep(was, file)
		}
	}
}

// also gives what is remembered while lines are put into a file: those, and those that are there until then.
func (m mirrored) also(file string, lines map[string][]string) mirrored {
	all := maps.Clone(m)
	of := maps.Clone(m[file])
	if of == nil {
		of = map[string][]string{}
	}
	for key, sums := range lines {
		both := slices.Clone(sums)
		for _, sum := range of[key] {
			if !slices.Contains(both, sum) && len(both) < maxOwnLines {
				both = append(both, sum)
			}
		}
		of[key] = both
	}
	all.set(file, of)
	return all
}
