package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/proc"
)

// terminal opens a terminal that is nobody's controlling one, and gives both of its sides.
func terminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("needs pseudo-terminals: ", err)
	}
	t.Cleanup(func() { _ = master.Close() })
	var number int
	raw, err := master.SyscallConn()
	ok(t, err, raw.Control(func(fd uintptr) {
		if err = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); err == nil {
			number, err = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		}
	}), err)
	slave, err = os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("needs pseudo-terminals: ", err)
	}
	t.Cleanup(func() { _ = slave.Close() })
	return master, slave
}

// helperTerminal says whether main would get the terminal here.
func helperTerminal() error {
	fmt.Println(takesTerminal())
	return nil
}

func TestWhoTakesTheTerminal(t *testing.T) {
	_, slave := terminal(t)
	for _, c := range []struct {
		about string
		set   func(*proc.Command)
		want  string
	}{
		{"there is none", func(*proc.Command) {}, "false"},
		{"the leader of its session, as PID 1 under docker run -it", func(c *proc.Command) { c.Stdin, c.Terminal = slave, true }, "true"},
		{"one that is nobody's controlling terminal", func(c *proc.Command) { c.Stdin, c.Session = slave, true }, "true"},
	} {
		t.Run(c.about, func(t *testing.T) {
			cmd := part("terminal")
			c.set(cmd)
			p := play(t, cmd)
			if got := p.ends(); !got.Success() || p.out.String() != c.want+"\n" {
				t.Errorf("got %s %q, want %s\n%s", got, p.out, c.want, p.err)
			}
		})
	}
	none(t)
}

// jobVar says what job the shell runs, and whether in the background; frontVar that the job waits until it is in the foreground.
const (
	jobVar   = "DAEMON_TEST_JOB"
	frontVar = "DAEMON_TEST_FRONT"
)

// A job is a part and where it runs.
type job struct {
	Part       string
	Background bool
}

// awaitFront waits until this process's group is the foreground one, as a job does that its shell puts there.
func awaitFront() error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		group, err := unix.IoctlGetInt(0, unix.TIOCGPGRP)
		if err != nil || group == unix.Getpgrp() {
			return err
		}
	}
	return nil
}

// helperShell is a user's shell with job control: the leader of the session, with the terminal. Its one job has a group of its own;
// one that stops is continued, as by fg.
func helperShell() error {
	var j job
	if err := json.Unmarshal([]byte(os.Getenv(jobVar)), &j); err != nil {
		return err
	}
	table := proc.NewTable()
	stops := table.Stops()
	reapOn(table)
	c := proc.NewCommand("/proc/self/exe", []string{"daemon.test"})
	c.Env, c.Group = playing(j.Part, rideVar+"="+os.Getenv(rideVar)), true
	if !j.Background {
		c.Env = append(c.Env, frontVar+"=1")
	}
	p, err := table.Start(c)
	if err != nil {
		return err
	}
	if !j.Background {
		if err := unix.IoctlSetPointerInt(0, unix.TIOCSPGRP, p.Pid()); err != nil {
			return err
		}
	}
	fmt.Println("shell: job", p.Pid())
	for {
		select {
		case stop := <-stops:
			front, err := unix.IoctlGetInt(0, unix.TIOCGPGRP)
			fmt.Println("shell: stopped by", proc.SignalName(stop.Signal), "with the terminal its own:", front == p.Pid(), err)
			if err := p.SignalGroup(syscall.SIGCONT); err != nil {
				return err
			}
		case <-p.Done():
			fmt.Println("shell:", p.Status())
			return nil
		}
	}
}

// shellOn starts the shell on a terminal.
func shellOn(t *testing.T, slave *os.File, j job, r *ride) *player {
	t.Helper()
	data, err := json.Marshal(j)
	ok(t, err)
	c := r.command(t)
	c.Env = append(c.Env[1:], helperVar+"=shell", jobVar+"="+string(data))
	c.Stdin, c.Terminal = slave, true
	return play(t, c)
}

// job waits until berth, the job of a shell, knows main.
func (p *player) job() {
	p.t.Helper()
	p.says(p.out, "ready\n")
	p.says(p.out, "shell: job ")
	_, rest, _ := strings.Cut(p.out.String(), "shell: job ")
	line, _, _ := strings.Cut(rest, "\n")
	pid, err := strconv.Atoi(line)
	ok(p.t, err)
	p.known(pid)
}

