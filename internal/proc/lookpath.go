package proc

import (
	"errors"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// LookPath finds a program as the child will: along the child's PATH, with the
// child's working directory and identity (nil: ours). A name with a slash is
// not searched for, only looked at, relative to dir. The error is a *StartError
// with code 127, or 126 if only files were found that can't be executed.
//
// Elements of PATH that are empty or relative are passed over: they would let
// whoever owns the working directory choose the program. Permission is judged
// by the mode bits of the file; execve has the last word.
func LookPath(name, path, dir string, as *Credential) (string, error) {
	if strings.Contains(name, "/") {
		full := name
		if !filepath.IsAbs(full) && dir != "" {
			full = filepath.Join(dir, full)
		}
		if _, err := executable(full, as); err != nil {
			return "", findError(name, err)
		}
		return full, nil
	}
	var found error = syscall.ENOENT
	if name == "" || name == "." || name == ".." {
		return "", findError(name, found)
	}
	for element := range strings.SplitSeq(path, ":") {
		if !filepath.IsAbs(element) {
			continue
		}
		full := filepath.Join(element, name)
		there, err := executable(full, as)
		if err == nil {
			return full, nil
		}
		// A directory that can't be searched says nothing about the program.
		if there && errors.Is(err, syscall.EACCES) {
			found = err
		}
	}
	return "", findError(name, found)
}

// executable says why an identity can't execute a file, and whether there is one.
func executable(path string, as *Credential) (there bool, err error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return false, err
	}
	switch {
	case st.Mode&unix.S_IFMT == unix.S_IFDIR:
		return true, syscall.EISDIR
	case st.Mode&unix.S_IFMT != unix.S_IFREG, !as.mayExecute(&st):
		return true, syscall.EACCES
	}
	return true, nil
}

func findError(name string, err error) error {
	e := &StartError{Op: OpFind, Path: name, Err: err}
	switch {
	case errors.Is(err, syscall.ENOENT):
		e.hint = "check the spelling and PATH, or give the program with its whole path"
	case errors.Is(err, syscall.EACCES):
		e.hint = "make it executable for the user that runs it"
	}
	return e
}
