package logs

import (
	"bytes"
	"errors"
	"io/fs"
	"time"

	"github.com/berth-init/berth/internal/fsx"
)

// A shelf is a log's directory as its writer sees it: the current file, and the archives that it keeps. It is held by
// its log.
type shelf struct {
	o    *Options
	dir  *fsx.Dir
	cur  *fsx.Stream // nil: not open
	size int64       // of cur
	kept []string    // archives, the oldest first
	next uint64      // the next archive's number

	looked time.Time // when the name was last seen to lead to cur
}

// lookEvery bounds how long lines go to a file that somebody moved or removed.
const lookEvery = time.Second

// open opens or makes everything. A line that was torn by a kill -9 is ended.
func (s *shelf) open(now time.Time) error {
	s.close()
	err := s.o.Place.do(func() (err error) {
		if s.dir, err = s.o.Place.make(); err != nil {
			return err
		}
		if err := s.survey(); err != nil {
			return err
		}
		s.cur, err = s.dir.Stream(currentName, s.o.Mode)
		if errors.Is(err, fsx.ErrHardlink) { // a snapshot made of links, say: it keeps what it has
			if err = s.archive(now); err == nil {
				s.cur, err = s.dir.Stream(currentName, s.o.Mode)
			}
		}
		if err != nil {
			return err
		}
		s.prune()
		return s.mend()
	})
	if err != nil {
		s.close()
		return err
	}
	s.looked = now
	return nil
}

// survey reads what archives there are, and sweeps what a kill -9 left of a packing.
func (s *shelf) survey() error {
	all, err := archives(s.dir)
	if err != nil {
		return err
	}
	s.kept, s.next = s.kept[:0], max(s.next, 1)
	for _, a := range all {
		s.kept = append(s.kept, a.name)
		s.next = max(s.next, a.number+1)
	}
	left, err := s.dir.Leftovers()
	if err != nil {
		return err
	}
	for _, name := range left {
		_ = s.dir.Sweep(name) // somebody is at it, or it is gone
	}
	return nil
}

// mend ends a torn last line, so that the next one isn't taken for its rest.
func (s *shelf) mend() error {
	in, err := s.cur.Info()
	if err != nil {
		return err
	}
	s.size = in.Size
	if s.size == 0 {
		return nil
	}
	var last [1]byte
	if _, err := s.cur.ReadAt(last[:], s.size-1); err != nil {
		return err
	}
	if last[0] == '\n' {
		return nil
	}
	_, err = s.append([]byte{'\n'})
	return err
}

func (s *shelf) close() {
	if s.cur != nil {
		_ = s.cur.Close()
		s.cur = nil
	}
	if s.dir != nil {
		_ = s.dir.Close()
		s.dir = nil
	}
}

// still looks, now and then, whether the name leads to the file that is written to: somebody may have moved the file or
// the directory away, and lines in a file without a name are lost.
func (s *shelf) still(now time.Time) bool {
	if since := now.Sub(s.looked); since >= 0 && since < lookEvery {
		return true
	}
	s.looked = now
	return s.o.Place.do(func() error { return s.cur.StillAt(s.o.Place.Dir, s.o.Place.Path+"/"+currentName) }) == nil
}

// append writes whole lines, and gives how many bytes of them are in the file as whole lines. What a full disk left
// of a line is cut off again.
func (s *shelf) append(lines []byte) (int, error) {
	n, err := s.cur.Append(lines)
	s.size += int64(n)
	if err == nil {
		return n, nil
	}
	whole := bytes.LastIndexByte(lines[:n], '\n') + 1
	if torn := int64(n - whole); torn > 0 && s.cur.Cut(s.size-torn) == nil {
		s.size -= torn
	}
	return whole, err
}

// rotate makes the current file an archive and begins another.
func (s *shelf) rotate(now time.Time) error {
	return s.o.Place.do(func() error {
		if err := s.cur.StillAt(s.dir, currentName); err != nil {
			return err
		}
		if err := s.archive(now); err != nil {
			return err
		}
		cur, err := s.dir.Stream(currentName, s.o.Mode)
		if err != nil {
			return err
		}
		_ = s.cur.Close()
		s.cur, s.size = cur, 0
		s.prune()
		return nil
	})
}

// archive gives what stands at the current name an archive's. Numbers that are taken are somebody else's doing.
func (s *shelf) archive(now time.Time) error {
	for tries := 0; ; tries++ {
		name := archiveName(s.next, now)
		err := s.dir.Move(currentName, name)
		if err == nil {
			s.kept = append(s.kept, name)
		}
		s.next++
		if tries == 100 || !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
}

// prune removes the oldest archives. One that can't be removed stays: the next survey finds it.
func (s *shelf) prune() {
	for len(s.kept) > s.o.Keep {
		if s.dir.Remove(s.kept[0]) != nil || s.o.Pack {
			_ = s.dir.Remove(s.kept[0] + packedEnd)
		}
		s.kept = s.kept[1:]
	}
}
