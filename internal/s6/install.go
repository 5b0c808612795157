package s6

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// An installer makes an image's root berth's, when the image is built.
type installer struct {
	root  string // of the image: / (a directory of the test's own in tests)
	exe   string // berth, as the links name it
	known func(name string) bool
	lacks func(name string) string // why berth isn't the program of a name that it knows; "": it is
	say   func(text string)
	err   error // of the first change that was refused
}

// Install makes /init, /command/* and /usr/bin/with-contenv of an image berth's, and prepares /run for a start as anybody. It
// says each change, and makes none a second time.
func Install(root, exe string, known func(name string) bool, lacks func(name string) string, say func(text string)) error {
	i := &installer{root: strings.TrimSuffix(root, "/"), exe: exe, known: known, lacks: lacks, say: say}
	i.init()
	i.commands()
	i.shortcuts()
	i.run()
	switch {
	case errors.Is(i.err, unix.EROFS):
		return boot.Fail(1, i.err, "run it while the image is built: RUN [\""+exe+"\", \"s6\", \"install\"]")
	case i.err != nil:
		return boot.Fail(1, i.err, "it has to be root's, in a Dockerfile before USER")
	}
	return nil
}

// Installer gives Install for the image that this process runs in.
func Installer(known func(name string) bool, lacks func(name string) string) func(say func(text string)) error {
	return func(say func(text string)) error {
		exe, err := os.Executable()
		if err != nil {
			return boot.Fail(1, err, "mount /proc: berth has to find its own program")
		}
		return Install("/", exe, known, lacks, say)
	}
}

// dir opens a directory of the image, making it if need be.
func (i *installer) dir(name string, do func(d *fsx.Dir) error) {
	if i.err != nil {
		return
	}
	if _, i.err = fsx.MakeAll(i.root+name, 0o755); i.err != nil {
		return
	}
	real := i.root + name
	d, err := fsx.Open(real)
	if err == nil {
		err = do(d)
		_ = d.Close()
	}
	i.err = err
}

// init puts berth at /init and keeps what was there.
func (i *installer) init() {
	i.dir("/", func(d *fsx.Dir) error {
		e, err := d.Look("init")
		if err == nil {
			_ = e.Close()
			if i.ours(d, "init") {
				return nil
			}
			if there, _ := d.Exists("init.s6"); there {
				return fmt.Errorf("keep /init as /init.s6: %w", fs.ErrExist)
			}
			if err := d.Rename("init", "init.s6"); err != nil {
				return err
			}
			i.say("kept /init as /init.s6")
		}
		return i.link(d, "/", "init")
	})
}

// commands puts berth at every name in /command that it answers to.
func (i *installer) commands() {
	i.dir("/command", func(d *fsx.Dir) error {
		made := 0
		for _, name := range programs() {
			if !i.known(name) || i.ours(d, name) {
				continue
			}
			in, err := i.kind(d, name)
			if err == nil && i.lacks(name) != "" {
				continue // the image's own does what berth doesn't
			}
			if err == nil && in.Kind != fsx.Symlink {
				i.say("left /command/" + name + " alone: it is no link, and so a program of the image's own")
				continue
			}
			if err := d.Symlink(i.exe, name); err != nil {
				return err
			}
			made++
		}
		if made > 0 {
			i.say(fmt.Sprintf("linked %d names in /command to %s", made, i.exe))
		}
		return nil
	})
}

// shortcuts puts berth at the names in /usr/bin that lead into /command, and at with-contenv, which scripts begin with.
func (i *installer) shortcuts() {
	i.dir("/usr/bin", func(d *fsx.Dir) error {
		for _, name := range programs() {
			if !i.known(name) || i.lacks(name) != "" || i.ours(d, name) {
				continue
			}
			in, err := i.kind(d, name)
			switch {
			case err == nil && in.Kind == fsx.Symlink:
				to, err := d.Readlink(name)
				if err != nil || !strings.Contains(to, "command/") && !strings.Contains(to, "package/admin/") {
					continue
				}
			case err == nil && name == "with-contenv":
				i.say("left /usr/bin/with-contenv alone: it is a file of the image's own, which may call /command/with-contenv")
				continue
			case err == nil, name != "with-contenv":
				continue
			}
			if err := i.link(d, "/usr/bin/", name); err != nil {
				return err
			}
		}
		return nil
	})
}

// run prepares what a container that is started as anybody (--user) has to write in /run, and leaves /run itself root's. A
// start as root makes these directories root's again.
func (i *installer) run() {
	i.dir("/run", func(d *fsx.Dir) error {
		for _, name := range tops() {
			const mode = 0o1777
			if sub, err := d.Sub(name); err == nil {
				in, err := sub.Info()
				_ = sub.Close()
				if err == nil && in.Perm == mode {
					continue
				}
			}
			if err := d.RemoveAll(context.Background(), name); err != nil {
				return err
			}
			if err := d.Mkdir(name, fsx.Attr{Mode: mode}); err != nil {
				return err
			}
			i.say("prepared /run/" + name + " for a start as any user")
		}
		return nil
	})
}

// link puts berth at a name.
func (i *installer) link(d *fsx.Dir, in, name string) error {
	if err := d.Symlink(i.exe, name); err != nil {
		return err
	}
	i.say("linked " + in + name + " to " + i.exe)
	return nil
}

// ours says whether a name is berth already: by a link, or by the same file.
func (i *installer) ours(d *fsx.Dir, name string) bool {
	if to, err := d.Readlink(name); err == nil && (to == i.exe || path.Join(d.Path(), to) == i.exe) {
		return true
	}
	mine, err := os.Stat(i.root + i.exe)
	there, other := os.Lstat(d.Path() + "/" + name)
	return err == nil && other == nil && os.SameFile(mine, there)
}

func (i *installer) kind(d *fsx.Dir, name string) (fsx.Info, error) {
	e, err := d.Look(name)
	if err != nil {
		return fsx.Info{}, err
	}
	defer func() { _ = e.Close() }()
	return e.Info(), nil
}
