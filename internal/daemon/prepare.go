package daemon

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fleet"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/migrate"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/rootfs"
	"github.com/berth-init/berth/internal/shim"
	"github.com/berth-init/berth/internal/spec"
	"github.com/berth-init/berth/internal/volume"
)

// phases gives the order of a boot, which is part of what an image can rely on.
func phases(o *Options, w *boot.World, table *proc.Table, roster *fleet.Roster) []boot.Phase {
	redirected := ""
	if r := redirect(w.Spec, o.Args, w.Lookup); r != nil {
		redirected = r.To
	}
	hooks := func(at spec.HookPoint) boot.Phase { return boot.Hooks(at, &starter{table: table, world: w}) }
	guard, identity := rootfs.Guard(), rootfs.Identity()
	groups, install := rootfs.Groups(), rootfs.Install()
	if o.Develop != "" {
		guard, identity, groups, install = idle("guard"), developer(o.Develop), idle("groups"), idle("install")
	}
	return []boot.Phase{
		guard,
		hooks(spec.BeforeVolume),
		volume.Directory(),
		identity, groups, install,
		actor(),
		volume.Take(),
		hooks(spec.AfterIdentity),
		volume.Ownership(), volume.Access(), volume.Directories(), volume.Stale(),
		hooks(spec.AfterVolume),
		volume.Seeds(), volume.Modes(), volume.Keep(), volume.Generate(), volume.Mirror(),
		migrate.Migration{Start: &starter{table: table, world: w}}.Phase(),
		volume.Reseed(),
		hooks(spec.AfterSeed),
		discovery(),
		fleet.Reconcile(roster, o.Args, redirected),
		hooks(spec.BeforeMain),
	}
}

// plugged puts a plugin's phases before the last hooks.
func plugged(all, more []boot.Phase) []boot.Phase {
	last := len(all) - 1
	return slices.Concat(all[:last], more, all[last:])
}

// idle is a phase that has nothing to do outside a container.
func idle(name string) boot.Phase {
	return boot.Func(name, func(context.Context, *boot.Run) error { return nil })
}

// actor makes the thread that writes with the app user's rights. Identity and groups are known by now.
func actor() boot.Phase {
	return boot.Func("actor", func(_ context.Context, r *boot.Run) error {
		w := r.World
		if w.EUID != 0 || w.Identity.UID == 0 {
			return nil
		}
		a, err := fsx.NewActor(w.Identity.UID, w.Identity.GID, w.Identity.Groups)
		if err != nil {
			return boot.Fail(125, err, fmt.Sprintf("acting as the app's user needs the capabilities SETUID and SETGID (--cap-add); or start the container as that user (--user %d:%d)", w.Identity.UID, w.Identity.GID))
		}
		w.Actor = a
		w.OnClose(a.Close)
		return nil
	})
}

// world makes what the phases see.
func world(o *Options) (*boot.World, error) {
	w := &boot.World{Spec: o.Spec, Environ: o.Environ, Args: o.Args, EUID: uint32(os.Geteuid()), EGID: uint32(os.Getegid())}
	groups, err := os.Getgroups()
	if err != nil {
		return nil, boot.Fail(125, err, "")
	}
	for _, g := range groups {
		w.Groups = append(w.Groups, uint32(g))
	}
	if o.Develop != "" {
		dir, err := filepath.Abs(o.Develop)
		if err != nil {
			return nil, boot.Fail(125, err, "")
		}
		o.Develop = dir // HOME and the spec's own texts name it, whatever directory they are read in
		if err := develop(w, dir); err != nil {
			return nil, err
		}
	}
	var errs []error
	w.Environ, w.FromFile, errs = shim.FromFiles(w.Environ, byFile(w.Spec), w.Spec.Volume.Path.Expand(w.Lookup))
	for _, err := range errs {
		o.warn("mount the file where berth can read it, or set the variable itself", "%v", err)
	}
	w.Identity.Umask = -1
	if w.Root, err = fsx.Open("/"); err != nil {
		return nil, boot.Fail(125, err, "")
	}
	w.OnClose(w.Root.Close)
	return w, nil
}

// A booted is what a boot that succeeded found.
type booted struct {
	command  *proc.Command  // nil: main becomes a service
	redirect *spec.Redirect // the rule by which it does
	world    *boot.World    // open
	roster   fleet.Roster
}

// boot runs the phases, leaves the records that later doors read, and gives main's command. What it gives is the
// caller's to close; one that is left because it hangs closes what it has itself.
func (l *life) boot(ctx context.Context) (b booted, err error) {
	w, err := world(l.o)
	if err != nil {
		return b, err
	}
	b.world = w
	defer func() {
		if err != nil {
			_ = w.Close()
		}
	}()
	r := boot.NewBoot(w, l.o.Tell)
	all := phases(l.o, w, l.table, &b.roster)
	if l.o.Plugin != nil {
		all = plugged(all, l.o.Plugin.Phases(l.host(w)))
	}
	err = r.Phases(ctx, all...)
	if err == nil {
		if b.redirect = redirect(w.Spec, l.o.Args, w.Lookup); b.redirect == nil && l.o.Plugin == nil {
			b.command, err = command(w, l.o.Args, l.o.Develop != "")
		}
	}
	rep := r.Report(time.Now(), l.o.Version, err)
	if w.Lock != nil { // without it another container may be writing the ledger
		if forgot := boot.Remember(w, rep); forgot != nil {
			l.o.warn("make room on the volume, or mend its .berth; the boot itself is not affected", "%v", forgot)
		}
	}
	if l.o.Develop == "" {
		keep(w, rep, err == nil)
	}
	if err == nil {
		err = w.Unlock()
	}
	if err == nil && len(r.Steps()) > 0 && (b.command != nil || b.redirect != nil) {
		l.note(boot.Changed, "Setup complete; starting "+b.what())
	}
	return b, err
}

// what names what is started.
func (b *booted) what() string {
	if b.command == nil {
		return b.redirect.To
	}
	if file := b.command.Path; !shim.Itself(file) || len(b.command.Args) == 0 {
		return filepath.Base(file)
	}
	return filepath.Base(b.command.Args[0]) // berth under the app's name
}
