package s6

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/environ"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/s6dir"
	"github.com/berth-init/berth/internal/s6rc"
	"github.com/berth-init/berth/internal/spec"
)

// leaderName is the name of PID 1 that clients look for.
const leaderName = "s6-svscan"

// layOut reads the settings and makes what clients look for in /run.
func (p *plugin) layOut(ctx context.Context, r *boot.Run) error {
	w := r.World
	settings, complaints := s6rc.ReadSettings(w.Lookup)
	p.settings = settings
	p.complain(complaints)
	p.complain(s6rc.Misspelt(w.Environ))
	path, _ := w.Lookup("PATH")
	p.path = commandPath(path)
	own := *w.Spec // the words of main are looked for where the image's own programs are
	own.Env.Path = append([]spec.Text{"/command"}, own.Env.Path...)
	w.Spec = &own
	if os.Getpid() == 1 {
		if err := proc.NameLeader(leaderName); err != nil {
			r.Warn("", "name PID 1 %s: %v; programs that look for s6 by /proc/1/comm don't find it", leaderName, err)
		}
	}
	var err, odd error
	p.at, err = settle(ctx, "/run", []string{"/dev/shm", "/tmp"}, func(at *place) error { // memory is there even in a read-only container
		odd = p.furnish(at, w)
		return odd
	})
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		p.homeless(r, err)
	}
	if p.at == nil {
		return nil
	}
	w.OnClose(p.at.close)
	if odd != nil {
		r.Warn("make room in "+p.at.path, "lay out %s: %v; programs that look there may miss it", p.at.path, odd)
	}
	return nil
}

// homeless says that /run could not be used, once.
func (p *plugin) homeless(r *boot.Run, err error) {
	const hint = "mount a tmpfs at /run (docker run --tmpfs /run), or prepare the image with `berth s6 install`"
	if p.at == nil {
		r.Warn(hint, "use /run: %v; there is no other place that can be written either: services don't start, and the command runs without them", err)
		return
	}
	r.Warn(hint, "use /run: %v; services, their environment and results are in %s instead (%s)", err, p.at.path, s6dir.RunEnv)
}

// furnish makes the directories and files of a fresh place.
func (p *plugin) furnish(a *place, w *boot.World) error {
	var errs []error
	do := func(err error) { errs = append(errs, err) }
	for _, name := range []string{environmentDir, "s6/basedir", binDir, "s6/workdir", legacyDir, cleanDir, servicedirs} {
		do(a.mkdir(name))
	}
	do(a.dir.Symlink(a.path+"/"+scanDir, "s6/services")) // where images of the second generation look for it
	do(a.file(exitcodeFile, "0\n"))
	if exe, err := os.Executable(); err == nil {
		for _, name := range []string{"halt", "poweroff", "reboot", "shutdown"} {
			do(a.dir.Symlink(exe, binDir+"/"+name))
		}
	}
	do(a.dump(append(slices.Clip(w.Environ), "PATH="+p.path))) // with-contenv gives it back: the programs in /command have to be on it
	varRun()
	return errors.Join(errs...)
}

// varRun makes /var/run lead to /run, where nothing is there yet; an image that has something there keeps it.
func varRun() {
	dir, err := fsx.Open("/var")
	if err != nil {
		return
	}
	defer func() { _ = dir.Close() }()
	if e, err := dir.Look("run"); err == nil {
		_ = e.Close()
		return
	}
	_ = dir.Symlink("/run", "run") // a read-only image is as it is
}

// commandPath puts the directories in front of a PATH that it lacks.
func commandPath(path string) string {
	if path == "" {
		path = environ.DefaultPath
	}
	for _, dir := range []string{"/bin", "/usr/bin", "/command"} {
		if !strings.Contains(":"+path+":", ":"+dir+":") {
			path = dir + ":" + path
		}
	}
	return path
}

// complain tells what is wrong with the image, and gives how many are fatal.
func (p *plugin) complain(all []s6rc.Complaint) int {
	fatal := 0
	for _, c := range all {
		if c.Fatal {
			fatal++
		}
		p.warn(c.Hint, c.String())
	}
	return fatal
}
