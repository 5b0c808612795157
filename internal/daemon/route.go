package daemon

import (
	"os"
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/shim"
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
	file, err := r.search().Find(args[0])
	switch {
	case len(r.command) > 0 && args[0] == r.command[0]:
		file, err = r.search().Own() // its own name: the shim on PATH would only lead here again
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
	file, err := r.search().Own()
	return file, slices.Concat(r.command, args), err
}

// search looks for programs as the router does.
func (r *router) search() *shim.Search {
	s := &shim.Search{Program: r.main.Program, Path: r.path, As: r.as, Itself: r.itself, Lenient: r.lenient}
	if len(r.command) > 0 {
		s.Name = r.command[0]
	}
	return s
}
