package e2e

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"
)

// up is a main that says when the boot before it is over, and stays until TERM.
var up = []string{"sh", "-c", "echo main-is-up; exec sleep infinity"}

// A container is one that a test started and will remove.
type container struct {
	id    string
	boots int // how often main said that it is up
}

// start starts a container in the background: options, image, command.
func start(t *testing.T, args ...string) *container {
	t.Helper()
	name := unique("run")
	t.Cleanup(func() {
		if r, err := client("", "rm", "-f", "-v", name); err != nil || r.code != 0 && !strings.Contains(r.err, "No such container") {
			t.Logf("remove container %s: %v %s", name, err, r.all())
		}
	})
	return &container{id: must(t, append([]string{"run", "-d", "--name", name, "--network", "none"}, args...)...)}
}

// startUp starts a container whose main is up, and waits until it runs.
func startUp(t *testing.T, args ...string) *container {
	t.Helper()
	c := start(t, append(args, up...)...)
	c.awaitUp(t)
	return c
}

func (c *container) awaitUp(t *testing.T) {
	t.Helper()
	c.boots++
	if !c.follow(t, func(text string) bool { return strings.Count(text, "main-is-up") >= c.boots }) {
		t.Fatalf("the container ended with %d before main was up:\n%s", c.code(t), docker(t, "logs", c.id).all())
	}
}

// follow reads a container's stdout until it is enough; false if the container ended before.
func (c *container) follow(t *testing.T, enough func(text string) bool) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out, in := io.Pipe()
	go func() {
		_ = in.CloseWithError(stdoutOf(ctx, c.id, in))
	}()
	defer func() { _ = out.Close() }()
	var text strings.Builder
	buf := make([]byte, 4096)
	for {
		n, err := out.Read(buf)
		text.Write(buf[:n])
		if enough(text.String()) {
			return true
		}
		if err != nil {
			if ctx.Err() != nil {
				t.Fatalf("the container did not say what was awaited within %v, but:\n%s", patience, docker(t, "logs", c.id).all())
			}
			return false
		}
	}
}

// restart restarts a container of startUp and waits until main runs again; it gives what this boot wrote on stderr.
func (c *container) restart(t *testing.T) (stderr string) {
	t.Helper()
	before := len(docker(t, "logs", c.id).err)
	must(t, "restart", c.id)
	c.awaitUp(t)
	return docker(t, "logs", c.id).err[before:]
}

func (c *container) running(t *testing.T) bool {
	t.Helper()
	return c.inspect(t, "{{.State.Running}}") == "true"
}

func (c *container) code(t *testing.T) int {
	t.Helper()
	code, err := strconv.Atoi(c.inspect(t, "{{.State.ExitCode}}"))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func (c *container) inspect(t *testing.T, format string) string {
	t.Helper()
	return must(t, "inspect", "--format", format, c.id)
}

func (c *container) finished(t *testing.T) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, c.inspect(t, "{{.State.FinishedAt}}"))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// ends waits for a container's end and gives its code.
func (c *container) ends(t *testing.T) int {
	t.Helper()
	code, err := strconv.Atoi(must(t, "wait", c.id))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// exec runs a command inside, as root and past berth unless the arguments say otherwise.
func (c *container) exec(t *testing.T, args ...string) result {
	t.Helper()
	return docker(t, append([]string{"exec", c.id}, args...)...)
}

// sh runs a script inside as root: its output, trimmed.
func (c *container) sh(t *testing.T, script string) string {
	t.Helper()
	return must(t, "exec", c.id, "sh", "-euc", script)
}

// says waits until a container wrote a text on stdout.
func (c *container) says(t *testing.T, text string) {
	t.Helper()
	if !c.follow(t, func(all string) bool { return strings.Contains(all, text) }) {
		t.Fatalf("the container ended with %d and did not say %q:\n%s", c.code(t), text, docker(t, "logs", c.id).all())
	}
}

// A process is one line of a container's process table.
type process struct {
	pid, parent, uid, gid int
	state, name, groups   string
	gateway               bool // its command line has the word
}

// processes reads a container's process table, less the reader itself.
func (c *container) processes(t *testing.T) []process {
	t.Helper()
	// One look for all; a process that ends meanwhile is skipped.
	const script = `cd /proc; g=" $(grep -lz gateway [0-9]*/cmdline 2>/dev/null | tr '\n' ' ')"
		for s in [0-9]*/status; do awk -v gateways="$g" '
		/^Name:/{n=$2} /^State:/{s=$2} /^Pid:/{p=$2} /^PPid:/{q=$2} /^Uid:/{u=$3} /^Gid:/{g=$3}
		/^Groups:/{$1="";gsub(/ +/,",");r=$0} END{if(p)print p,q,u,g,s,n,"g" r,(index(gateways," " p "/")>0)}' "$s" 2>/dev/null || :; done`
	var all []process
	for line := range strings.SplitSeq(c.sees(t, "sh", "-euc", script), "\n") {
		f := strings.Fields(line)
		if len(f) != 8 || f[5] == "awk" {
			continue
		}
		p := process{state: f[4], name: f[5], groups: f[6][1:], gateway: f[7] == "1"}
		for i, to := range []*int{&p.pid, &p.parent, &p.uid, &p.gid} {
			n, err := strconv.Atoi(f[i])
			if err != nil {
				t.Fatalf("process table: %q: %v", line, err)
			}
			*to = n
		}
		all = append(all, p)
	}
	return all
}

// named gives the processes of a name.
func (c *container) named(t *testing.T, name string) []process {
	t.Helper()
	var found []process
	for _, p := range c.processes(t) {
		if p.name == name {
			found = append(found, p)
		}
	}
	return found
}

// one waits for a process of a name: a shell says that it is up before it becomes the program.
func (c *container) one(t *testing.T, name string) process {
	t.Helper()
	var found []process
	eventually(t, "a process is named "+name, func() bool {
		found = c.named(t, name)
		return len(found) > 0
	})
	return found[0]
}

// environ gives the environment of the process of a name, a line a variable. It is read as that process's own user:
// root in a container may not look.
func (c *container) environ(t *testing.T, name string) string {
	t.Helper()
	p := c.one(t, name)
	return must(t, "exec", "--user", fmt.Sprintf("%d:%d", p.uid, p.gid), c.id, "sh", "-c", fmt.Sprintf(`tr '\0' '\n' < /proc/%d/environ`, p.pid))
}
