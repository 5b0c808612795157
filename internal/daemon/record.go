package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/volume"
)

const (
	// RunDir is where a boot leaves its records; it ends with the container.
	RunDir = "/run/berth"
	// BootFile is the record of the last boot, below RunDir; anybody may read it, it holds no secret.
	BootFile = "boot.json"
	// AppFile is what the app's own name needs to become the app, below RunDir; for root and the app only.
	AppFile = "app.json"

	maxRecord = 64 << 20 // bytes; a step has about 200
)

// keep leaves the records. A container whose /run can't be written has none, and needs no word about it: nothing that
// main does depends on them.
func keep(w *boot.World, rep boot.Report, booted bool) {
	dir, err := runDir(w.EUID)
	if err != nil {
		return
	}
	defer func() { _ = dir.Close() }()
	if data, err := json.Marshal(rep); err == nil {
		_ = dir.Replace(BootFile, data, fsx.Attr{Mode: 0o644})
	}
	if !booted {
		return
	}
	attr := fsx.Attr{Mode: 0o600}
	if w.EUID == 0 { // the app's user is let in by its group, and can't change what root believes
		attr = fsx.Attr{Mode: 0o640, Owner: true, UID: 0, GID: w.Identity.GID}
	}
	if data, err := json.Marshal(NewApp(w)); err == nil {
		_ = dir.Replace(AppFile, data, attr)
	}
}

var errForeign = errors.New("it belongs to somebody else, or others can write it")

// runDir opens RunDir, making it if need be. /run may be a tmpfs that everybody can write (docker run --tmpfs /run):
// somebody else's directory is not believed.
func runDir(euid uint32) (*fsx.Dir, error) {
	if _, err := fsx.MakeAll(RunDir, 0o755); err != nil {
		return nil, err
	}
	return trusted(RunDir, euid)
}

// trusted opens a directory that belongs to euid and that nobody else can write.
func trusted(path string, euid uint32) (*fsx.Dir, error) {
	dir, err := fsx.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := dir.Info()
	if err == nil && (info.UID != euid || info.Perm&0o022 != 0) {
		err = errForeign
	}
	if err != nil {
		_ = dir.Close()
		return nil, err
	}
	return dir, nil
}

// ReadReport reads what the last boot did: from the record that it left, or where it could leave none from the volume's
// ledger. No boot is fs.ErrNotExist.
func ReadReport(ctx context.Context, o Options) (boot.Report, error) {
	var rep boot.Report
	err := read(BootFile, &rep)
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
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, errForeign) || errors.Is(err, fs.ErrPermission)
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

// ReadApp reads what the last boot found out about the app. Root believes root alone.
func ReadApp() (*App, error) {
	app := &App{}
	return app, read(AppFile, app)
}

// read reads a record into a value; the directory must be root's or the caller's own.
func read(name string, into any) error {
	dir, err := trusted(RunDir, 0)
	if errors.Is(err, errForeign) {
		dir, err = trusted(RunDir, uint32(os.Geteuid()))
	}
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	data, info, err := dir.Read(name, maxRecord)
	if err != nil {
		return err
	}
	if owner, err := dir.Info(); err != nil || info.UID != owner.UID || info.Perm&0o022 != 0 {
		return errors.Join(errForeign, err)
	}
	return json.Unmarshal(data, into)
}
