package s6words

import (
	"os"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/proc"
)

// fghack starts a program that goes into the background, and waits until nothing of it is left that holds the pipe it was given.
func fghack(c *chain.Call) int {
	rest, ok := chain.Options(c.Args, "", nil)
	if !ok || len(rest) == 0 {
		return c.Wrong("s6-fghack prog...")
	}
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		return c.Fail(chain.System, "make a pipe: %s", reason(err))
	}
	r, w := os.NewFile(uintptr(p[0]), "pipe"), os.NewFile(uintptr(p[1]), "pipe") //nolint:gosec // descriptors
	child, err := start(c, rest, func(cmd *proc.Command) {
		for range 30 { // who closes some descriptors before it goes seldom closes all
			cmd.ExtraFiles = append(cmd.ExtraFiles, w)
		}
	})
	_ = w.Close()
	if err != nil {
		return c.Fail(chain.System, "start %s: %s", rest[0], reason(err))
	}
	n, err := r.Read(make([]byte, 1))
	if n > 0 {
		return c.Fail(102, "wait for %s: it wrote to a descriptor that it wasn't given", rest[0])
	}
	_ = err // the end: nobody holds it any more
	status, _ := child.wait(nil)
	if status.Signal != 0 {
		return c.Fail(chain.System, "wait for %s: %s", rest[0], status)
	}
	return status.Code
}
