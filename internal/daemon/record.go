package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/records"
	"github.com/berth-init/berth/internal/volume"
)

// keep leaves the records. A container whose /run can't be written has none, and needs no word about it: nothing that
// main does depends on them.
func keep(w *boot.World, rep boot.Report, booted bool) {
	dir, err := records.Make(w.EUID)
	if err != nil {
		return
	}
	defer func() { _ = dir.Close() }()
	if data, err := json.Marshal(rep); err == nil {
		_ = dir.Replace(records.BootFile, data, fsx.Attr{Mode: 0o644})
	}
	if !booted {
		return
	}
	attr := fsx.Attr{Mode: 0o600}
	if w.EUID == 0 { // the app's user is let in by its group, and can't change what root believes
		attr = fsx.Attr{Mode: 0o640, Owner: true, UID: 0, GID: w.Identity.GID}
	}
	if data, err := json.Marshal(NewApp(w)); err == nil {
		_ = dir.Replace(records.AppFile, data, attr)
	}
}

// ReadReport reads what the last boot did: from the record that it left, or where it could leave none from the volume's
// ledger. No boot is fs.ErrNotExist.
func ReadReport(ctx context.Context, o Options) (boot.Report, error) {
	var rep boot.Report
	err := records.Read(records.BootFile, &rep)
	if err == nil {
		return rep, nil
	}
	all, recalled := recall(ctx, o)
	switch {
	case recalled != nil:
		return rep, recalled
	case len(all) == 0 && unreadable(err):
		return rep, fs.ErrNotExist
	case len(all) == 0:
		return rep, err
	}
	return all[len(all)-1], nil
}

// ReadHistory reads what the volume's ledger holds, oldest first. No boot is fs.ErrNotExist.
func ReadHistory(ctx context.Context, o Options) ([]boot.Report, error) {
	all, err := recall(ctx, o)
	if err == nil && len(all) == 0 {
		err = fs.ErrNotExist
	}
	return all, err
}

// unreadable says whether there is no record that this caller could believe, as opposed to one that is damaged.
func unreadable(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, records.ErrForeign) || errors.Is(err, fs.ErrPermission)
}

// recall reads the ledger of the volume that a boot would use. It only looks.
func recall(ctx context.Context, o Options) ([]boot.Report, error) {
	defer fsx.Freeze()()
	w, err := world(&o)
	if err != nil {
		return nil, err
	}
	defer func() { _ = w.Close() }()
	if err := boot.NewPlan(w).Phases(ctx, volume.Directory()); err != nil {
		return nil, err
	}
	return boot.Recall(w)
}
