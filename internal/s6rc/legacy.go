package s6rc

import (
	"strings"

	"github.com/berth-init/berth/internal/fsx"
)

// services reads services.d.
func (r *reader) services(dir string) {
	f, err := r.tree.open(dir)
	if err != nil {
		r.missing(dir, err)
		return
	}
	defer f.close()
	for _, it := range r.list(f) {
		at := join(dir, it.Name)
		if strings.HasPrefix(it.Name, ".") {
			r.ignore(at, "its name starts with a dot")
			continue
		}
		sub, err := f.sub(it.Name)
		if err != nil {
			r.noDefinition(at, it, err)
			continue
		}
		r.image.Legacy = append(r.image.Legacy, r.service(sub, it.Name))
		sub.close()
	}
}

func (r *reader) service(f folder, name string) Legacy {
	l := Legacy{Name: name, Dir: f.path}
	run := newRunDir()
	for _, it := range r.list(f) {
		switch at := join(f.path, it.Name); it.Name {
		case "log":
			sub, err := f.sub("log")
			if err != nil {
				why, hint := noFolder(at, err)
				r.warn(at, hint, "%s", why)
				continue
			}
			run.Log = r.logger(sub)
			sub.close()
		case "type", "up", "dependencies", "dependencies.d", "producer-for", "consumer-for", "contents", "contents.d":
			r.ignore(at, "services.d has no such file; the definitions of s6-rc.d have")
		default:
			if r.runFile(f, it, run) {
				continue
			}
			// A service directory is copied as a whole, and scripts may have files of their own in it.
			if best := guess(it.Name, runFiles()); best != "" && !strings.HasPrefix(it.Name, ".") {
				r.warn(at, "did you mean "+best+"?", "no file of s6's has this name; copied, and without effect")
			}
		}
	}
	switch {
	case oddName(name) != "":
		l.Broken = oddName(name)
		r.warn(f.path, "rename the directory", "%s; it isn't started", l.Broken)
	case run.Run.Path == "":
		l.Broken = "there is no file run"
		r.warn(f.path, "add an executable file run, or remove the directory", "it has no file run, so it isn't started")
	}
	l.Run = *run
	return l
}

// scripts reads cont-init.d or cont-finish.d: each file is run, in the order of the bytes of the names.
func (r *reader) scripts(dir string) []Program {
	f, err := r.tree.open(dir)
	if err != nil {
		r.missing(dir, err)
		return nil
	}
	defer f.close()
	var out []Program
	for _, it := range r.list(f) {
		at := join(dir, it.Name)
		if strings.HasPrefix(it.Name, ".") {
			r.ignore(at, "its name starts with a dot")
			continue
		}
		in, err := f.look(it.Name)
		switch {
		case err != nil:
			_, why, hint := unreadable(at, 0, err)
			r.warn(at, hint, "%s; left out", why)
		case in.Kind == fsx.Directory:
			r.ignore(at, "a directory can't be run")
		case in.Kind != fsx.Regular:
			_, why, hint := unreadable(at, 0, kindError(at, in.Kind))
			r.warn(at, hint, "%s; left out", why)
		default:
			out = append(out, r.program(f, it.Name))
		}
	}
	return out
}
