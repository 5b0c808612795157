package s6words

import (
	"os"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/s6dir"
)

// Where the container's environment is: each variable in a file of its own.
const (
	contenvDir = "/" + s6dir.Environment
	keepEnv    = "S6_KEEP_ENV"
)

// contenv looks for the container's environment: look is called with each directory that it may be in, until one is there. A place that
// anybody can make is taken from its owner alone, and root takes only what is root's.
func contenv(c *chain.Call, look func(dir string) error) (dir string, err error) {
	try := func(run string) (string, error) {
		if !believed(c, run) {
			return run + contenvDir, unix.ENOENT
		}
		return run + contenvDir, look(run + contenvDir)
	}
	if run, _ := c.Get(s6dir.RunEnv); run != "" {
		return try(run)
	}
	if dir, err = try("/run"); !missing(err) {
		return dir, err
	}
	uid := os.Geteuid()
	run := "/dev/shm/" + s6dir.OwnPlace(uid) // where nobody told the name
	var st unix.Stat_t
	if unix.Lstat(run, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR && int(st.Uid) == uid && st.Mode&0o022 == 0 {
		return try(run)
	}
	return dir, err
}

// believed says whether this user may take variables from a place. Root may not where anybody else could write one, or put another
// directory there: LD_PRELOAD is a variable.
func believed(c *chain.Call, run string) bool {
	if os.Geteuid() != 0 {
		return true
	}
	for _, dir := range [...]string{run, run + "/s6", run + contenvDir} {
		var st unix.Stat_t
		if err := unix.Lstat(dir, &st); err != nil {
			return false // look wouldn't find it either
		}
		shut := st.Mode&0o022 == 0 || dir == run && st.Mode&unix.S_ISVTX != 0
		if st.Mode&unix.S_IFMT != unix.S_IFDIR || st.Uid != 0 || !shut {
			c.Warn("%s isn't root's alone: root takes no variables from %s%s", dir, run, contenvDir)
			return false
		}
	}
	return true
}

// keeps says whether the container's environment is everybody's own, so that there is nothing to read.
func keeps(c *chain.Call) bool {
	v, _ := c.Get(keepEnv)
	n, ok := number(v)
	return ok && n != 0
}

// values says how a file there is read: it is the value, and a newline at its end, which older ones don't have.
func values() reading { return reading{verbatim: true, clamp: maxVariable + 1, null: '\n'} }

// withContenv is the interpreter of scripts: it becomes a program with the container's environment and nothing else.
func withContenv(c *chain.Call) int {
	if len(c.Args) == 0 {
		return c.Wrong("with-contenv prog...")
	}
	if keeps(c) {
		return c.Next(c.Args)
	}
	next := *c
	next.Env = make([]string, 0, 64)
	path, has := c.Get("PATH")
	if has {
		next.Env = append(next.Env, "PATH="+path)
	}
	run, moved := c.Get(s6dir.RunEnv)
	add := func(name, value string) {
		if name == "PATH" {
			next.Set(name, value)
			return
		}
		next.Env = append(next.Env, name+"="+value) // a directory has each name once
	}
	dir, err := contenv(c, func(dir string) error {
		return readEnv(dir, values(), add, next.Unset, func(name string, err error) {
			c.Warn("read %s/%s: %s; the variable is left out", dir, name, chain.Reason(err))
		})
	})
	switch {
	case missing(err):
		c.Warn("there is no environment of the container in /run%s: this process's own is kept", contenvDir)
		return c.Next(c.Args)
	case err != nil:
		return c.Fail(chain.System, "read the container's environment in %s: %s", dir, reason(err))
	}
	if moved {
		next.Set(s6dir.RunEnv, run)
	}
	return c.Become(c.Args, next.Env)
}

// printContenv prints one variable of the container's environment.
func printContenv(c *chain.Call) int {
	if len(c.Args) != 1 {
		return c.Wrong("printcontenv variable")
	}
	name := c.Args[0]
	if keeps(c) {
		v, ok := c.Get(name)
		if !ok {
			return 1
		}
		return put(c, []byte(v+"\n"))
	}
	if !fileName(name) {
		return 1
	}
	var b []byte
	dir, err := contenv(c, func(dir string) (err error) {
		if b, err = readSome(dir+"/"+name, maxVariable+1); missing(err) && isDir(dir) {
			err = nil // the variable isn't there, the environment is
		}
		return err
	})
	if err != nil {
		return c.Fail(chain.System, "read %s/%s: %s", dir, name, reason(err))
	}
	if len(b) == 0 {
		return 1
	}
	return put(c, []byte(values().value(b)+"\n"))
}

// fileName says that a name can be a variable's file.
func fileName(name string) bool {
	for _, b := range []byte(name) {
		if b == '/' || b == '=' || b == 0 {
			return false
		}
	}
	return name != "" && name[0] != '.'
}
