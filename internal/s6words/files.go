package s6words

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
)

// each does something to each path, and ends with 111 at the first that refuses.
func each(c *chain.Call, verb string, paths []string, do func(path string) error) int {
	for _, p := range paths {
		if err := do(p); err != nil {
			return c.Fail(chain.System, "%s %s: %s", verb, p, reason(err))
		}
	}
	return 0
}

// octal reads the bits of a mode.
func octal(text string) (uint32, bool) {
	n, err := strconv.ParseUint(text, 8, 12)
	return uint32(n), err == nil
}

// mkdir makes directories; -p those on the way as well, and none is wrong for being there.
func mkdir(c *chain.Call) int {
	whole, mode, good := false, uint32(0o777), true
	rest, ok := chain.Options(c.Args, "pvm:", func(f byte, v string) {
		switch f {
		case 'p':
			whole = true
		case 'm':
			n, isMode := octal(v)
			mode, good = n, good && isMode
		}
	})
	if !ok || !good || len(rest) == 0 {
		return c.Wrong("s6-mkdir [ -p ] [ -v ] [ -m mode ] dir...")
	}
	return each(c, "make", rest, func(path string) error {
		if whole {
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				return err
			}
		}
		err := unix.Mkdir(path, mode)
		if whole && errors.Is(err, unix.EEXIST) && isDir(path) {
			return nil
		}
		return err
	})
}

// mkfifo makes FIFOs.
func mkfifo(c *chain.Call) int {
	mode, good := uint32(0o666), true
	rest, ok := chain.Options(c.Args, "m:", func(_ byte, v string) {
		n, isMode := octal(v)
		mode, good = n, good && isMode
	})
	if !ok || !good || len(rest) == 0 {
		return c.Wrong("s6-mkfifo [ -m mode ] fifo...")
	}
	return each(c, "make", rest, func(path string) error { return unix.Mkfifo(path, mode) })
}

// touch makes files be of now.
func touch(c *chain.Call) int {
	if len(c.Args) == 0 {
		return c.Wrong("s6-touch file...")
	}
	return each(c, "touch", c.Args, func(path string) error {
		fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CREAT|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOCTTY, 0o666)
		if err == nil {
			_ = unix.Close(fd)
		} else if !errors.Is(err, unix.EISDIR) && !errors.Is(err, unix.ENXIO) {
			return err
		}
		now := time.Now()
		return os.Chtimes(path, now, now)
	})
}

// rename gives a file another name.
func rename(c *chain.Call) int {
	if len(c.Args) < 2 {
		return c.Wrong("s6-rename old new")
	}
	return each(c, "rename", c.Args[:1], func(path string) error { return unix.Rename(path, c.Args[1]) })
}

// rmrf removes trees; what isn't there is removed already.
func rmrf(c *chain.Call) int {
	if len(c.Args) == 0 {
		return c.Wrong("s6-rmrf path...")
	}
	return each(c, "remove", c.Args, os.RemoveAll)
}

// chmod sets the mode of a file.
func chmod(c *chain.Call) int {
	if len(c.Args) < 2 {
		return c.Wrong("s6-chmod mode file...")
	}
	mode, ok := octal(c.Args[0])
	if !ok {
		return c.Wrong("s6-chmod mode file...")
	}
	return each(c, "change the mode of", c.Args[1:], func(path string) error { return unix.Chmod(path, mode) })
}

// chown gives a file to somebody else: numbers, or those in UID and GID.
func chown(c *chain.Call) int {
	uid, gid, link, good := -1, -1, false, true
	one := func(v string) int {
		n, ok := number(v)
		good = good && ok
		return int(n)
	}
	rest, ok := chain.Options(c.Args, "hUu:g:", func(f byte, v string) {
		switch f {
		case 'h':
			link = true
		case 'u':
			uid = one(v)
		case 'g':
			gid = one(v)
		case 'U':
			u, _ := c.Get("UID")
			g, _ := c.Get("GID")
			uid, gid = one(u), one(g)
		}
	})
	if !ok || !good || len(rest) == 0 {
		return c.Wrong("s6-chown [ -h ] [ -U ] [ -u uid ] [ -g gid ] file...")
	}
	return each(c, "change the owner of", rest, func(path string) error {
		if link {
			return os.Lchown(path, uid, gid)
		}
		return os.Chown(path, uid, gid)
	})
}

// ls prints the names in a directory.
func ls(c *chain.Call) int {
	end, hidden, own, except := byte('\n'), false, false, ""
	rest, ok := chain.Options(c.Args, "0aAx:", func(f byte, v string) {
		switch f {
		case '0':
			end = 0
		case 'a', 'A':
			hidden, own = true, f == 'a'
		case 'x':
			except = v
		}
	})
	if !ok || len(rest) == 0 {
		return c.Wrong("s6-ls [ -0 ] [ -a | -A ] [ -x except ] dir")
	}
	names, err := listNames(rest[0], 1<<20)
	if err != nil {
		return c.Fail(chain.System, "list %s: %s", rest[0], reason(err))
	}
	slices.Sort(names)
	if own {
		names = append([]string{".", ".."}, names...)
	}
	var b bytes.Buffer
	for _, n := range names {
		if n == except && except != "" || n[0] == '.' && !hidden {
			continue
		}
		b.WriteString(n)
		b.WriteByte(end)
	}
	return put(c, b.Bytes())
}
