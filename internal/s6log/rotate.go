package s6log

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/proc"
)

// A stage is how far an archive is. What fails is tried again from there, and lines are written on meanwhile.
type stage byte

const (
	quiet     stage = iota
	full            // `current` is to become an archive
	renamed         // it is called previous; lines still go there, because there is no new one
	apart           // there is a new one; the old one is to be marked
	ready           // the old one is marked, and to be processed, if anything does
	atWork          // the processor runs
	succeeded       // its output is to be marked
	marked          // its output is, and replaces previous
)

// A rotation is the making of one archive.
type rotation struct {
	stage  stage
	turnAt time.Time // when what failed is tried again
	given  bool      // it failed while the logger was ending

	lockID fileID
	work   *proc.Process
}

// begin begins an archive.
func (d *logdir) begin() {
	d.stage, d.turnAt = full, time.Time{}
	d.turn(time.Now())
}

// turn carries an archive on, as far as it goes now.
func (d *logdir) turn(now time.Time) {
	for d.stage != quiet && !d.given && !now.Before(d.turnAt) {
		if d.stage == atWork {
			if !d.done() {
				return
			}
			continue
		}
		if said, err := d.forward(); err != nil {
			d.turnAt = now.Add(d.cooldown)
			d.l.warn("unable to %s: %s", said, reason(err))
			d.giveUp()
		}
	}
}

// giveUp leaves an archive that can't be made now to the next logger, which finds what there is: all lines are in files.
func (d *logdir) giveUp() {
	if d.l.ended && !d.given {
		d.given = true
		d.l.warn("%s: the next logger finishes what was begun", d.path)
	}
}

// forward is one step of an archive; said is what can't be done.
func (d *logdir) forward() (said string, err error) {
	switch d.stage {
	case full:
		if err = settle(d.file); err != nil {
			return "fsync " + d.path + "/current", err
		}
		// Somebody who removed it wanted no archive of it, and a new one is to be made.
		err = unix.Renameat(d.dir, current, d.dir, previous)
		if err != nil && !errors.Is(err, unix.ENOENT) {
			return "rename " + d.path + "/current to " + d.path + "/previous", err
		}
		d.stage = renamed
	case renamed:
		fd, size, err := d.add(current)
		if err != nil {
			return "open " + d.path + "/current", err
		}
		_ = unix.Fchmod(fd, d.l.mode) // so that it isn't what an odd umask left
		old := d.file
		d.file, d.size, d.stage = fd, size, apart
		_ = unix.Fchmod(old, d.l.mode|finished)
		_ = unix.Close(old)
	case apart:
		d.stage = ready
		if _, err := d.stat(previous); errors.Is(err, unix.ENOENT) {
			d.stage = quiet
		}
	case ready:
		if d.processor != nil {
			return "start the processor of " + d.path, d.process()
		}
		if err = d.archive(previous, 's'); err != nil {
			return "archive " + d.path + "/previous", err
		}
		d.stage = quiet
	case succeeded:
		if err = d.markOutput(); err != nil {
			return "mark " + d.path + "/processed", err
		}
		d.stage = marked
	case marked:
		if err = d.accept(); err != nil {
			return "archive " + d.path + "/processed", err
		}
		d.stage = quiet
	case quiet, atWork:
	}
	return "", nil
}
