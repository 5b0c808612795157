package s6run

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/s6dir"
)

// A scanDir is the scan directory with what s6-svscan has in it: a FIFO for letters, a lock, and the numbers of the looks
// that were begun and ended, for who waits until what it put there is a slot.
type scanDir struct {
	room    *Room
	top     *fsx.Dir
	own     *fsx.Dir // .s6-svscan; nil: it could not be had
	attr    fsx.Attr
	control *os.File
	lock    *fsx.Hold

	mu           sync.Mutex
	begun, ended int
}

// scansAt holds the numbers, in .s6-svscan: "BEGUN ENDED". Who has read BEGUN, written a letter and then reads an ENDED above
// it knows that a look began after the letter.
const scansAt = "scans"

func newScanDir(r *Room, top *fsx.Dir) *scanDir {
	d := &scanDir{room: r, top: top, attr: fsx.Attr{Fleeting: true}}
	if in, err := top.Info(); err == nil {
		d.attr = ownedBy(in)
	}
	return d
}

// begin makes what clients look for, and listens. Without it slots are as they were when the container started.
func (d *scanDir) begin() {
	if err := d.open(); err != nil {
		d.room.warn("make the scan directory writable; the services run all the same", "s6-svscanctl doesn't work: "+err.Error())
		return
	}
	go d.listen(d.control)
}

func (d *scanDir) open() error {
	a := d.attr
	a.Mode = 0o755 // who waits for a look reads the numbers
	err := d.top.Mkdir(s6dir.Scan, a)
	if own, oerr := d.top.Sub(s6dir.Scan); oerr == nil {
		d.own = own
	} else {
		return errors.Join(err, oerr)
	}
	if d.lock, err = d.own.Hold("lock", d.attr); err != nil {
		return err
	}
	a.Mode = s6dir.ControlMode
	err = d.own.MakeFIFO("control", a)
	control, oerr := d.own.OpenFIFO("control")
	if oerr != nil {
		return errors.Join(err, oerr)
	}
	d.control = control
	d.count(0, 0)
	return nil
}

// count writes the numbers down.
func (d *scanDir) count(begun, ended int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.begun += begun
	d.ended += ended
	if d.own == nil {
		return
	}
	a := d.attr
	a.Mode = 0o644
	_ = d.own.Replace(scansAt, fmt.Appendf(nil, "%d %d\n", d.begun, d.ended), a)
}

// listen does what the letters of s6-svscanctl say.
func (d *scanDir) listen(f *os.File) {
	var buf [256]byte
	for {
		n, err := f.Read(buf[:])
		if err != nil {
			return
		}
		d.letters(buf[:n])
	}
}

// letters does what several letters say that came together.
func (d *scanDir) letters(list []byte) {
	var add, prune, look bool
	halts := map[byte]bool{}
	for _, c := range list {
		switch c {
		case 'a':
			add, look = true, true
		case 'n', 'N':
			prune, look = true, true
		case 'h':
			add, prune, look = true, true, true
		case 't', 'i', 'q', 'b':
			if d.room.o.Halt != nil && !halts[c] {
				halts[c] = true
				go d.room.o.Halt(c)
			}
		default: // z reaps, which is done already
		}
	}
	if look {
		d.room.look(add, prune)
	}
	if prune {
		time.AfterFunc(behind, func() { d.room.look(false, false) })
	}
}

// end lets go of it all.
func (d *scanDir) end() {
	if d.control != nil {
		_ = d.control.Close()
	}
	if d.lock != nil {
		_ = d.lock.Release()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.own != nil {
		_ = d.own.Close()
		d.own = nil
	}
}
