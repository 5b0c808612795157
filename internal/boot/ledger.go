package boot

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/berth-init/berth/internal/fsx"
)

// The ledger lies on the volume: one JSON object a boot, the newest last. It is written with the app user's rights and
// read as what it is: a text that the app's user may have written.
const (
	LedgerDir  = ".berth"
	LedgerFile = LedgerDir + "/boots.jsonl"
)

const (
	keptBoots  = 50
	keptRecent = 10      // of these, whatever they did
	maxLedger  = 4 << 20 // bytes; a larger file isn't ours, and a new one takes its place
	maxLine    = 1 << 20
	maxKept    = 1 << 20 // bytes that the kept lines may have together, the newest one apart
	maxNumber  = 1_000_000_000
	ledgerMode = 0o600
)

// Bound names the very volume that a ledger speaks about, so that a copy or a restore is a new one: the device that it lies
// on, its top's inode and birth time. Empty for no volume, and for one that a boot has yet to make.
func Bound(volume *fsx.Dir) string {
	if volume == nil {
		return ""
	}
	in, err := volume.Info()
	if err != nil {
		return ""
	}
	on, err := volume.FileSystem()
	if err != nil || in.Btime.IsZero() {
		return fmt.Sprintf("dev %d inode %d", in.Dev, in.Ino)
	}
	return fmt.Sprintf("%s inode %d born %d.%09d", on, in.Ino, in.Btime.Unix(), in.Btime.Nanosecond())
}

// NextNumber gives the number of the boot that runs now, or of the one to come: one more than the ledger's last.
func NextNumber(w *World) int {
	last := 0
	all, err := Recall(w)
	if err != nil {
		return 1
	}
	for _, r := range all {
		last = max(last, r.Number)
	}
	return last + 1
}

// Recall gives the reports of the boots on this very volume, oldest first. Torn and foreign lines, and what isn't a
// report, are dropped; texts are printable and bounded. No ledger is no reports.
func Recall(w *World) ([]Report, error) {
	if w.Volume == nil {
		return nil, nil
	}
	data, _, err := w.Volume.Read(LedgerFile, maxLedger)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fsx.ErrTooBig):
		return nil, nil
	case err != nil:
		return nil, err
	}
	bound := Bound(w.Volume)
	byNumber := map[int]Report{}
	for line := range bytes.Lines(data) {
		if !bytes.HasSuffix(line, []byte("\n")) || len(line) > maxLine {
			continue // torn
		}
		var r Report
		if json.Unmarshal(line, &r) != nil || r.Format != Format || r.Number < 1 || r.Number > maxNumber || r.Bound != bound {
			continue
		}
		byNumber[r.Number] = r.bounded()
	}
	all := make([]Report, 0, len(byNumber))
	for _, r := range byNumber {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b Report) int { return a.Number - b.Number })
	return all[max(0, len(all)-keptBoots):], nil
}

// Remember adds a report to the ledger, or puts it in the place of the one with its number. Where there is no volume, or
// a read-only one, there is no ledger.
func Remember(w *World, rep Report) error {
	if w.Volume == nil || w.ReadOnly || Bound(w.Volume) == "" {
		return nil
	}
	rep.Bound = Bound(w.Volume)
	all, err := Recall(w)
	if err != nil {
		return fmt.Errorf("remember boot %d: %w", rep.Number, err)
	}
	all = slices.DeleteFunc(all, func(r Report) bool { return r.Number == rep.Number })
	data, err := lines(append(all, rep.bounded()))
	if err != nil {
		return fmt.Errorf("remember boot %d: %w", rep.Number, err)
	}
	id := w.Identity
	err = w.AsApp(func() error {
		err := w.Volume.Mkdir(LedgerDir, fsx.Attr{UID: id.UID, GID: id.GID, Mode: 0o700, Owner: true})
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		return w.Volume.Replace(LedgerFile, data, fsx.Attr{UID: id.UID, GID: id.GID, Mode: ledgerMode, Owner: true})
	})
	if err != nil {
		return fmt.Errorf("remember boot %d: %w", rep.Number, err)
	}
	return nil
}

// lines encodes as many reports as are kept. The oldest goes first, but one that changed nothing before one that did: a
// container that is restarted every minute would push out what was done to the volume.
func lines(all []Report) ([]byte, error) {
	kept := make([][]byte, 0, len(all))
	idle := make([]bool, 0, len(all))
	size := 0
	for _, r := range all {
		line, err := json.Marshal(r)
		if err != nil {
			return nil, err
		}
		kept, idle = append(kept, append(line, '\n')), append(idle, r.Idle())
		size += len(line) + 1
	}
	for len(kept) > keptBoots || len(kept) > 1 && size > maxKept {
		drop := max(0, slices.Index(idle[:max(0, len(idle)-keptRecent)], true))
		size -= len(kept[drop])
		kept, idle = slices.Delete(kept, drop, drop+1), slices.Delete(idle, drop, drop+1)
	}
	return bytes.Join(kept, nil), nil
}
