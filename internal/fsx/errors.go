package fsx

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Causes of refused and failed calls.
var (
	ErrSymlink  = errors.New("a symbolic link stands in the way")
	ErrMount    = errors.New("another file system is mounted there")
	ErrHardlink = errors.New("the file has other names (hard links)")
	ErrKind     = errors.New("it is another kind of file")
	ErrName     = errors.New("the name leads out of its directory")
	ErrVanished = errors.New("it was moved or replaced meanwhile")
	ErrTooDeep  = errors.New("directories are nested too deep")
	ErrTooBig   = errors.New("it is larger than allowed")
	ErrFrozen   = errors.New("nothing may be changed now")
	ErrLocked   = errors.New("somebody else holds the lock")
	ErrBusy     = errors.New("another look is at it, or a program has locked it")
	ErrTaken    = errors.New("the directory could not be given back to its owner")
)

// IsRefusal says whether err is one that this package's rules give, not the file system: an odd volume or an attacker
// provokes it, so it is never a reason to try again some other way.
func IsRefusal(err error) bool {
	return oneOf(err, ErrSymlink, ErrMount, ErrHardlink, ErrKind, ErrName, ErrVanished, ErrTooDeep, ErrBusy)
}

func fail(op, path string, err error) error {
	return fmt.Errorf("%s %s: %w", op, word(path), err)
}

// word quotes a path that isn't plain: names on the volume are the attacker's, and a newline in one would write a line
// of its own into the log.
func word(unsafePath string) string {
	q := strconv.Quote(unsafePath)
	if len(q) != len(unsafePath)+2 || unsafePath == "" {
		return q
	}
	if strings.ContainsRune(unsafePath, ' ') {
		return q
	}
	return unsafePath
}

func oneOf(err error, causes ...error) bool {
	return slices.ContainsFunc(causes, func(c error) bool { return errors.Is(err, c) })
}
