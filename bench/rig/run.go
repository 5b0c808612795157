package rig

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// A Rig is a directory for runs, and the payload.
type Rig struct {
	Payload string

	dir  string
	next int
}

// New makes a rig with a directory that everybody can reach, for services run as the app's user. The payload is copied there.
func New(payload string) (*Rig, error) {
	if os.Geteuid() != 0 {
		return nil, fmt.Errorf("make namespaces: needs root")
	}
	program, err := os.ReadFile(payload)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "bb.")
	if err != nil {
		return nil, err
	}
	r := &Rig{Payload: filepath.Join(dir, "payload"), dir: dir}
	for _, step := range []error{
		os.Chmod(dir, 0o755),
		os.WriteFile(r.Payload, program, 0o755),
		os.Chmod(r.Payload, 0o755), // whatever the umask is
	} {
		if step != nil {
			_ = r.Close()
			return nil, step
		}
	}
	return r, nil
}

// Close removes the directory.
func (r *Rig) Close() error { return os.RemoveAll(r.dir) }

// A Place is the directory of one run, with its stamps. Short names: a spec with a thousand services has a bounded size.
type Place struct {
	Dir    string
	Stamps *Stamps
}

// Place makes a directory for a run.
func (r *Rig) Place() (Place, error) {
	r.next++
	dir := filepath.Join(r.dir, fmt.Sprint(r.next))
	if err := os.Mkdir(dir, 0o755); err != nil {
		return Place{}, err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return Place{}, err
	}
	stamps, err := NewStamps(filepath.Join(dir, "f"))
	return Place{Dir: dir, Stamps: stamps}, err
}

// A Program is what a run is of.
type Program struct {
	Argv    []string
	Env     []string // beside the caller's
	Lingers bool     // it ends before what it started, so that it can't be the namespace's PID 1
	Stdin   *os.File // nil: nothing
	Silent  bool     // its stdout isn't kept
}

// A Run is a supervisor under test that was started.
type Run struct {
	Place
	Began int64 // when it was executed

	rig     *Rig
	lingers bool
	first   *os.Process
	gone    chan struct{}
	ended   int64
	state   *os.ProcessState
}

// Start starts a program in namespaces of its own.
func (r *Rig) Start(at Place, p Program) (*Run, error) {
	out, err := os.Create(filepath.Join(at.Dir, "out"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Close() }()
	nothing, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = nothing.Close() }()
	stdin, stdout := nothing, out
	if p.Stdin != nil {
		stdin = p.Stdin
	}
	if p.Silent {
		stdout = nothing
	}
	how := become
	if p.Lingers {
		how = stay
	}
	argv := append([]string{"bench", launchWord, how, r.Payload, "stamp", at.Stamps.Path}, p.Argv...)
	first, err := os.StartProcess("/proc/self/exe", argv, &os.ProcAttr{
		Dir: at.Dir, Env: append(os.Environ(), p.Env...), Files: []*os.File{stdin, stdout, out},
		Sys: &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS, Setsid: true},
	})
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", p.Argv[0], err)
	}
	run := &Run{Place: at, rig: r, lingers: p.Lingers, first: first, gone: make(chan struct{})}
	at.Stamps.gone = run.gone
	go func() {
		run.state, _ = first.Wait()
		run.ended = Now()
		close(run.gone)
	}()
	began, err := at.Stamps.One(Exec, 10*time.Second)
	if err != nil {
		err = fmt.Errorf("start %s: %w%s", p.Argv[0], err, run.said())
		_ = run.Close()
		return nil, err
	}
	run.Began = began.At
	return run, nil
}

// said gives the end of what the program wrote, for an error.
func (r *Run) said() string {
	data, err := os.ReadFile(filepath.Join(r.Dir, "out"))
	if err != nil || len(data) == 0 {
		return ""
	}
	lines := strings.Fields(string(data[max(0, len(data)-300):]))
	return "; it says: " + strings.Join(lines, " ")
}

// Services waits until n services run and gives their stamps.
func (r *Run) Services(n int, within time.Duration) ([]Stamp, error) {
	got, err := r.Stamps.Take(Runs, n, within)
	if err != nil {
		return got, fmt.Errorf("%w%s", err, r.said())
	}
	return got, nil
}

// One waits for one stamp of a kind.
func (r *Run) One(what rune, within time.Duration) (Stamp, error) {
	s, err := r.Stamps.One(what, within)
	if err != nil {
		err = fmt.Errorf("%w%s", err, r.said())
	}
	return s, err
}

// Signal sends a signal to the supervisor.
func (r *Run) Signal(s syscall.Signal) error {
	if !r.lingers {
		return r.first.Signal(s)
	}
	all, err := r.Tree()
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.parent == r.first.Pid {
			return syscall.Kill(p.Pid, s)
		}
	}
	return fmt.Errorf("signal the supervisor: it is gone")
}

// Gone waits until nothing of the run is left and gives when that was.
func (r *Run) Gone(within time.Duration) (int64, error) {
	select {
	case <-r.gone:
		return r.ended, nil
	case <-time.After(within):
		return 0, fmt.Errorf("wait for the end: something is left after %v%s", within, r.said())
	}
}

// CPU gives the seconds of processor time of all that the run had, once it is gone.
func (r *Run) CPU() float64 {
	<-r.gone
	return (r.state.UserTime() + r.state.SystemTime()).Seconds()
}

// Close kills whatever is left and removes the run's directory.
func (r *Run) Close() error {
	_ = r.first.Kill()
	<-r.gone
	_ = r.Stamps.Close()
	return os.RemoveAll(r.Dir)
}
