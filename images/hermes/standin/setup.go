package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// setup writes a first setting beside the secrets, as a program does that leaves the file's mode to the umask.
func (a *app) setup(args []string) int {
	if len(args) > 0 {
		a.complain("error: unrecognized arguments: %s", args[0])
		return codeUsage
	}
	f, err := os.OpenFile(filepath.Join(a.home(), ".env"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return a.fail("open settings: %w", err)
	}
	_, err = f.WriteString("HERMES_MODEL=tiny\n")
	if err = errors.Join(err, f.Close()); err != nil {
		return a.fail("write settings: %w", err)
	}
	fmt.Fprintln(a.out, "hermes setup: done")
	return 0
}

// update has nothing to fetch.
func (a *app) update([]string) int {
	fmt.Fprintln(a.out, "hermes update: this is the newest there is")
	return 0
}
