package s6log

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/proc"
)

// process starts the processor: previous on its standard input, processed on its output, state on descriptor 4, newstate
// on 5. The descriptor 3 leads nowhere.
func (d *logdir) process() error {
	var files []*os.File
	defer func() {
		for _, f := range files {
			_ = f.Close()
		}
	}()
	for _, f := range []struct {
		name string
		how  int
	}{
		{previous, unix.O_RDONLY},
		{processed, unix.O_WRONLY | unix.O_CREAT | unix.O_TRUNC},
		{"/dev/null", unix.O_RDONLY},
		{state, unix.O_RDONLY | unix.O_CREAT},
		{newState, unix.O_WRONLY | unix.O_CREAT | unix.O_TRUNC},
	} {
		fd, err := openSole(d.dir, f.name, f.how)
		if err != nil {
			return err
		}
		_ = unix.SetNonblock(fd, false) // it was so for the moment of opening only
		files = append(files, os.NewFile(uintptr(fd), f.name))
	}
	cmd := proc.NewCommand(d.processor[0], d.processor)
	if err := locate(d.l.c, cmd); err != nil {
		return err
	}
	cmd.Env, cmd.Dir = d.l.c.Env, d.path
	cmd.Stdin, cmd.Stdout, cmd.ExtraFiles = files[0], files[1], files[2:]
	work, err := d.l.table.Start(cmd)
	if err == nil {
		d.work, d.stage = work, atWork
	}
	return err
}

// done looks whether the processor has ended, and how.
func (d *logdir) done() bool {
	select {
	case <-d.work.Done():
	default:
		return false
	}
	status := d.work.Status()
	d.work = nil
	if status.Success() {
		d.stage = succeeded
		return true
	}
	verb := "failed"
	if status.Signal != 0 {
		verb = "crashed"
	}
	d.l.warn("processor %s in %s: %s", verb, d.path, status)
	d.stage, d.turnAt = ready, time.Now().Add(d.cooldown)
	d.giveUp()
	return true
}

// markOutput marks what the processor wrote. From here on it is what previous was.
func (d *logdir) markOutput() error {
	for _, f := range []struct {
		name string
		mark bool
	}{{newState, false}, {processed, true}} {
		fd, err := openSole(d.dir, f.name, unix.O_WRONLY|unix.O_CREAT)
		if err != nil {
			return err
		}
		err = settle(fd)
		if err == nil && f.mark {
			err = unix.Fchmod(fd, d.l.mode|finished)
		}
		_ = unix.Close(fd)
		if err != nil {
			return err
		}
	}
	return nil
}

// accept puts what the processor wrote into the place of what it read. It can be done again.
func (d *logdir) accept() error {
	if err := d.remove(previous); err != nil {
		return err
	}
	if err := unix.Renameat(d.dir, newState, d.dir, state); err != nil && !errors.Is(err, unix.ENOENT) {
		return err
	}
	err := d.archive(processed, 's')
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	return err
}

// locate finds a program along PATH. One of this binary's own words needn't lie there: the binary is it, under that name.
func locate(c *chain.Call, cmd *proc.Command) error {
	path, set := c.Get("PATH")
	if !set {
		path = "/usr/bin:/bin"
	}
	file, err := proc.LookPath(cmd.Path, path, "", nil)
	if err != nil && c.Find != nil && c.Find(cmd.Path) != nil {
		file, err = "/proc/self/exe", nil
	}
	cmd.Path = file
	return err
}

// reason is why a program can't be started.
func reason(err error) string {
	if e, ok := errors.AsType[*proc.StartError](err); ok {
		err = e.Err
	}
	return chain.Reason(err)
}
