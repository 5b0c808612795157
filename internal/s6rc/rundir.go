package s6rc

import (
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
)

// What counts where a service directory doesn't say.
const (
	defaultFinish = 5 * time.Second
	defaultTally  = 100
	maxTally      = 4096
	maxFD         = 1023 // of a process with the usual limit
)

func newRunDir() *RunDir {
	return &RunDir{
		NotificationFD: -1, LockFD: -1, TimeoutFinish: defaultFinish,
		DownSignal: unix.SIGTERM, ReloadSignal: unix.SIGHUP, MaxDeathTally: defaultTally,
	}
}

// ReadRunDir reads a service directory that is in use. It may be the app user's: no link is followed, but that run and finish
// may be links. There may be no run; its Path is empty then.
func ReadRunDir(d *fsx.Dir) (RunDir, []Complaint) {
	r := &reader{image: &Image{}}
	f := folder{tree: tree{d}, dir: d, path: d.Path(), real: d.Path(), strict: true}
	run := newRunDir()
	for _, it := range r.runNames(f) {
		if it.Name == "log" && it.Kind == fsx.Directory {
			if sub, err := f.sub("log"); err == nil {
				run.Log = r.logger(sub)
				sub.close()
			}
			continue
		}
		r.runFile(f, it, run)
	}
	return *run, r.complaints()
}

// logger reads a log directory, which has no logger of its own.
func (r *reader) logger(f folder) *RunDir {
	run := newRunDir()
	for _, it := range r.runNames(f) {
		r.runFile(f, it, run)
	}
	if run.Run.Path == "" {
		r.warn(f.path, "add a file run, or remove the directory", "it has no run, so nothing reads what the service writes")
	}
	return run
}

// runNames gives those of s6's names that are in a service directory. They are asked for one by one: a user may fill it.
func (r *reader) runNames(f folder) []fsx.Item {
	var items []fsx.Item
	known := append(runFiles(), "log")
	slices.Sort(known)
	for _, name := range known {
		in, err := f.dir.Peek(name)
		switch {
		case err == nil:
			items = append(items, fsx.Item{Name: name, Kind: in.Kind})
		case !absent(err):
			why, hint := noFolder(f.path, err)
			r.warn(f.path, hint, "%s", why)
			return items
		}
	}
	return items
}

// list gives what is in a folder.
func (r *reader) list(f folder) []fsx.Item {
	items, err := f.dir.List()
	if err != nil {
		why, hint := noFolder(f.path, err)
		r.warn(f.path, hint, "%s", why)
	}
	if len(items) > maxServices {
		r.warn(f.path, "is this the right directory?", "it has %d entries; only the first %d are read", len(items), maxServices)
		items = items[:maxServices]
	}
	return items
}

// runFile reads one file of a service directory; false if s6 knows none of that name.
func (r *reader) runFile(f folder, it fsx.Item, run *RunDir) bool {
	name := it.Name
	switch name {
	case "run":
		run.Run = r.program(f, name)
	case "finish":
		run.Finish = r.program(f, name)
	case "notification-fd":
		r.fd(f, name, &run.NotificationFD)
	case "lock-fd":
		r.fd(f, name, &run.LockFD)
	case "timeout-kill":
		r.time(f, name, &run.TimeoutKill)
	case "timeout-finish":
		r.time(f, name, &run.TimeoutFinish)
	case "down-signal":
		r.signal(f, name, &run.DownSignal)
	case "reload-signal":
		r.signal(f, name, &run.ReloadSignal)
	case "max-death-tally":
		r.tally(f, name, &run.MaxDeathTally)
	case "down":
		run.Down = true
	case "nosetsid":
		run.NoSetsid = true
	case "flag-newpidns":
		run.NewPIDNS = true
	case "flag-timeout-killpg":
		run.KillGroup = true
	case "data":
		r.data(f, run)
	case "env":
		run.Env = true
	case "event", "supervise": // what a supervisor makes
	default:
		return false
	}
	return true
}

// runFiles are the names that runFile knows.
func runFiles() []string {
	return []string{
		"run", "finish", "notification-fd", "lock-fd", "timeout-kill", "timeout-finish", "down-signal", "reload-signal",
		"max-death-tally", "down", "nosetsid", "flag-newpidns", "flag-timeout-killpg", "data", "env",
	}
}

func (r *reader) data(f folder, run *RunDir) {
	run.Data = true
	sub, err := f.sub("data")
	if err != nil {
		return
	}
	defer sub.close()
	if in, err := sub.look("check"); err == nil && in.Kind == fsx.Regular {
		run.Check = r.program(sub, "check")
	}
}

func (r *reader) fd(f folder, name string, to *int) {
	text, ok := r.text(f, name, maxText)
	if !ok {
		return
	}
	n, ok := number(text, maxFD)
	if !ok || n == 0 {
		r.warn(join(f.path, name), "write the number of a descriptor, 3 usually", "%s is no number of a descriptor from 1 to %d; left out", quote(word(text)), maxFD)
		return
	}
	*to = n
}

func (r *reader) time(f folder, name string, to *time.Duration) {
	text, ok := r.text(f, name, maxText)
	if !ok {
		return
	}
	d, ok := milliseconds(text)
	if !ok {
		r.warn(join(f.path, name), "write milliseconds, 0 for no limit", "%s is no number of milliseconds up to %d; left out", quote(word(text)), int64(maxMilliseconds))
		return
	}
	*to = d
}

func (r *reader) signal(f folder, name string, to *unix.Signal) {
	text, ok := r.text(f, name, maxText)
	if !ok {
		return
	}
	s, ok := signal(text)
	if !ok {
		names := make([]string, 0, maxSignal)
		for i := unix.Signal(1); i <= maxSignal; i++ {
			if n := unix.SignalName(i); n != "" {
				names = append(names, n)
			}
		}
		hint := Meant(word(text), names)
		if hint == "" {
			hint = "write a name like SIGTERM or a number from 1 to 64"
		}
		r.warn(join(f.path, name), hint, "%s is no signal; %s is sent", quote(word(text)), SignalName(*to))
		return
	}
	*to = s
}

func (r *reader) tally(f folder, name string, to *int) {
	text, ok := r.text(f, name, maxText)
	if !ok {
		return
	}
	n, ok := number(text, 1<<31-1)
	switch {
	case !ok:
		r.warn(join(f.path, name), "write a number from 0 to 4096", "%s is no number; %d deaths are remembered", quote(word(text)), *to)
	case n > maxTally:
		r.warn(join(f.path, name), "write a number from 0 to 4096", "%d is more than can be remembered; %d deaths are", n, maxTally)
		*to = maxTally
	default:
		*to = n
	}
}

// strange words why a file of a definition has no effect.
func strange(name string, known []string) string {
	if best := guess(name, known); best != "" {
		return "no file of s6's has this name; did you mean " + best + "?"
	}
	if slices.Contains([]string{"README", "README.md", "LICENSE", "Makefile"}, name) {
		return "documentation"
	}
	return "no file of s6's has this name"
}
