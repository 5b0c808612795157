package daemon

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/environ"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

// discovery looks for the programs that env.find names. It changes nothing, so it wants no step.
func discovery() boot.Phase {
	return boot.Func("discovery", func(_ context.Context, r *boot.Run) error {
		w := r.World
		found, errs := discover(w.Root, w.Spec.Env.Find, w.Lookup)
		w.Find = found
		for _, err := range errs {
			r.Warn("mount the directory with the program in it, or set the variable", "%v", err)
		}
		return nil
	})
}

// discover looks for every program that the spec wants a variable for, unless the container sets the variable. The
// errors are for warnings, one for each variable that stays unset: a directory that is not there, or not named, is
// none.
func discover(root *fsx.Dir, wanted map[string]spec.Find, lookup func(string) (string, bool)) (map[string]string, []error) {
	found := map[string]string{}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if set, _ := lookup(name); set != "" {
			continue
		}
		under := wanted[name].Under.Expand(lookup)
		if under == "" {
			continue
		}
		hit, err := environ.Find(root, under, wanted[name].Names)
		if err != nil {
			errs = append(errs, fmt.Errorf("%w; %s stays unset", err, name))
		} else if hit != "" {
			found[name] = hit
		}
	}
	return found, errs
}
