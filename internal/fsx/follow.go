package fsx

import (
	"path"
	"strings"
	"syscall"
)

// maxLinks is the kernel's own bound (path_resolution(7)).
const maxLinks = 40

// Follow follows an absolute path step by step and gives it without links; syscall.ELOOP where there are too many. step looks at
// each place on the way, of which the last may come twice, and gives what the link there holds, or nothing where there is none.
func Follow(name string, step func(at string, last bool) (target string, err error)) (string, error) {
	todo, at := strings.Split(name, "/"), "/"
	for links := 0; ; {
		last := len(todo) == 0
		target, err := step(at, last)
		switch {
		case err != nil:
			return "", err
		case target != "":
			if links++; links > maxLinks {
				return "", syscall.ELOOP
			}
			if at = path.Dir(at); path.IsAbs(target) {
				at = "/"
			}
			todo = append(strings.Split(target, "/"), todo...)
		case last:
			return at, nil
		}
		for len(todo) > 0 && (todo[0] == "" || todo[0] == ".") {
			todo = todo[1:]
		}
		if len(todo) > 0 {
			at, todo = path.Join(at, todo[0]), todo[1:] // a ".." goes up from where the links have led
		}
	}
}
