package s6words

import (
	"bytes"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/s6dir"
)

// svdt prints when and how a service died.
func svdt(c *chain.Call) int {
	names, most, good := true, uint32(s6dir.MaxDeaths), true
	rest, ok := chain.Options(c.Args, "Ssn:", func(f byte, v string) {
		switch f {
		case 'n':
			n, isNumber := number(v)
			most, good = n, good && isNumber
		default:
			names = f == 'S'
		}
	})
	if !ok || !good || len(rest) == 0 {
		return c.Wrong("s6-svdt [ -S | -s ] [ -n most ] servicedir")
	}
	deaths, err := readDeaths(rest[0])
	if err != nil && !noTally(rest[0], err) {
		return c.Fail(chain.System, "read the deaths of %s: %s", rest[0], reason(err))
	}
	var out bytes.Buffer
	for _, d := range deaths[max(0, len(deaths)-int(most)):] {
		switch {
		case d.Signal == 0:
			fmt.Fprintf(&out, "%s exitcode %d\n", d.At, d.Code)
		case names:
			fmt.Fprintf(&out, "%s signal %s\n", d.At, signalName(d.Signal))
		default:
			fmt.Fprintf(&out, "%s signal %d\n", d.At, d.Signal)
		}
	}
	return put(c, out.Bytes())
}

func readDeaths(dir string) ([]s6dir.Death, error) {
	b, err := s6dir.Read(dir+"/"+s6dir.Tally, s6dir.MaxDeaths*s6dir.DeathSize)
	return s6dir.ParseDeaths(b), err
}

// noTally says that a service has none: nobody has died.
func noTally(dir string, err error) bool { return missing(err) && isDir(dir+"/"+s6dir.Supervise) }

// svdtClear forgets the deaths.
func svdtClear(c *chain.Call) int {
	if len(c.Args) == 0 {
		return c.Wrong("s6-svdt-clear servicedir")
	}
	if err := empty(c.Args[0] + "/" + s6dir.Tally); err != nil && !noTally(c.Args[0], err) {
		return c.Fail(chain.System, "clear the deaths of %s: %s", c.Args[0], reason(err))
	}
	return 0
}

// empty cuts a regular file. What a service's owner linked to from there, by either kind of link, is another file's and stays whole.
func empty(path string) error {
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG || st.Nlink > 1 {
		return unix.EINVAL
	}
	return unix.Ftruncate(fd, 0)
}
