package proc

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// helperAttempt tries to become a program several times, tells what this process is after that, and becomes a shell that tells
// what it has become.
func helperAttempt() error {
	command := func(path string) *Command {
		c := NewCommand(path, []string{"sh", "-c", "umask; id -u; id -g; id -G; echo $$"})
		c.Env, c.Umask = []string{"PATH=" + os.Getenv("PATH")}, 0o027
		if os.Geteuid() == 0 {
			c.Credential = &Credential{UID: 12345, GID: 23456, Groups: []uint32{107}}
		}
		return c
	}
	syscall.Umask(0o021)
	before := whoAll()
	for range 20 { // one of them may be tried from the first thread
		err := Attempt(command("/no/such/program"))
		if e, ok := errors.AsType[*StartError](err); !ok || e.Op != OpRun || e.Code() != 127 {
			return fmt.Errorf("attempt what isn't there: %w", err)
		}
		if umask := syscall.Umask(0o021); umask != 0o021 {
			return fmt.Errorf("the umask is %o", umask)
		}
	}
	for until := time.Now().Add(10 * time.Second); whoAll() != before; { // a thread's end is a moment after its goroutine's
		if time.Now().After(until) {
			return fmt.Errorf("its threads were %s and are %s", before, whoAll())
		}
	}
	fmt.Println(os.Getpid())
	return Attempt(command("/bin/sh"))
}

// whoAll gives who the threads of this process are, each once.
func whoAll() string {
	var all []string
	files, _ := filepath.Glob("/proc/self/task/*/status")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		var who []string
		for line := range strings.Lines(string(data)) {
			if strings.HasPrefix(line, "Uid:") || strings.HasPrefix(line, "Gid:") || strings.HasPrefix(line, "Groups:") {
				who = append(who, strings.Join(strings.Fields(line), " "))
			}
		}
		if one := strings.Join(who, ", "); len(all) == 0 || one != all[0] {
			all = append(all, one)
		}
	}
	return strings.Join(all, "; ")
}

func TestAnAttemptThatFailsLeavesTheProcessAsItWas(t *testing.T) {
	ids := fmt.Sprintf("%d\n%d\n", os.Geteuid(), os.Getegid())
	if os.Geteuid() == 0 {
		needsRoot(t)
		ids = "12345\n23456\n23456 107\n"
	}
	got, status := output(t, part(t, "attempt"))
	pid, rest, _ := strings.Cut(got, "\n")
	if !status.Success() || !strings.HasPrefix(rest, "0027\n"+ids) || !strings.HasSuffix(rest, "\n"+pid) {
		t.Errorf("%s: got %q", status, got)
	}
}

func TestAnAttemptRefusesWhatTheProcessWouldKeep(t *testing.T) {
	for about, c := range map[string]*Command{
		"a directory":       {Path: "/bin/sh", Dir: "/", Umask: -1},
		"no new privileges": {Path: "/bin/sh", NoNewPrivs: true, Umask: -1},
		"a limit":           {Path: "/bin/sh", Limits: Limits{Resources: []Limit{{}}}, Umask: -1},
		"a terminal":        {Path: "/bin/sh", Terminal: true, Umask: -1},
		"nothing":           {Umask: -1},
	} {
		err := Attempt(c)
		if _, ok := errors.AsType[*StartError](err); !ok || about != "nothing" && !errors.Is(err, syscall.EINVAL) {
			t.Errorf("%s: got %v", about, err)
		}
	}
}
