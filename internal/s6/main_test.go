package s6

import (
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/daemon"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/s6dir"
	"github.com/berth-init/berth/internal/spec"
)

func TestMainsCommand(t *testing.T) {
	r := newRig(t)
	r.host.World.Spec = &spec.Spec{}
	r.host.World.Environ = []string{"A=1", "B=2", "PATH=/bin"}
	ok(t, r.at.dump(r.host.World.Environ))
	write(t, r.at.path+"/"+environmentDir+"/A", "changed", 0o644)
	var asked []string
	route := func(words []string) (*proc.Command, error) {
		asked = words
		c := proc.NewCommand("/bin/x", words)
		c.Env = []string{"PATH=/command:/bin", "A=1", "B=2"}
		return c, nil
	}
	if c, err := r.Main(nil, route); c != nil || err != nil {
		t.Errorf("no words give %v, %v", c, err)
	}
	r.settings.CmdArg0 = []string{"/wrap", "-x"}
	c, err := r.Main([]string{"sh"}, route)
	ok(t, err)
	if !slices.Equal(asked, []string{"/wrap", "-x", "sh"}) || !slices.Equal(c.Env, []string{"PATH=/command:/bin", "B=2", "A=changed", s6dir.RunEnv + "=" + r.at.path}) {
		t.Errorf("%q with %q", asked, c.Env)
	}
	_, err = r.Main([]string{"x"}, func([]string) (*proc.Command, error) {
		return nil, &proc.StartError{Op: proc.OpFind, Path: "x", Err: syscall.ENOENT}
	})
	if err == nil || r.Code(0) != 127 {
		t.Errorf("a command that isn't there ends with %d: %v", r.Code(0), err)
	}
}

func TestTheExitCodeIsTheFiles(t *testing.T) {
	r := newRig(t)
	file := r.at.path + "/" + exitcodeFile
	if got := r.Code(9); got != 9 {
		t.Errorf("without a file it is %d", got)
	}
	for text, want := range map[string]int{"0\n": 0, "5": 5, " 7 \n": 7, "256\n": 0, "x": 9, "": 9, "-1": 9} {
		write(t, file, text, 0o644)
		if got := r.Code(9); got != want {
			t.Errorf("%q gives %d, want %d", text, got, want)
		}
	}
	r.Ended(3)
	if got := r.Code(9); got != 3 {
		t.Errorf("after main's end it is %d", got)
	}
	ok(t, os.Remove(file), syscall.Mkfifo(file, 0o600)) // nobody writes to it
	if got := r.Code(9); got != 9 {
		t.Errorf("a FIFO gives %d", got)
	}
	r.at = nil
	r.Ended(3)
	if got := r.Code(9); got != 9 {
		t.Errorf("without a place it is %d", got)
	}
}

func TestWhatSignalsMean(t *testing.T) {
	r := newRig(t)
	for sig, want := range map[syscall.Signal][2]daemon.Hearing{
		syscall.SIGTERM: {daemon.Stops, daemon.Passes}, syscall.SIGINT: {daemon.Stops, daemon.Passes}, syscall.SIGUSR1: {daemon.Stops, daemon.Passes},
		syscall.SIGUSR2: {daemon.Stops, daemon.Passes}, syscall.SIGPWR: {daemon.Stops, daemon.Passes}, syscall.SIGQUIT: {daemon.Nothing, daemon.Passes},
		syscall.SIGWINCH: {daemon.Nothing, daemon.Passes}, syscall.SIGHUP: {daemon.Nothing, daemon.Nothing}, syscall.SIGALRM: {daemon.Usual, daemon.Usual},
	} {
		for i, receives := range []bool{false, true} {
			r.settings.CmdReceiveSignals = receives
			if got := r.Hears(sig); got != want[i] {
				t.Errorf("%v, given to the command %v: %d, want %d", sig, receives, got, want[i])
			}
		}
	}
}

func TestHaltWritesToWhoListens(t *testing.T) {
	dir := t.TempDir()
	call := func() (int, string) {
		var said strings.Builder
		word := Find("halt")
		return word(&chain.Call{Name: "halt", Env: []string{s6dir.RunEnv + "=" + dir}, Stderr: &said}), said.String()
	}
	if code, said := call(); code != chain.System || !strings.Contains(said, "halt: unable to stop the container") {
		t.Errorf("without a container: %d, %s", code, said)
	}
	ok(t, os.MkdirAll(dir+"/service/.s6-svscan", 0o755), syscall.Mkfifo(dir+"/service/.s6-svscan/control", 0o600))
	fifo, err := os.OpenFile(dir+"/service/.s6-svscan/control", os.O_RDWR, 0)
	ok(t, err)
	defer func() { _ = fifo.Close() }()
	if code, said := call(); code != 0 {
		t.Fatalf("%d, %s", code, said)
	}
	got := make([]byte, 8)
	n, err := fifo.Read(got)
	if err != nil && !errors.Is(err, os.ErrClosed) || string(got[:n]) != "t" {
		t.Errorf("it wrote %q, %v", got[:n], err)
	}
	if Find("ls") != nil {
		t.Error("it answers to any name")
	}
}
