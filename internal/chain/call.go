package chain

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/berth-init/berth/internal/proc"
)

// The codes with which the real programs end.
const (
	Usage    = 100 // the words were wrong
	System   = 111 // the system refused
	NotExec  = 126
	NotFound = 127
)

// A Word is one of the programs: it does its one thing, and gives the code to end with if it doesn't become another one.
type Word func(c *Call) int

// A Call is one call of a word.
type Call struct {
	Name string   // what it was called by, without directories
	Args []string // what follows
	Env  []string // what the next program gets

	Stdin          *os.File
	Stdout, Stderr io.Writer

	// Find gives the word of a name, or nil. What comes next and is this very program again is then called, and not
	// executed: a start less. nil: everything is executed.
	Find func(name string) Word
}

// Get gives a variable of the environment.
func (c *Call) Get(name string) (string, bool) {
	for _, e := range slices.Backward(c.Env) {
		if len(e) > len(name) && e[len(name)] == '=' && e[:len(name)] == name {
			return e[len(name)+1:], true
		}
	}
	return "", false
}

// Set puts a variable into the environment, once.
func (c *Call) Set(name, value string) {
	c.Unset(name)
	c.Env = append(c.Env, name+"="+value)
}

// Unset takes a variable out of the environment.
func (c *Call) Unset(name string) {
	kept := make([]string, 0, len(c.Env)+1)
	for _, e := range c.Env {
		if !strings.HasPrefix(e, name+"=") {
			kept = append(kept, e)
		}
	}
	c.Env = kept
}

// Fail says what went wrong, and gives the code.
func (c *Call) Fail(code int, format string, args ...any) int {
	_, _ = fmt.Fprintf(c.Stderr, "%s: fatal: %s\n", c.Name, fmt.Sprintf(format, args...))
	return code
}

// Warn says what is wrong and doesn't end the word.
func (c *Call) Warn(format string, args ...any) {
	_, _ = fmt.Fprintf(c.Stderr, "%s: warning: %s\n", c.Name, fmt.Sprintf(format, args...))
}

// Wrong says how the word is used, and gives the code for that.
func (c *Call) Wrong(usage string) int {
	_, _ = fmt.Fprintf(c.Stderr, "%s: usage: %s\n", c.Name, usage)
	return Usage
}

// Next becomes the program that argv names, with the call's environment; it gives a code only if that can't be.
func (c *Call) Next(argv []string) int {
	if len(argv) == 0 {
		return 0
	}
	path, found := c.Get("PATH")
	if !found {
		path = "/usr/bin:/bin"
	}
	file, err := proc.LookPath(argv[0], path, "", nil)
	if err == nil {
		if w := c.own(file, argv[0]); w != nil {
			next := *c
			next.Name, next.Args = filepath.Base(argv[0]), argv[1:]
			return w(&next)
		}
		cmd := proc.NewCommand(file, argv)
		cmd.Env = c.Env
		err = proc.Exec(cmd)
	}
	code := System
	if e, ok := errors.AsType[*proc.StartError](err); ok {
		err = e.Err
		if code = e.Code(); code == 125 {
			code = System
		}
	}
	return c.Fail(code, "unable to exec %s: %s", argv[0], Reason(err))
}

// own gives the word that a file is, if it is this very program under a word's name.
func (c *Call) own(file, name string) Word {
	if c.Find == nil {
		return nil
	}
	w := c.Find(filepath.Base(name))
	if w == nil {
		return nil
	}
	theirs, err := os.Stat(file)
	if err != nil {
		return nil
	}
	ours, err := os.Stat("/proc/self/exe")
	if err != nil || !os.SameFile(ours, theirs) {
		return nil
	}
	return w
}

// Reason gives the words of the kernel's number, as strerror(3) has them.
func Reason(err error) string {
	no, ok := errors.AsType[syscall.Errno](err)
	if !ok {
		return err.Error()
	}
	text := no.Error()
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