// Behind a shell that goes on with other things (berth run … &) the terminal is the shell's: taking it would stop the shell.
func TestABackgroundJobLeavesTheTerminal(t *testing.T) {
	_, slave := terminal(t)
	p := shellOn(t, slave, job{"terminal", true}, newRide(t))
	if got := p.ends(); !got.Success() || !strings.Contains(p.out.String(), "false\n") {
		t.Errorf("got %s %q\n%s", got, p.out, p.err)
	}
	p = shellOn(t, slave, job{"terminal", false}, newRide(t))
	if got := p.ends(); !got.Success() || !strings.Contains(p.out.String(), "true\n") {
		t.Errorf("in the foreground: got %s %q\n%s", got, p.out, p.err)
	}
	none(t)
}

// reader is a main that the terminal can stop: Ctrl-Z stops it, and a line ends it.
const reader = `echo ready; while ! read line; do :; done; echo "main read $line"; exit 4`

func TestCtrlZUnderAShellStopsBerthAsWell(t *testing.T) {
	master, slave := terminal(t)
	p := shellOn(t, slave, job{"run", false}, shell(t, known+reader))
	p.job()
	typed(t, master, "\x1a")
	p.says(p.out, "shell: stopped by SIGSTOP with the terminal its own: true <nil>\n")
	typed(t, master, "hello\n")
	p.says(p.out, "main read hello\n")
	p.says(p.out, "shell: exit 4\n")
	if got := p.ends(); !got.Success() {
		t.Errorf("got %s\n%s", got, p.err)
	}
	none(t)
}

func typed(t *testing.T, master *os.File, keys string) {
	t.Helper()
	_, err := master.WriteString(keys)
	ok(t, err)
}

// helperFront is berth behind an engine's init (docker run --init -it), which has the session and does no job control. It is as much
// of Run as leaves no records on the machine.
func helperFront() error {
	var r ride
	if err := json.Unmarshal([]byte(os.Getenv(rideVar)), &r); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	l := &life{o: &Options{}, table: proc.NewTable(), cancel: cancel, budget: time.Minute, stop: make(chan struct{})}
	go l.pump(Catch(), ctx.Done())
	c := proc.NewCommand("/bin/sh", r.Args)
	c.Env, c.Terminal = r.Environ, takesTerminal()
	main, err := l.start(ctx, c)
	if err != nil {
		return err
	}
	os.Exit(main.Status().ExitCode())
	return nil
}

// Nobody would continue berth there, so that main goes on, as the kernel has it for a program whose parent does no job control.
func TestCtrlZBehindAnInitStopsNobody(t *testing.T) {
	master, slave := terminal(t)
	r := shell(t, known+`trap 'echo main was continued' CONT; `+reader)
	p := shellOn(t, slave, job{"front", false}, r)
	p.job()
	typed(t, master, "\x1a")
	p.says(p.out, "main was continued\n")
	typed(t, master, "hello\n")
	p.says(p.out, "shell: exit 4\n")
	if got := p.ends(); !got.Success() {
		t.Errorf("got %s %q\n%s", got, p.out, p.err)
	}
	none(t)
}

// helperSent is berth where the session is its own and main stops for different reasons.
func helperSent() error {
	table := proc.NewTable()
	reapOn(table)
	c := proc.NewCommand("/bin/sleep", []string{"sleep", "300"})
	c.Session = true
	main, err := table.Start(c)
	if err != nil {
		return err
	}
	l := &life{o: &Options{}, table: table, main: main, stop: make(chan struct{})}
	is := func(state byte) bool {
		data, _ := os.ReadFile("/proc/" + strconv.Itoa(main.Pid()) + "/stat")
		return len(data) > 0 && data[strings.LastIndexByte(string(data), ')')+2] == state
	}
	if err := main.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !is('T') {
		<-tick.C
	}
	l.stopped(proc.Stop{Process: main, Signal: syscall.SIGSTOP})
	l.stopped(proc.Stop{Signal: syscall.SIGTSTP})
	fmt.Println("stopped still:", is('T'))
	l.stopped(proc.Stop{Process: main, Signal: syscall.SIGTSTP})
	for is('T') {
		<-tick.C
	}
	fmt.Println("continued")
	return main.Signal(syscall.SIGKILL)
}

// A stop that somebody sent on purpose is theirs to end, and one of a process that berth didn't start is nobody's here.
func TestASentStopStays(t *testing.T) {
	_, slave := terminal(t)
	c := part("sent")
	c.Stdin, c.Terminal = slave, true
	p := play(t, c)
	if got := p.ends(); !got.Success() || p.out.String() != "stopped still: true\ncontinued\n" {
		t.Errorf("got %s %q\n%s", got, p.out, p.err)
	}
	none(t)
}
