package peer

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/berth-init/berth/bench/rig"
)

// few services are crashed again and again: a run of a second is a settled one, as it is to the others. More would be more
// lines of a spec, whose number is bounded.
const few = 100

// berth boots as PID 1 with a volume of its own; the services run as the app's user.
func berth(j Job) (Plan, error) {
	spec, socket, volume := filepath.Join(j.Dir, "b.yaml"), filepath.Join(j.Dir, "s"), filepath.Join(j.Dir, "v")
	if err := os.Mkdir(volume, 0o755); err != nil {
		return Plan{}, err
	}
	var b strings.Builder
	// An account that is in every passwd: nothing has to be made.
	b.WriteString("version: 1\nuser: {name: nobody, uid: 65534, gid: 65534}\nvolume: {path: " + volume + "}\n" +
		"main: {command: [" + j.Payload + ", hold]}\nservices:\n")
	words := make([]string, len(j.Service))
	for i, w := range j.Service {
		words[i] = strconv.Quote(w) // a number would be no word
	}
	rest := "command: [" + strings.Join(words, ", ") + "]"
	switch {
	case j.Once:
		rest += ", restart: {policy: never}"
	case j.N <= few:
		rest += ", restart: {stable: 1s}"
	}
	for i := range j.N {
		name := "s" + strconv.Itoa(i)
		b.WriteString("  " + name + ": {" + rest)
		if j.Logs {
			b.WriteString(", log: {dir: l/" + name + "}")
		}
		b.WriteString("}\n")
	}
	return Plan{
		Program: rig.Program{
			Argv:   []string{j.Berth, "init"},
			Env:    []string{"BERTH_SPEC=" + spec, "BERTH_SOCKET=" + socket},
			Silent: true,
		},
		Stop:    syscall.SIGTERM,
		Status:  []string{j.Berth, "status", "s0"},
		All:     []string{j.Berth, "status"},
		Restart: []string{j.Berth, "restart", "--wait", "s0"},
		Socket:  socket,
		Logs:    filepath.Join(volume, "l/s0"),
	}, write(spec, b.String(), 0o644)
}
