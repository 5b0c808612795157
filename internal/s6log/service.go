package s6log

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/identity"
	"github.com/berth-init/berth/internal/proc"
)

// nobody is who owns the log of a service and nothing else.
const nobody = 65534

// Service is logutil-service: the logger of one service, into one directory, by the settings that the whole container has.
//
// Where it is root, it makes the directory nobody's and becomes nobody. A directory that belongs to somebody else than root
// stays theirs, and the logger becomes its owner: it lies on a volume that is run with PUID, say, where nobody couldn't
// write, and root mustn't.
func Service(c *chain.Call) int {
	rest, ok := chain.Options(c.Args, "", func(byte, string) {})
	if !ok || len(rest) != 1 || rest[0] == "" {
		return c.Wrong("logutil-service dir")
	}
	dir := rest[0]
	if dir[0] != '/' && dir[0] != '.' {
		dir = "./" + dir // s6-log takes no other
	}
	as, err := prepare(dir)
	if err != nil {
		code := c.Fail(chain.System, "unable to prepare %s: %s", dir, reason(err))
		if errors.Is(err, errLink) {
			hint(c, linkHint)
		}
		return code
	}
	script, set := c.Get("S6_LOGGING_SCRIPT")
	if !set {
		script = "n20 s1000000 T"
	}
	args := []string{"-b"}
	if readiness(3) {
		args = append(args, "-d3")
	}
	args = append(append(append(args, "--"), strings.Fields(script)...), dir)
	if as == nil {
		next := *c
		next.Name, next.Args = "s6-log", args
		return Log(&next)
	}
	// Another start, and no change of this process: its other threads would stay root, and a processor would be theirs.
	cmd := proc.NewCommand("s6-log", append([]string{"s6-log"}, args...))
	cmd.Env, cmd.Credential = c.Env, as
	if err = locate(c, cmd); err == nil {
		err = proc.Exec(cmd)
	}
	return c.Fail(chain.System, "unable to become s6-log as uid %d: %s", as.UID, reason(err))
}

// prepare makes the directory; who it is run as is nil where that is who runs it already.
//
// Root goes there step by step, and gives away what nobody can have laid in the directory's place only: an empty directory
// that it has just made, or that lies where root alone writes. What is full stays as it is; if nobody can't write there,
// s6-log says so.
func prepare(dir string) (*proc.Credential, error) {
	if unix.Geteuid() != 0 {
		return nil, makeAll(dir) // it isn't changed
	}
	way, err := reach(unix.AT_FDCWD, dir, true)
	if err != nil {
		return nil, err
	}
	defer func() { _ = unix.Close(way.fd) }()
	fd, err := unix.Openat(way.fd, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), dir)
	defer func() { _ = f.Close() }()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, err
	}
	if st.Uid != 0 {
		return &proc.Credential{UID: st.Uid, GID: st.Gid}, nil
	}
	as := nobodys()
	if (way.made || way.safe) && isEmpty(f) {
		err = unix.Fchown(fd, int(as.UID), int(as.GID))
	}
	return as, err
}

// makeAll makes a directory, and those above it that aren't there.
func makeAll(dir string) error {
	err := unix.Mkdir(dir, 0o755)
	if errors.Is(err, unix.ENOENT) && filepath.Dir(dir) != dir {
		if err = makeAll(filepath.Dir(dir)); err == nil {
			err = unix.Mkdir(dir, 0o755)
		}
	}
	if errors.Is(err, unix.EEXIST) {
		return nil // or it is something else, as will be seen
	}
	return err
}

// nobodys is nobody as the image has it.
func nobodys() *proc.Credential {
	as := &proc.Credential{UID: nobody, GID: nobody}
	if data, err := os.ReadFile("/etc/passwd"); err == nil {
		if a, ok := identity.ParsePasswd(data).ByName("nobody"); ok && a.UID != 0 {
			as.UID, as.GID = a.UID, a.GID
		}
	}
	return as
}

// readiness says whether a descriptor was handed over to tell readiness to: what this process opened itself is closed at
// the next start, and what a supervisor listens to is a pipe.
func readiness(fd int) bool {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	var st unix.Stat_t
	return err == nil && flags&unix.FD_CLOEXEC == 0 && unix.Fstat(fd, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFIFO
}
