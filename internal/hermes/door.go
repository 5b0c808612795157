package hermes

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/front"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/native"
	"github.com/berth-init/berth/internal/shim"
	"github.com/berth-init/berth/internal/spec"
	"github.com/berth-init/berth/internal/variable"
)

// Door is the way in by the app's own name: what is berth's to answer is answered, for anything else this process
// becomes the app. It gives the code to end with. Words that aren't berth's cost a look at the first of them.
func Door(name string, args []string, out io.Writer) int {
	v := front.DefaultVoice()
	app, err := v.App()
	if err != nil {
		return v.Fail(err)
	}
	if native.Asks(args, app.Native) && app.Bears(name) {
		c := &caller{voice: v, app: app, name: name, environ: os.Environ(), out: out}
		if code, handled := c.answer(args); handled {
			return code
		}
	}
	return v.Fail(front.Become(app, name, args))
}

// forever is longer than a container lives. `gateway run` only waits, and the timer that the bound needs keeps Go's
// runtime from taking that for a deadlock.
const forever = 100 * 365 * 24 * time.Hour

// A caller is one call by the app's own name, with what has been opened for it.
type caller struct {
	voice   *front.Voice
	app     *shim.App
	name    string
	environ []string
	out     io.Writer

	closers []func() error
}

// answer answers, if the words turn out to be berth's.
func (c *caller) answer(args []string) (code int, handled bool) {
	s, err := c.voice.ReadSpec("")
	if err != nil {
		return c.voice.Fail(err), true
	}
	defer c.close()
	e, err := c.env(s, args)
	if err != nil {
		return c.voice.Fail(err), true
	}
	ctx, cancel := context.WithTimeout(context.Background(), forever)
	defer cancel()
	return Answer(ctx, e)
}

// env gives an answer what it needs.
func (c *caller) env(s *spec.Spec, args []string) (Env, error) {
	lookup := func(name string) (string, bool) { return variable.Lookup(c.environ, name) }
	e := Env{
		Args: args, Spec: s, Root: os.DirFS("/"), Lookup: lookup, In: os.Stdin, Out: c.out, Tell: c.voice.Tell,
		Supervisor: Control(func(name string) string { value, _ := lookup(name); return value }),
		Exec:       c.become,
	}
	if os.Geteuid() == 0 {
		e.StaysRoot = c.app.StaysRoot(c.environ)
	}
	if err := c.actor(&e); err != nil {
		return e, err
	}
	var err error
	if e.Volume, err = c.open(c.app.Volume); err != nil {
		return e, err
	}
	e.Tree, err = c.open(c.app.Tree)
	return e, err
}

// actor has root's file work done as the app's user.
func (c *caller) actor(e *Env) error {
	if os.Geteuid() != 0 || e.StaysRoot {
		return nil
	}
	a, err := fsx.NewActor(c.app.UID, c.app.GID, c.app.Groups)
	if err != nil {
		return boot.Fail(126, err, "dropping root needs the capabilities SETUID and SETGID (--cap-add)")
	}
	e.As = a.Do
	c.closers = append(c.closers, a.Close)
	return nil
}

// open opens a directory that the boot found; one that isn't there is none.
func (c *caller) open(path string) (*fsx.Dir, error) {
	if path == "" {
		return nil, nil
	}
	dir, err := fsx.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, boot.Fail(codeRefused, err, "start the container again: its boot found a directory there")
	}
	c.closers = append(c.closers, dir.Close)
	return dir, nil
}

// close gives back what was opened: before this process becomes the app, its one thread with other rights ends.
func (c *caller) close() {
	for _, closer := range c.closers {
		_ = closer() // nothing was written through it that isn't on the disk by now
	}
	c.closers = nil
}

// become makes this process the app with words.
func (c *caller) become(args []string) int {
	c.close()
	return c.voice.Fail(front.Become(c.app, c.name, args))
}
