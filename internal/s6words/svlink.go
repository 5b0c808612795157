package s6words

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/s6dir"
)

const svlinkUsage = "s6-svlink [ -d | -D ] [ -f ] [ -P ] [ -t ms ] scandir servicedir [ name ]"

// svlink makes a service known to who keeps a scan directory, and waits until it is supervised.
func svlink(c *chain.Call) int {
	down, forced, public, ms, good := byte(0), false, false, uint32(0), true
	rest, ok := chain.Options(c.Args, "dDfPt:", func(f byte, v string) {
		switch f {
		case 'd', 'D':
			down = f
		case 'f':
			forced = true
		case 'P':
			public = true
		case 't':
			n, isNumber := number(v)
			ms, good = n, good && isNumber
		}
	})
	if !ok || !good || len(rest) < 2 {
		return c.Wrong(svlinkUsage)
	}
	scandir, dir := rest[0], rest[1]
	name := filepath.Base(dir)
	if len(rest) > 2 {
		name = rest[2]
	}
	switch {
	case name == "" || strings.Contains(name, "/"):
		return c.Fail(chain.System, "name the link: %q holds a slash or is empty", name)
	case name[0] == '.':
		return c.Fail(chain.System, "name the link: %q begins with a dot: it would be passed over", name)
	}
	if _, err := os.Stat(dir + "/" + s6dir.Run); err != nil {
		return c.Fail(chain.System, "link %s: no service has a run there: %s", dir, reason(err))
	}
	target, err := filepath.Abs(dir)
	if err != nil {
		return c.Fail(chain.System, "link %s: %s", dir, reason(err))
	}
	dirs := []string{target}
	if isDir(target + "/log") {
		dirs = append(dirs, target+"/log")
	}
	until := within(ms)
	for _, d := range dirs {
		if err := eventsOf(d, public, forced); err != nil {
			return c.Fail(chain.System, "prepare %s/event: %s", d, reason(err))
		}
	}
	if err := downFile(target, down); err != nil {
		return c.Fail(chain.System, "make %s/down: %s", target, reason(err))
	}
	link := scandir + "/" + name
	if err := os.Symlink(target, link); err != nil {
		return c.Fail(chain.System, "link %s: %s", link, reason(err))
	}
	if code := supervisedAfter(c, scandir, dirs, until); code != 0 {
		_ = os.Remove(link)
		return code
	}
	if down == 'd' {
		_ = os.Remove(target + "/" + s6dir.Down)
	}
	return 0
}

// eventsOf makes the directory of events, for everybody or for the own group; one that is there has to be as it is asked for.
func eventsOf(dir string, public, forced bool) error {
	at, mode := dir+"/"+s6dir.Event, uint32(s6dir.EventMode)
	if public {
		mode = 0o1733
	}
	err := unix.Mkdir(at, 0o700)
	if errors.Is(err, unix.EEXIST) {
		var st unix.Stat_t
		if err := unix.Stat(at, &st); err != nil {
			return err
		}
		if st.Mode&unix.S_IFMT != unix.S_IFDIR {
			return unix.ENOTDIR
		}
		if public == (st.Mode&0o003 == 0o003) {
			return nil
		}
		if !forced {
			return syscall.EPERM
		}
	} else if err != nil {
		return err
	}
	group := os.Getegid()
	if public {
		group = -1
	}
	return changeDir(at, group, mode)
}

// downFile makes or removes the file that keeps a service down.
func downFile(dir string, down byte) error {
	path := dir + "/" + s6dir.Down
	if down == 0 {
		err := os.Remove(path)
		if missing(err) {
			err = nil
		}
		return err
	}
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CREAT|unix.O_CLOEXEC|unix.O_NONBLOCK|unix.O_NOFOLLOW, 0o666)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

// supervisedAfter asks for a look at the scan directory, and waits until directories are supervised: somebody has the lock, reads
// the FIFO, and has written a status since, before which he has read whether the service is to be down.
func supervisedAfter(c *chain.Call, scandir string, dirs []string, until deadline) int {
	w := newInotify(dirs...)
	defer w.close()
	before := make([]unix.Stat_t, len(dirs))
	for i, d := range dirs {
		if on, _ := s6dir.Supervised(d); !on {
			_ = unix.Stat(d+"/"+s6dir.StatusAt, &before[i])
		}
	}
	if code := scan(c, scandir, "a"); code != 0 {
		return chain.System
	}
	for i, d := range dirs {
		for {
			w.add(d + "/" + s6dir.Supervise)
			on, err := s6dir.Supervised(d)
			if err != nil && !missing(err) {
				return c.Fail(chain.System, "look at %s: %s", d, chain.Reason(err))
			}
			listens, _ := s6dir.Listening(d)
			var now unix.Stat_t
			if on && listens && unix.Stat(d+"/"+s6dir.StatusAt, &now) == nil && (now.Ino != before[i].Ino || now.Ctim != before[i].Ctim) {
				break
			}
			if until.left() == 0 {
				return c.Fail(99, "wait for %s: the time is over", d)
			}
			w.poll(until.soon()) // a lock makes no event, the files around it do
		}
	}
	return 0
}

// svunlink takes a service away from who keeps a scan directory, and waits until nobody supervises it.
func svunlink(c *chain.Call) int {
	wait, ms, good := true, uint32(0), true
	rest, ok := chain.Options(c.Args, "Xt:", func(f byte, v string) {
		if f == 'X' {
			wait = false
			return
		}
		n, isNumber := number(v)
		ms, good = n, good && isNumber
	})
	if !ok || !good || len(rest) < 2 {
		return c.Wrong("s6-svunlink [ -X ] [ -t ms ] scandir name")
	}
	scandir, name := rest[0], rest[1]
	link := scandir + "/" + name
	dir, err := filepath.EvalSymlinks(link)
	if errors.Is(err, os.ErrNotExist) {
		return 0 // it isn't linked
	}
	if err != nil || name == "" || name[0] == '.' || strings.Contains(name, "/") {
		return c.Fail(chain.System, "unlink %q: it is no name of a service", name)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		return c.Fail(chain.System, "unlink %s: it is no link: take the directory away by hand, behind s6-svc -d and before s6-svscanctl -an", link)
	}
	if err := os.Remove(link); err != nil {
		return c.Fail(chain.System, "unlink %s: %s", link, reason(err))
	}
	w := newInotify(dir + "/" + s6dir.Supervise)
	defer w.close()
	if code := scan(c, scandir, "an"); code != 0 {
		return code
	}
	for until := within(ms); wait && until.left() != 0; {
		if on, err := s6dir.Supervised(dir); err != nil || !on {
			break
		}
		w.poll(until.soon()) // a lock that goes makes no event
	}
	return 0
}
