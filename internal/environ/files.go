package environ

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// MaxSecret bounds the file that a variable names, in bytes: execve takes no longer entry than 128 KiB.
const MaxSecret = 64 << 10

const fileMark, fileEnd = "FILE__", "_FILE"

// FromFiles gives variables the values that files hold: FILE__NAME=PATH for any NAME, and NAME_FILE=PATH for the known
// names alone, as SSL_CERT_FILE and its like are the app's own business. Line ends at the end of a file aren't part of its
// value. A file wins over a value, which is often an image's default; the variable that names it is gone, so that a child
// can't be told to read it again. What can't be read leaves everything as it is and is told, without what is in it. given
// names the variables that have their values from files.
func FromFiles(environ, known []string, open func(path string) ([]byte, error)) (out, given []string, errs []error) {
	if !slices.ContainsFunc(environ, func(e string) bool {
		from, _, _ := strings.Cut(e, "=")
		return target(from, known) != ""
	}) {
		return environ, nil, nil // as nearly always, and a front door need not build anything for it
	}
	v := read(environ)
	for _, from := range slices.Clone(v.order) {
		name := target(from, known)
		path := v.value[from]
		if name == "" || path == "" {
			continue
		}
		value, err := secret(path, open)
		if err != nil {
			errs = append(errs, fmt.Errorf("set %s from the file that %s names: %w", name, from, err))
			continue
		}
		v.set(name, value)
		delete(v.value, from)
		given = append(given, name)
	}
	if len(given) == 0 {
		return environ, nil, errs
	}
	return v.entries(), given, errs
}

// target gives the variable that another one gives a file for; nothing for any other.
func target(from string, known []string) string {
	if name, ok := strings.CutPrefix(from, fileMark); ok {
		return name
	}
	if name, ok := strings.CutSuffix(from, fileEnd); ok && slices.Contains(known, name) {
		return name
	}
	return ""
}

func secret(path string, open func(string) ([]byte, error)) (string, error) {
	data, err := open(path)
	switch {
	case err != nil:
		return "", err
	case bytes.IndexByte(data, 0) >= 0:
		return "", errors.New("it holds a NUL byte, which no variable can")
	}
	return strings.TrimRight(string(data), "\r\n"), nil
}
