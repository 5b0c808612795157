package proc

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// helperExec turns itself into a shell that tells what it has become.
func helperExec() error {
	c := NewCommand(os.Getenv("EXEC_PATH"), []string{"sh", "-c", "umask; pwd; id -u; id -g; id -G; echo $$"})
	c.Env = []string{"PATH=" + os.Getenv("PATH")}
	c.Umask, c.Dir = 0o027, os.Getenv("EXEC_DIR")
	if os.Geteuid() == 0 {
		c.Credential = &Credential{UID: 12345, GID: 23456, Groups: []uint32{23456, 107}}
	}
	err := Exec(c)
	e, ok := errors.AsType[*StartError](err)
	if !ok {
		return err
	}
	fmt.Println(e.Op, e.Code())
	return nil
}

func TestExec(t *testing.T) {
	ids := []string{strconv.Itoa(os.Geteuid()), strconv.Itoa(os.Getegid())}
	if os.Geteuid() == 0 {
		needsRoot(t)
		ids = []string{"12345", "23456", "23456 107"}
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	c := part(t, "exec", "EXEC_PATH=/bin/sh", "EXEC_DIR=/")
	c.Stdin = r
	got, status := output(t, c)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if want := strings.Join(append([]string{"0027", "/"}, ids...), "\n"); !status.Success() || !strings.HasPrefix(got, want+"\n") && !strings.HasPrefix(got, want+" ") {
		t.Fatalf("%s: got %q, want %q", status, got, want)
	}
}

func TestExecKeepsThePid(t *testing.T) {
	c := part(t, "exec", "EXEC_PATH=/bin/sh", "EXEC_DIR=/")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	c.Stdout = w
	p, err := children.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	ended(t, p)
	data := make([]byte, 4096)
	n, err := r.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(string(data[:n]))
	if lines[len(lines)-1] != strconv.Itoa(p.Pid()) {
		t.Fatalf("got %q, want pid %d last", lines, p.Pid())
	}
}

func TestExecFailures(t *testing.T) {
	tests := []struct{ name, path, dir, want string }{
		{"a program that is not there", "/no/such/program", "/", OpRun + " 127"},
		{"a directory for a program", "/", "/", OpRun + " 126"},
		{"a working directory that is not there", "/bin/sh", "/no/such/directory", OpEnter + " 125"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, _ := output(t, part(t, "exec", "EXEC_PATH="+tt.path, "EXEC_DIR="+tt.dir)); got != tt.want {
				t.Fatalf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestExecRefusesWhatNeedsAProcess(t *testing.T) {
	for name, c := range map[string]*Command{
		"a session":    {Path: "/bin/sh", Session: true, Umask: -1},
		"a terminal":   {Path: "/bin/sh", Terminal: true, Umask: -1},
		"a descriptor": {Path: "/bin/sh", Stdin: os.Stdin, Umask: -1},
		"nothing":      {Umask: -1},
	} {
		err := Exec(c)
		if _, ok := errors.AsType[*StartError](err); !ok {
			t.Errorf("%s: got %v", name, err)
		}
		if name != "nothing" && !errors.Is(err, syscall.EINVAL) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
