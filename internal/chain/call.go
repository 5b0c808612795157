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

	"golang.org/x/sys/unix"

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
	Name  string   // what it was called by, without directories
	Argv0 string   // the same with them; may be empty
	Args  []string // what follows
	Env   []string // what the next program gets

	Stdin          *os.File
	Stdout, Stderr io.Writer

	// Find gives the word of a name, or nil. What comes next and is this very program again is then called, and not
	// executed: a start less. nil: everything is executed.
	Find func(name string) Word

	// Late says whether a name is a word's that Find doesn't give, though berth has it. nil: there is none.
	Late func(name string) bool

	// Exec is done where this process would become another program, if a word is called on behalf of a child. nil: it does.
	Exec func(cmd *proc.Command) (code int, err error)

	self *unix.Stat_t // this very program, once it was looked at
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

// Next becomes the program that argv names, with the call's environment; it gives a code only if that can't be, or if what
// came next was called and ended.
func (c *Call) Next(argv []string) int { return c.Become(argv, c.Env) }

// Become is Next with another environment. The program is looked for along the PATH that the call itself was given, as the
// real programs look before they hand the new environment on.
func (c *Call) Become(argv, env []string) int {
	if len(argv) == 0 {
		return 0
	}
	code, err := c.Try(argv[0], argv, env)
	if err == nil {
		return code
	}
	return c.Unable("exec", argv[0], err)
}

// Unable says that a program could not be run, and what to do about it, and gives the code for that.
func (c *Call) Unable(verb, program string, err error) int {
	code := NotExec
	if errors.Is(err, syscall.ENOENT) {
		code = NotFound
	}
	c.Fail(code, "unable to %s %s: %s", verb, program, Reason(err))
	c.Advise(program, err)
	return code
}

// Advise says what to do about a program that could not be run, if something is known.
func (c *Call) Advise(program string, err error) {
	hint := ""
	if errors.Is(err, syscall.ENOENT) {
		hint = c.missing(program)
	}
	if e, ok := errors.AsType[*proc.StartError](err); ok && hint == "" && e.Op == proc.OpRun {
		hint = e.Hint()
	}
	if hint != "" {
		c.Hint("%s", hint)
	}
}

// Hint says what to do about what was said before.
func (c *Call) Hint(format string, args ...any) {
	_, _ = fmt.Fprintf(c.Stderr, "%s: hint: %s\n", c.Name, fmt.Sprintf(format, args...))
}

// Try is Become of a program under any name. The error, and only it, says that the program could not be run.
func (c *Call) Try(program string, argv, env []string) (code int, err error) {
	file, word, err := c.Look(program)
	if err != nil {
		return 0, err
	}
	if word != nil {
		next := *c
		next.Name, next.Argv0, next.Args, next.Env = filepath.Base(program), argv[0], argv[1:], env
		return word(&next), nil
	}
	cmd := proc.NewCommand(file, argv)
	cmd.Env = env
	if c.Exec != nil {
		return c.Exec(cmd)
	}
	return 0, proc.Exec(cmd)
}

// Look finds the file of a program, and the word that it is if it is this very program under a word's name.
func (c *Call) Look(program string) (file string, word Word, err error) {
	path, found := c.Get("PATH")
	if !found {
		path = "/usr/bin:/bin"
	}
	if program == "" {
		return "", nil, syscall.EACCES // the directories of PATH with nothing behind them: none can be run
	}
	file, err = proc.LookPath(program, path, "", nil)
	if err != nil {
		return "", nil, err
	}
	return file, c.own(file, program), nil
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
	var theirs unix.Stat_t
	if unix.Stat(file, &theirs) != nil {
		return nil
	}
	if c.self == nil {
		var ours unix.Stat_t
		if unix.Stat("/proc/self/exe", &ours) != nil {
			return nil
		}
		c.self = &ours
	}
	if c.self.Dev != theirs.Dev || c.self.Ino != theirs.Ino {
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
