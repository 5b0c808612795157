package shim

import (
	"errors"
	"os"
	"strings"

	"github.com/berth-init/berth/internal/failure"
	"github.com/berth-init/berth/internal/proc"
)

// A Search looks for a program in an image where berth itself may bear the app's name, first on PATH.
type Search struct {
	Name    string                 // the app's command, which berth may bear
	Program string                 // the file that answers to Name, where the spec says so (main.program)
	Path    string                 // the children's PATH
	As      *proc.Credential       // who has to be able to run it; nil: this process
	Itself  func(path string) bool // says whether a path is berth itself: the shim that bears the app's name
	Lenient bool                   // a Program that isn't there is looked for on PATH: a developer's machine is no image
}

// Own gives the file that answers to the command's name.
func (s *Search) Own() (string, error) {
	name := s.Name
	if s.Program != "" && s.Itself(s.Program) {
		return "", s.loop(s.Program)
	}
	if s.Program != "" {
		if _, err := os.Stat(s.Program); err == nil || !s.Lenient {
			return s.Program, nil
		}
	}
	if strings.Contains(name, "/") {
		return name, nil
	}
	return s.Find(name)
}

// loop refuses to start berth under the app's name, which would start itself for ever.
func (s *Search) loop(file string) error {
	return failure.Newf(127, "name the program that really answers to it as main.program in the spec",
		"find %q: %s is berth itself", s.Name, file)
}

// Find looks for a program along PATH, passing over berth itself under the app's name.
func (s *Search) Find(name string) (string, error) {
	ours := name == s.Name
	var refused, met error
	for dir := range strings.SplitSeq(s.Path, ":") {
		file, err := proc.LookPath(name, dir, "", s.As)
		switch {
		case err == nil && ours && s.Itself(file):
			met = s.loop(file)
		case err == nil:
			return file, nil
		case refused == nil && forbidden(err):
			refused = err
		}
	}
	if met != nil {
		return "", met
	}
	if refused != nil {
		return "", refused
	}
	_, err := proc.LookPath(name, "", "", s.As)
	return "", err
}

// forbidden says whether a program is there and can't be executed.
func forbidden(err error) bool {
	e, ok := errors.AsType[*proc.StartError](err)
	return ok && e.Code() == 126
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
