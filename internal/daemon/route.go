package daemon

import (
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/spec"
)

// A router decides which program the container's words mean.
type router struct {
	main    spec.Main
	command []string // main.command with its variables replaced
	path    string   // the children's PATH
	as      *proc.Credential
	itself  func(path string) bool // says whether a path is berth itself: the shim that bears the app's name
	lenient bool                   // a main.program that isn't there is looked for on PATH: a developer's machine is no image
}

// route gives the file and the argv of main. Words pass as they are. No words: the command. A leading dash, or a word
// that the app has claimed: the command with them. A word with a slash: that file. A program on PATH: that one.
// Anything else: the command with it, so that a mistyped word gets the app's own answer.
func (r *router) route(args []string) (string, []string, error) {
	const hint = "say what to run: after the image's name, or as main.command in the spec"
	switch {
	case len(args) == 0 && len(r.command) == 0:
		return "", nil, boot.Failf(125, hint, "start main: no command was given and the spec names none")
	case len(args) == 0:
		return r.app(nil)
	case len(r.command) == 0 && strings.HasPrefix(args[0], "-"):
		return "", nil, boot.Failf(125, hint, "start main: %q is a flag, and the spec names no command that takes it", args[0])
	case strings.HasPrefix(args[0], "-"), len(r.command) > 0 && slices.Contains(r.main.Verbs, args[0]):
		return r.app(args)
	case strings.Contains(args[0], "/"):
		return args[0], args, nil
	}
	file, err := r.find(args[0])
	switch {
	case len(r.command) > 0 && args[0] == r.command[0]:
		file, err = r.program() // its own name: the shim on PATH would only lead here again
		return file, args, err
	case err == nil:
		return file, args, nil
	case len(r.command) == 0:
		return "", nil, err
	}
	return r.app(args)
}

// answered gives berth itself under the app's name, for words that it answers; what it doesn't, it hands to the app.
func (r *router) answered(args []string) (string, []string, error) {
	file, err := os.Executable()
	if err != nil {
		return "", nil, boot.Fail(125, err, "mount /proc: berth has to find its own program")
	}
	if args[0] == r.command[0] || args[0] == r.main.Program {
		args = args[1:]
	}
	return file, slices.Concat(r.command[:1], args), nil
}

// answersAsApp says whether a command is berth itself, under the app's name.
func answersAsApp(c *proc.Command) bool {
	file, err := os.Executable()
	return err == nil && c.Path == file
}

// app gives the command with words after it.
func (r *router) app(args []string) (string, []string, error) {
	file, err := r.program()
	return file, slices.Concat(r.command, args), err
}

// program gives the file that answers to the command's name.
func (r *router) program() (string, error) {
	name := r.command[0]
	if r.main.Program != "" && r.itself(r.main.Program) {
		return "", r.loop(r.main.Program)
	}
	if r.main.Program != "" {
		if _, err := os.Stat(r.main.Program); err == nil || !r.lenient {
			return r.main.Program, nil
		}
	}
	if strings.Contains(name, "/") {
		return name, nil
	}
	return r.find(name)
}

// loop refuses to start berth under the app's name, which would start itself for ever.
func (r *router) loop(file string) error {
	return boot.Failf(127, "name the program that really answers to it as main.program in the spec",
		"find %q: %s is berth itself", r.command[0], file)
}

// find looks for a program along PATH, passing over berth itself under the app's name.
func (r *router) find(name string) (string, error) {
	ours := len(r.command) > 0 && name == r.command[0]
	var refused, met error
	for dir := range strings.SplitSeq(r.path, ":") {
		file, err := proc.LookPath(name, dir, "", r.as)
		switch {
		case err == nil && ours && r.itself(file):
			met = r.loop(file)
		case err == nil:
			return file, nil
		case refused == nil && code(err) == 126:
			refused = err
		}
	}
	if met != nil {
		return "", met
	}
	if refused != nil {
		return "", refused
	}
	_, err := proc.LookPath(name, "", "", r.as)
	return "", err
}

// code gives the exit code of a start's failure.
func code(err error) int {
	if e, ok := errors.AsType[*proc.StartError](err); ok {
		return e.Code()
	}
	return 0
}

// Itself says whether a path leads to berth's own binary.
func Itself(path string) bool {
	theirs, err := os.Stat(path)
	if err != nil {
		return false
	}
	for _, own := range []string{"/proc/self/exe", os.Args[0]} {
		if ours, err := os.Stat(own); err == nil {
			return os.SameFile(ours, theirs)
		}
	}
	return false
}
