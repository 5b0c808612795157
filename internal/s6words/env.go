package s6words

import (
	"errors"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
)

// env becomes a program with variables of its own.
func env(c *chain.Call) int {
	set, rest, ok := flagged(c, "i")
	if !ok {
		return c.Wrong("s6-env [ -i ] [ name=value... ] prog...")
	}
	next := *c
	if has(set, 'i') {
		next.Env = nil
	}
	for len(rest) > 0 {
		name, value, is := strings.Cut(rest[0], "=")
		if !is || name == "" {
			break
		}
		next.Set(name, value)
		rest = rest[1:]
	}
	if len(rest) == 0 {
		next.Args = nil
		return printenv(&next)
	}
	return c.Become(rest, next.Env)
}

// dumpenv writes each variable into a file of its own. What another one could have put there in its place isn't written to.
func dumpenv(c *chain.Call) int {
	end, mode, good := "", uint64(0o755), true
	rest, ok := chain.Options(c.Args, "Nm:", func(f byte, v string) {
		if f == 'N' {
			end = "\n"
			return
		}
		var err error
		mode, err = strconv.ParseUint(v, 8, 12)
		good = good && err == nil
	})
	if !ok || !good || len(rest) == 0 {
		return c.Wrong("s6-dumpenv [ -N ] [ -m mode ] dir")
	}
	dir := rest[0]
	if err := unix.Mkdir(dir, uint32(mode)); err != nil && !errors.Is(err, unix.EEXIST) {
		return c.Fail(chain.System, "make %s: %s", dir, reason(err))
	}
	for _, e := range c.Env {
		name, value, is := strings.Cut(e, "=")
		if !is || !fileName(name) {
			continue
		}
		if end != "" && value == "" { // an empty file would say that there is none
			value = "\n"
		} else {
			value += end
		}
		if err := write(dir+"/"+name, value); err != nil {
			return c.Fail(chain.System, "write %s/%s: %s", dir, name, reason(err))
		}
	}
	return 0
}

// write writes a file anew.
func write(path, text string) error {
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC|unix.O_CLOEXEC|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o666)
	if err != nil {
		return err
	}
	for len(text) > 0 {
		n, err := unix.Write(fd, []byte(text))
		if err != nil && !errors.Is(err, unix.EINTR) {
			_ = unix.Close(fd)
			return err
		}
		text = text[max(n, 0):]
	}
	return unix.Close(fd)
}

// test asks what execline's eltest asks.
func test(c *chain.Call) int {
	if c.Find != nil {
		if w := c.Find("eltest"); w != nil {
			return w(c)
		}
	}
	return c.Next(append([]string{"eltest"}, c.Args...))
}
