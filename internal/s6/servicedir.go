package s6

import (
	"errors"
	"io/fs"
	"path"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/s6rc"
)

// maxSetting bounds a file that says a number or a name.
const maxSetting = 4096

// live makes the live directory of a longrun: what s6-supervise would read is laid there, programs and data are links to the
// image's own, so that a /run from which nothing can be executed is good enough, and the scan directory gets a link to it.
func (p *plugin) live(dir, name, source string, run *s6rc.RunDir) (string, error) {
	legacy := dir == legacyDir
	at := dir + "/" + name
	if err := p.at.mkdir(at); err != nil {
		return "", err
	}
	from, err := fsx.Open(source)
	if err != nil {
		return "", err
	}
	defer func() { _ = from.Close() }()
	if err := p.lay(from, source, at, run, legacy); err != nil {
		return "", err
	}
	full := p.at.path + "/" + at
	return full, p.at.dir.Symlink(full, scanDir+"/"+name)
}

// lay fills a live directory.
func (p *plugin) lay(from *fsx.Dir, source, at string, run *s6rc.RunDir, legacy bool) error {
	items, err := from.List()
	if err != nil {
		return err
	}
	var errs []error
	for _, it := range items {
		target := at + "/" + it.Name
		switch {
		case legacy && it.Name == "down":
			errs = append(errs, p.at.file(target, ""))
		case ofDefinition(it.Name):
		case it.Name == "log" && it.Kind == fsx.Directory && run != nil && run.Log != nil:
			errs = append(errs, p.layLog(from, source, target, run.Log))
		case setting(it.Name):
			data, _, err := from.Read(it.Name, maxSetting)
			if errors.Is(err, fsx.ErrSymlink) { // an image may link even these
				errs = append(errs, p.at.dir.Symlink(source+"/"+it.Name, target))
				continue
			}
			if err == nil {
				err = p.at.file(target, string(s6rc.Clean(data)))
			}
			errs = append(errs, err)
		default:
			errs = append(errs, p.layProgram(source+"/"+it.Name, it.Name, target, run))
		}
	}
	return errors.Join(errs...)
}

// layLog fills the directory of a logger.
func (p *plugin) layLog(from *fsx.Dir, source, target string, run *s6rc.RunDir) error {
	if err := p.at.mkdir(target); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	sub, err := from.Sub("log")
	if err != nil {
		return err
	}
	defer func() { _ = sub.Close() }()
	return p.lay(sub, source+"/log", target, run, true)
}

// layProgram links a program or directory of the source, or lays a clean copy of a program that can't be run as it is.
func (p *plugin) layProgram(source, name, target string, run *s6rc.RunDir) error {
	if run != nil {
		for _, program := range []s6rc.Program{run.Run, run.Finish} {
			if program.Dirty && path.Base(program.Path) == name {
				return p.layClean(program.Path, target) // no link: where nothing may be executed, who reads its first line follows none
			}
		}
	}
	return p.at.dir.Symlink(source, target)
}

// ofDefinition says whether a name in a source is about the definition and no part of the service directory.
func ofDefinition(name string) bool {
	switch name {
	case "type", "dependencies", "dependencies.d", "contents", "contents.d", "up", "down", "timeout-up", "timeout-down",
		"producer-for", "consumer-for", "pipeline-name", "flag-essential", "flag-recommended", "supervise", "event":
		return true
	}
	return fsx.IsTemp(name)
}

// setting says whether a name in a service directory is a file that says a number or a name.
func setting(name string) bool {
	switch name {
	case "notification-fd", "lock-fd", "timeout-kill", "timeout-finish", "down-signal", "reload-signal", "max-death-tally", "nosetsid",
		"flag-newpidns", "flag-timeout-killpg":
		return true
	}
	return false
}
