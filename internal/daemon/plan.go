package daemon

import (
	"context"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fleet"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/proc"
)

// Plan says what a boot would change, and why, and changes nothing: while it looks, every change that a phase might
// try answers an error. A failure that would end the boot is part of the report and is returned as well.
func Plan(ctx context.Context, o Options) (boot.Report, error) {
	defer fsx.Freeze()()
	w, err := world(&o)
	if err != nil {
		return boot.Report{}, err
	}
	defer func() { _ = w.Close() }()
	r := boot.NewPlan(w)
	err = r.Phases(ctx, phases(&o, w, proc.NewTable(), &fleet.Roster{})...)
	return r.Report(time.Now(), o.Version, err), err
}
