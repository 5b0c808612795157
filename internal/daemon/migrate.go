package daemon

import (
	"context"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/migrate"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/rootfs"
	"github.com/berth-init/berth/internal/volume"
)

// Migrate does that one duty of a boot, on a volume that a boot has made right: no account, no owner but the volume's top
// and no other file is changed. A dry one only looks, and show hears what each file would become.
func Migrate(ctx context.Context, o Options, dry bool, show func(name string, before, after []byte)) (boot.Report, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	l := &life{o: &o, table: proc.NewTable(), cancel: cancel, budget: stopTimeout(&o), stop: make(chan struct{})}
	if !dry {
		defer l.tend()()
	}
	w, err := world(&o)
	if err != nil {
		return boot.Report{}, err
	}
	defer func() { _ = w.Close() }()
	// Who the app is, and where its volume, is only looked up.
	thaw := fsx.Freeze()
	look, identity := boot.NewPlan(w), rootfs.Identity()
	if o.Develop != "" {
		identity = developer(o.Develop)
	}
	err = look.Phases(ctx, volume.Directory(), identity, actor())
	thaw()
	if err == nil && w.Volume == nil {
		err = boot.Failf(1, "say where it is: volume: {path: /data}", "migrate: the spec has no volume")
	}
	if err != nil {
		return look.Report(time.Now(), o.Version, err), err
	}
	r := boot.NewBoot(w, o.Tell)
	if _, absent := w.Volume.Info(); dry || absent != nil {
		defer fsx.Freeze()()
		r = boot.NewPlan(w)
	}
	m := migrate.Migration{Start: &starter{table: l.table, world: w}, Show: show}
	err = r.Phases(ctx, volume.Take(), m.Phase())
	return r.Report(time.Now(), o.Version, err), err
}

// tend reads signals until what it gives is called: a migrator is a child, and a TERM ends the migration and not the process in
// the middle of a file.
func (l *life) tend() (done func()) {
	signals := l.o.Signals
	if signals == nil {
		signals = Catch()
	}
	quit, pumped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(pumped)
		l.pump(signals, quit)
	}()
	return func() {
		close(quit)
		<-pumped
		signals.Release()
	}
}
