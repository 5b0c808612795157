package fleet

import (
	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/spec"
)

// limit has a command hold to a service's limits.
func (f *Fleet) limit(c *proc.Command, l *spec.Limits) {
	if l.Umask.Set {
		c.Umask = int(l.Umask.Perm)
	}
	c.NoNewPrivs = l.NoNewPrivs
	for _, r := range l.Resources() {
		if n, ok := resource(r.Name); ok {
			c.Limits.Resources = append(c.Limits.Resources, proc.Limit{Resource: n, Soft: r.Limit.Soft, Hard: r.Limit.Hard})
		}
	}
	c.Limits.Nice, c.Limits.OOMScoreAdj = l.Nice, l.OOMScoreAdj
	if l.OOMScoreAdj == nil {
		c.OOMRaise = oomRaise
	}
	if l.Capabilities != nil {
		for _, one := range proc.AllCapabilities() {
			if !l.Keeps(uint(one)) {
				c.DropCapabilities = append(c.DropCapabilities, one)
			}
		}
	}
}

// resource gives the number of a resource limit, by its name in getrlimit(2).
func resource(name string) (int, bool) {
	switch name {
	case "nofile":
		return unix.RLIMIT_NOFILE, true
	case "nproc":
		return unix.RLIMIT_NPROC, true
	case "core":
		return unix.RLIMIT_CORE, true
	case "memlock":
		return unix.RLIMIT_MEMLOCK, true
	case "stack":
		return unix.RLIMIT_STACK, true
	case "data":
		return unix.RLIMIT_DATA, true
	case "as":
		return unix.RLIMIT_AS, true
	case "fsize":
		return unix.RLIMIT_FSIZE, true
	case "msgqueue":
		return unix.RLIMIT_MSGQUEUE, true
	case "sigpending":
		return unix.RLIMIT_SIGPENDING, true
	case "rtprio":
		return unix.RLIMIT_RTPRIO, true
	case "cpu":
		return unix.RLIMIT_CPU, true
	}
	return 0, false
}
