package s6

import (
	"fmt"
	"os"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/s6dir"
)

// Find gives the programs that stop the container, which scripts call in /run/s6/basedir/bin.
func Find(name string) chain.Word {
	switch name {
	case "halt", "poweroff", "reboot", "shutdown":
		return halt
	}
	return nil
}

// halt has PID 1 stop the container, with the exit code that is in the file of the results. Who may is who may write to the
// scan directory's control FIFO. Its words (`-r`, `now`) say nothing that a container could do otherwise.
func halt(c *chain.Call) int {
	run := "/run"
	if at, ok := c.Get(s6dir.RunEnv); ok && at != "" {
		run = at
	}
	fifo := run + "/" + scanDir + "/" + s6dir.ScanControl
	if err := s6dir.Send(fifo, "t"); err != nil {
		_, _ = fmt.Fprintf(c.Stderr, "%s: unable to stop the container: %s: %v\n", c.Name, fifo, err)
		if os.IsPermission(err) {
			return 100
		}
		return chain.System
	}
	return 0
}
