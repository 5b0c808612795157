package s6words

import (
	"errors"
	"os"
	"strings"
	"syscall"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/s6dir"
)

const svcUsage = "s6-svc [ -wu | -wU | -wd | -wD | -wr | -wR ] [ -T ms ] [ -" + s6dir.ControlLetters + " ] servicedir"

// svc sends letters to who supervises a service.
func svc(c *chain.Call) int {
	var letters strings.Builder
	var want byte
	var ms uint32
	good := true
	rest, ok := chain.Options(c.Args, s6dir.ControlLetters+"w:T:", func(f byte, v string) {
		switch f {
		case 'w':
			want = v[0]
			good = good && strings.IndexByte("uUdDrR", want) >= 0
		case 'T':
			n, isNumber := number(v)
			ms, good = n, good && isNumber
		default:
			letters.WriteByte(f)
		}
	})
	if !ok || !good || len(rest) == 0 {
		return c.Wrong(svcUsage)
	}
	dir := rest[0]
	if dir == "" {
		return c.Fail(chain.Usage, "control a service: its directory has no name")
	}
	if len(rest) > 1 {
		c.Warn("words are left over: %q", rest[1:])
	}
	send := func() int { return control1(c, dir, s6dir.Control, letters.String()) }
	if want == 0 {
		return send()
	}
	if want == 'U' || want == 'R' {
		if _, err := os.Stat(dir + "/notification-fd"); errors.Is(err, syscall.ENOENT) {
			c.Warn("%s has no notification-fd: it can't say that it is ready, and isn't asked for it", dir)
			want += 'u' - 'U'
		}
	}
	w, code := listen(c, []string{dir}, goal(want, true), within(ms))
	if w == nil {
		return code
	}
	defer w.close()
	if code := send(); code != 0 {
		return code
	}
	return w.wait()
}

// control1 writes letters to the FIFO fifo of a directory.
func control1(c *chain.Call, dir, fifo, letters string) int {
	err := s6dir.Send(dir+"/"+fifo, letters)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.ENOENT) && isDir(dir):
		return c.Fail(chain.Usage, "control %s: nobody listens", dir)
	case errors.Is(err, syscall.EINVAL):
		return c.Fail(chain.System, "control %s: %s is no FIFO", dir, fifo)
	}
	return c.Fail(chain.System, "control %s: %s", dir, chain.Reason(err))
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// missing says that a file or a directory on the way to it isn't there.
func missing(err error) bool {
	return errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ENOTDIR)
}
