package proc

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestStartErrors(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o755); err != nil {
		t.Fatal(err)
	}
	loop := filepath.Join(dir, "loop")
	if err := os.Symlink("loop", loop); err != nil {
		t.Fatal(err)
	}
	good := file("good", "#!/bin/sh\nexit 0\n", 0o755)
	tests := []struct {
		name, path, dir string
		op              string
		errno           syscall.Errno
		code            int
		hint            string
	}{
		{"nothing there", filepath.Join(dir, "nope"), "", OpRun, syscall.ENOENT, 127, ""},
		{"a file in the place of a directory", good + "/x", "", OpRun, syscall.ENOTDIR, 127, ""},
		{"a missing interpreter", file("script", "#!/no/such/interpreter -e\n", 0o755), "", OpRun, syscall.ENOENT, 127, `"/no/such/interpreter"`},
		{"no permission bit", file("plain", "#!/bin/sh\n", 0o644), "", OpRun, syscall.EACCES, 126, "chmod +x"},
		{"a directory", dir, "", OpRun, syscall.EACCES, 126, "directory"},
		{"a FIFO", fifo, "", OpRun, syscall.EACCES, 126, "regular"},
		{"no program at all", file("text", "hello\n", 0o755), "", OpRun, syscall.ENOEXEC, 126, "#!"},
		{"an empty file", file("empty", "", 0o755), "", OpRun, syscall.ENOEXEC, 126, "#!"},
		{"a loop of links", loop, "", OpRun, syscall.ELOOP, 126, ""},
		{"a name that is too long", "/" + strings.Repeat("x", 300), "", OpRun, syscall.ENAMETOOLONG, 126, ""},
		{"a working directory that is not there", good, filepath.Join(dir, "gone"), OpEnter, syscall.ENOENT, 125, ""},
		{"a working directory that is a file", good, good, OpEnter, syscall.ENOTDIR, 125, ""},
	}
	for _, tt := range tests {
		for _, stage := range []bool{false, true} {
			name := tt.name
			if stage {
				name += ", through the stage"
			}
			t.Run(name, func(t *testing.T) {
				c := NewCommand(tt.path, nil)
				c.Dir, c.OnVolume = tt.dir, stage
				_, err := children.Start(c)
				e, ok := errors.AsType[*StartError](err)
				if !ok {
					t.Fatalf("got %v", err)
				}
				if e.Op != tt.op || !errors.Is(err, tt.errno) || e.Code() != tt.code || e.Path != tt.path {
					t.Fatalf("got op %q, code %d, %v; want %q, %d, %v", e.Op, e.Code(), err, tt.op, tt.code, tt.errno)
				}
				if !strings.Contains(e.Hint(), tt.hint) {
					t.Fatalf("the hint %q does not say %q", e.Hint(), tt.hint)
				}
				if want := fmt.Sprintf("%s %q: %v", tt.op, tt.path, tt.errno); err.Error() != want {
					t.Fatalf("got %q, want %q", err, want)
				}
				none(t)
			})
		}
	}
}

func TestAProgramThatIsBeingWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "busy")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o700)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("#!/bin/sh\n"); err != nil {
		t.Fatal(err)
	}
	_, err = children.Start(NewCommand(path, nil))
	e, ok := errors.AsType[*StartError](err)
	if !ok || e.Code() != 126 || !strings.Contains(e.Hint(), "writing") {
		t.Fatalf("got %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	p, err := children.Start(NewCommand(path, nil))
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Status(); !got.Success() {
		t.Fatal(got)
	}
}

func TestCommandsThatAreRefusedBeforeFork(t *testing.T) {
	closed, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		command *Command
		code    int
	}{
		{"an empty path", NewCommand("", nil), 127},
		{"a NUL in the path", NewCommand("/bin/sh\x00x", nil), 125},
		{"a NUL in an argument", NewCommand("/bin/sh", []string{"sh", "a\x00b"}), 125},
		{"a NUL in the environment", &Command{Path: "/bin/sh", Env: []string{"A=\x00"}, Umask: -1}, 125},
		{"a NUL in the directory", &Command{Path: "/bin/sh", Dir: "/\x00", Umask: -1}, 125},
		{"a closed descriptor", &Command{Path: "/bin/sh", Stdin: closed, Umask: -1}, 125},
		{"a closed extra descriptor", &Command{Path: "/bin/sh", ExtraFiles: []*os.File{closed}, Umask: -1}, 125},
		{"a terminal that is none", &Command{Path: "/bin/sh", Stdin: null(t), Terminal: true, Umask: -1}, 125},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := children.Start(tt.command)
			e, ok := errors.AsType[*StartError](err)
			if !ok || e.Code() != tt.code {
				t.Fatalf("got %v; want code %d", err, tt.code)
			}
			none(t)
		})
	}
}

// null is /dev/null.
func null(t *testing.T) *os.File {
	t.Helper()
	f, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}
