package s6

import (
	"context"
	"os"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/rootfs"
)

// again is how long the logger rests between two of its lives.
const again = time.Second

// A catchall is the logger that everything speaks to under S6_LOGGING. Its pipe is held open here, so that what is said while
// the logger is started again isn't lost.
type catchall struct {
	in, out *os.File // what it reads, what everybody writes
	quit    chan struct{}
	ended   chan struct{}
	over    sync.Once
}

// output gives what to write to; nil where the container's own output is it.
func (c *catchall) output() *os.File {
	if c == nil {
		return nil
	}
	return c.out
}

// catch starts the logger; without it everything goes to the container's output.
func (p *plugin) catch() *catchall {
	dir := "/run/" + logsDir
	if p.at != nil {
		dir = p.at.path + "/" + logsDir
	}
	as, err := p.catchallUser(dir)
	if err != nil {
		p.warn("", "S6_CATCHALL_USER="+p.settings.CatchallUser+": "+err.Error()+"; the logger runs as berth does")
	}
	file, err := p.find("s6-log")
	if err != nil {
		p.warn("prepare the image with `berth s6 install`", "S6_LOGGING: "+err.Error()+"; everything goes to the container's output")
		return nil
	}
	in, out, err := os.Pipe()
	if err != nil {
		p.warn("", "S6_LOGGING: "+err.Error()+"; everything goes to the container's output")
		return nil
	}
	c := &catchall{in: in, out: out, quit: make(chan struct{}), ended: make(chan struct{})}
	argv := append(append([]string{"s6-log", "-bp", "--"}, strings.Fields(p.settings.LoggingScript)...), dir) // nobody waits for its readiness
	go p.keepLogging(c, file, argv, as)
	return c
}

// keepLogging runs the logger until nobody writes any more.
func (p *plugin) keepLogging(c *catchall, file string, argv []string, as *proc.Credential) {
	defer close(c.ended)
	for {
		command := proc.NewCommand(file, argv)
		command.Env, command.Stdin, command.Session, command.Credential = p.scriptEnv(), c.in, true, as
		started, err := p.host.Table.Start(command)
		if err != nil {
			p.warn("", "S6_LOGGING: "+err.Error())
		} else {
			over := p.runs(started)
			<-started.Done()
			over()
		}
		select {
		case <-c.quit:
			return
		case <-time.After(again):
		}
	}
}

// finish lets the logger end when nobody speaks any more: what is swept up at the end must not wait for it.
func (c *catchall) finish() {
	if c == nil {
		return
	}
	c.over.Do(func() {
		close(c.quit)
		_ = c.out.Close()
	})
}

// close waits until the logger has written what is in its pipe.
func (c *catchall) close(ctx context.Context) error {
	if c == nil {
		return nil
	}
	c.finish()
	select {
	case <-c.ended:
		return c.in.Close()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// catchallUser says as whom the logger runs, and gives it its directory.
func (p *plugin) catchallUser(dir string) (*proc.Credential, error) {
	name := p.settings.CatchallUser
	if name == "" || name == "root" || p.host.World.EUID != 0 {
		return nil, nil //nolint:nilnil // as berth itself
	}
	passwd, _, err := rootfs.ReadPasswd(p.host.World.Root)
	if err != nil {
		return nil, err
	}
	account, ok := passwd.ByName(name)
	if !ok {
		return nil, errNoAccount
	}
	as, err := p.groupsOf(account.UID, account.GID)
	if err != nil {
		return nil, err
	}
	d, err := fsx.Open(path.Dir(dir))
	if err != nil {
		return nil, err
	}
	defer func() { _ = d.Close() }()
	e, err := d.Look(path.Base(dir))
	if err != nil {
		return nil, err
	}
	defer func() { _ = e.Close() }()
	return as, e.Chown(account.UID, account.GID)
}
