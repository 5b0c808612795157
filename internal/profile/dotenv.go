package profile

import (
	"bytes"
	"errors"
	"io/fs"
	"strings"

	"github.com/berth-init/berth/internal/fsx"
)

const maxLines = 4 << 20 // bytes of a file of NAME=value lines

// Setting gives the last value that isn't empty which a file of NAME=value lines in the profile's directory gives to a
// variable; nothing where there is no such file.
func (p *Profile) Setting(file, key string) (string, error) {
	data, _, err := p.read(file, maxLines)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil && fsx.IsRefusal(err):
		return "", refusal("read", p.Dir.Path()+"/"+file, err)
	case err != nil:
		return "", err
	}
	value := ""
	for line := range bytes.Lines(data) {
		if name, v, ok := Assignment(line); ok && name == key && v != "" {
			value = v
		}
	}
	return value, nil
}

// Assignment reads a line as python-dotenv and shells do, as far as one line is concerned: blanks and export before the
// name, blanks around =, quotes, a comment behind the value.
func Assignment(line []byte) (name, value string, ok bool) {
	s := strings.TrimSpace(strings.TrimPrefix(string(line), "\ufeff"))
	if rest, found := strings.CutPrefix(s, "export"); found && strings.TrimLeft(rest, " \t") != rest {
		s = strings.TrimLeft(rest, " \t")
	}
	name, s, ok = strings.Cut(s, "=")
	name = strings.TrimRight(name, " \t")
	if !ok || name == "" || strings.ContainsAny(name, " \t#'\"") {
		return "", "", false
	}
	s = strings.TrimSpace(s)
	if s != "" && (s[0] == '\'' || s[0] == '"') {
		if inner, _, closed := strings.Cut(s[1:], s[:1]); closed {
			return name, inner, true
		}
	}
	if strings.HasPrefix(s, "#") {
		return name, "", true
	}
	for _, mark := range []string{" #", "\t#"} {
		s, _, _ = strings.Cut(s, mark)
	}
	return name, strings.TrimSpace(s), true
}
