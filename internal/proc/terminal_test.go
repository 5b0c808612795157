package proc

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// A console is the master's side of a terminal, and all that came out of it.
type console struct {
	t      *testing.T
	master *os.File
	slave  *os.File
	mu     sync.Mutex
	seen   bytes.Buffer
	news   chan struct{}
}

// newConsole opens a terminal that is nobody's controlling one.
func newConsole(t *testing.T) *console {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("needs pseudo-terminals: ", err)
	}
	t.Cleanup(func() { _ = master.Close() })
	raw, err := master.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var number int
	var failed error
	if err := raw.Control(func(fd uintptr) {
		failed = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0)
		if failed == nil {
			number, failed = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if failed != nil {
		t.Fatal(failed)
	}
	slave, err := os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("needs pseudo-terminals: ", err)
	}
	t.Cleanup(func() { _ = slave.Close() })
	c := &console{t: t, master: master, slave: slave, news: make(chan struct{}, 1)}
	go c.read()
	return c
}

func (c *console) read() {
	data := make([]byte, 4096)
	for {
		n, err := c.master.Read(data)
		c.mu.Lock()
		c.seen.Write(data[:n])
		c.mu.Unlock()
		select {
		case c.news <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// has waits until a text has come out, and drops all up to it.
func (c *console) has(text string) {
	c.t.Helper()
	for ctx := deadline(c.t); ; {
		c.mu.Lock()
		before := c.seen.String()
		_, after, ok := strings.Cut(before, text)
		if ok {
			c.seen.Reset()
			c.seen.WriteString(after)
		}
		c.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-c.news:
		case <-ctx.Done():
			c.t.Fatalf("%q did not come; there is %q", text, before)
		}
	}
}

// keys types.
func (c *console) keys(text string) {
	c.t.Helper()
	if _, err := c.master.WriteString(text); err != nil {
		c.t.Fatal(err)
	}
}

// start starts a command with the terminal on its three descriptors.
func (c *console) start(command *Command) *Process {
	c.t.Helper()
	command.Stdin, command.Stdout, command.Stderr = c.slave, c.slave, c.slave
	p, err := children.Start(command)
	if err != nil {
		c.t.Fatal(err)
	}
	return p
}

// ends waits for the end of what start started, and prints what it said.
func (c *console) ends(p *Process) Status {
	c.t.Helper()
	ended(c.t, p)
	return p.Status()
}

// caught notes every signal that reaches a helper.
func caught() (list func() string) {
	got := make(chan os.Signal, 64)
	signal.Notify(got, syscall.SIGHUP, syscall.SIGCONT, syscall.SIGINT, syscall.SIGTSTP, syscall.SIGQUIT, syscall.SIGWINCH)
	return func() string {
		signal.Stop(got) // what is on its way is in the channel when this returns
		close(got)
		var names []string
		for sig := range got {
			names = append(names, SignalName(sig.(syscall.Signal)))
		}
		return strings.Join(names, " ")
	}
}

// main is what runs under the helpers: it proves that the terminal is its own,
// then echoes lines.
const mainScript = `trap 'echo main got INT' INT; trap 'echo main got WINCH' WINCH
: </dev/tty && echo "main has it"
while :; do if read line; then echo "main read $line"; [ "$line" = end ] && exit 6; fi; done`

// helperLeader is what PID 1 is under docker run -it: the leader of a session
// whose controlling terminal is on its descriptors. It runs main twice.
func helperLeader() error {
	list := caught()
	table := NewTable()
	reapOn(table)
	for range 2 {
		c := sh(mainScript)
		c.Terminal = true
		p, err := table.Start(c)
		if err != nil {
			return err
		}
		fmt.Println(p.Status())
		if fd, err := unix.Open("/dev/tty", unix.O_RDWR|unix.O_CLOEXEC, 0); err == nil {
			_ = unix.Close(fd)
			return errors.New("the leader has a controlling terminal still")
		}
	}
	fmt.Printf("leader caught [%s]\n", list())
	return nil
}

func TestTheLeaderHandsItsTerminalOver(t *testing.T) {
	c := newConsole(t)
	command := part(t, "leader")
	command.Terminal = true // the helper gets it as a container's PID 1 does
	p := c.start(command)
	for range 2 {
		c.has("main has it")
		c.keys("\x03")
		c.has("main got INT")
		if err := unix.IoctlSetWinsize(int(c.slave.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 20, Col: uint16(40 + os.Getpid()%2)}); err != nil {
			t.Fatal(err)
		}
		c.keys("hello\n")
		c.has("main read hello")
		c.keys("\x1a") // an orphaned group is not stopped: nobody could continue it
		c.keys("end\n")
		c.has("main read end")
		c.has("exit 6")
	}
	c.has("leader caught []")
	if got := c.ends(p); !got.Success() {
		t.Fatal(got)
	}
	none(t)
}

// helperShell is a session leader with the terminal, as a user's shell, that
// runs berth as a job in a group of its own, in the foreground.
func helperShell() error {
	list := caught()
	table := NewTable()
	stops := table.Stops()
	reapOn(table)
	job := NewCommand("/proc/self/exe", nil)
	job.Env = playing("job")
	job.Group = true
	p, err := table.Start(job)
	if err != nil {
		return err
	}
	stop := <-stops
	fmt.Println("shell: stopped by", SignalName(stop.Signal))
	if front, err := unix.IoctlGetInt(0, unix.TIOCGPGRP); err != nil || front != p.Pid() {
		return fmt.Errorf("the terminal is with %d, not with the job %d: %w", front, p.Pid(), err)
	}
	if err := foreground(syscall.Getpgrp()); err != nil {
		return err
	}
	fmt.Println("shell: prompt")
	if err := foreground(p.Pid()); err != nil {
		return err
	}
	if err := p.SignalGroup(syscall.SIGCONT); err != nil {
		return err
	}
	fmt.Println("shell:", p.Status())
	fmt.Printf("shell caught [%s]\n", list())
	return nil
}

// helperJob is berth under a shell: the session is not its own.
func helperJob() error {
	table := NewTable()
	stops := table.Stops()
	reapOn(table)
	c := NewCommand("/proc/self/exe", nil)
	c.Env = playing("plain")
	c.Terminal = true
	p, err := table.Start(c)
	if err != nil {
		return err
	}
	for {
		select {
		case <-stops:
			if err := p.Suspend(); err != nil {
				return err
			}
		case <-p.Done():
			os.Exit(p.Status().ExitCode())
		}
	}
}

// helperPlain copies its terminal, as cat does: what Ctrl-Z stops.
func helperPlain() error {
	if front, err := unix.IoctlGetInt(0, unix.TIOCGPGRP); err != nil || front != os.Getpid() {
		return fmt.Errorf("the terminal is with %d, not with us: %w", front, err)
	}
	fmt.Println("plain has it")
	data := make([]byte, 100)
	for {
		n, err := unix.Read(0, data)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return err
		}
		fmt.Printf("plain read %q\n", data[:n])
		if string(data[:n]) == "end\n" {
			os.Exit(8)
		}
	}
}

func TestUnderAShellTheChildIsTheForegroundAndCanBeSuspended(t *testing.T) {
	c := newConsole(t)
	command := part(t, "shell")
	command.Terminal = true
	p := c.start(command)
	c.has("plain has it")
	c.keys("one\n")
	c.has(`plain read "one\n"`)
	c.keys("\x1a")
	c.has("shell: stopped by SIGSTOP")
	c.has("shell: prompt")
	c.keys("two\n")
	c.has(`plain read "two\n"`)
	c.keys("end\n")
	c.has("shell: exit 8")
	c.has("shell caught []")
	if got := c.ends(p); !got.Success() {
		t.Fatal(got)
	}
	none(t)
}

func TestCtrlCReachesOnlyTheForeground(t *testing.T) {
	c := newConsole(t)
	command := part(t, "job")
	command.Terminal = true // job leads the session here, so it hands the terminal over
	p := c.start(command)
	c.has("plain has it")
	c.keys("\x03")
	if got := c.ends(p); got != (Status{Code: 128 + int(syscall.SIGINT)}) {
		t.Fatalf("main was not ended by INT, or berth was: %s", got)
	}
	none(t)
}

func TestIsTerminal(t *testing.T) {
	if IsTerminal(null(t)) {
		t.Error("/dev/null is a terminal")
	}
	if !IsTerminal(newConsole(t).slave) {
		t.Error("a terminal is none")
	}
}

func TestIgnoringPutsTheDispositionBack(t *testing.T) {
	got := make(chan os.Signal, 2)
	signal.Notify(got, syscall.SIGUSR2)
	defer signal.Stop(got)
	us := syscall.Getpid()
	if err := ignoring(func() error { return syscall.Kill(us, syscall.SIGUSR2) }, syscall.SIGUSR2); err != nil {
		t.Fatal(err)
	}
	failed := errors.New("it failed")
	if err := ignoring(func() error { return failed }, syscall.SIGUSR2, syscall.SIGHUP); !errors.Is(err, failed) {
		t.Fatalf("got %v", err)
	}
	if err := syscall.Kill(us, syscall.SIGUSR2); err != nil {
		t.Fatal(err)
	}
	select {
	case <-got:
	case <-deadline(t).Done():
		t.Fatal("the signal is still ignored")
	}
	if len(got) != 0 {
		t.Fatal("the ignored signal came")
	}
}
