package execline

import (
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/chain"
)

// elglob puts the names of files that fit a pattern into words.
func elglob(c *chain.Call) int {
	return substituting(c, elglobSource, "elglob [ -v ] [ -w ] [ -s ] [ -m ] [ -e ] [ -0 ] key pattern prog...")
}

// A glob looks for files.
type glob struct {
	pattern      pattern
	mark, strict bool
	complain     func(dir string, err error)
	found        []string
	err          error
}

func elglobSource(c *chain.Call, args []string, vars *[]variable) (rest []string, err error) {
	g := glob{pattern: pattern{period: true}, complain: func(string, error) {}}
	sorted, none := false, false
	rest, ok := chain.Options(args, "vwsme0", func(f byte, _ string) {
		switch f {
		case 'v':
			g.complain = func(dir string, err error) { c.Warn("unable to read %s: %s", dir, chain.Reason(err)) }
		case 'w':
			g.strict = true
		case 's':
			sorted = true
		case 'm':
			g.mark = true
		case 'e':
			g.pattern.noEscape = true
		case '0':
			none = true
		}
	})
	if !ok || len(rest) < 2 {
		return nil, errUsage
	}
	if err := key(rest[0]); err != nil {
		return nil, err
	}
	g.look(rest[1])
	switch {
	case g.err != nil:
		return nil, g.err
	case len(g.found) == 0 && !none:
		g.found = []string{rest[1]}
	case sorted:
		slices.Sort(g.found)
	}
	*vars = append(*vars, variable{rest[0], g.found})
	return rest[2:], nil
}

// look fills what is found.
func (g *glob) look(text string) {
	slashes := len(text) - len(strings.TrimLeft(text, "/"))
	g.step(text[:slashes], text[slashes:])
}

// step goes on below a directory, whose name ends with a slash or is empty.
func (g *glob) step(dir, rest string) {
	if g.err != nil {
		return
	}
	name, after, more := strings.Cut(rest, "/")
	if rest == "" {
		g.add(dir)
		return
	}
	slashes := ""
	if more {
		trimmed := strings.TrimLeft(after, "/")
		slashes, after = "/"+after[:len(after)-len(trimmed)], trimmed
	}
	if !g.special(name) {
		g.step(dir+g.plain(name)+slashes, after)
		return
	}
	for _, n := range g.names(dir) {
		if g.pattern.match(name, n) {
			if more && !isDirectory(dir+n) {
				continue
			}
			g.step(dir+n+slashes, after)
		}
	}
}

// names reads a directory, in the order of its own.
func (g *glob) names(dir string) []string {
	at := dir
	if at == "" {
		at = "."
	}
	names, err := readNames(at)
	if err != nil {
		if errors.Is(err, syscall.ENOTDIR) {
			return nil
		}
		if g.strict {
			g.err = err
		}
		g.complain(at, err)
		return nil
	}
	return append([]string{".", ".."}, names...)
}

func readNames(dir string) ([]string, error) {
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), dir)
	defer func() { _ = f.Close() }()
	return f.Readdirnames(-1)
}

// add takes a path that is there.
func (g *glob) add(path string) {
	var st unix.Stat_t
	if path == "" || unix.Fstatat(unix.AT_FDCWD, path, &st, unix.AT_SYMLINK_NOFOLLOW) != nil {
		return
	}
	if g.mark && !strings.HasSuffix(path, "/") && isDirectory(path) {
		path += "/"
	}
	g.found = append(g.found, path)
}

func isDirectory(path string) bool {
	var st unix.Stat_t
	return unix.Stat(path, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR
}

// special says whether a part of a pattern stands for more than one name.
func (g *glob) special(part string) bool {
	for i := 0; i < len(part); i++ {
		switch part[i] {
		case '*', '?':
			return true
		case '[':
			if strings.Contains(part[i+1:], "]") {
				return true
			}
		case '\\':
			if !g.pattern.noEscape {
				i++
			}
		}
	}
	return false
}

// plain takes the backslashes out of a part that stands for one name.
func (g *glob) plain(part string) string {
	if g.pattern.noEscape {
		return part
	}
	var out strings.Builder
	for i := 0; i < len(part); i++ {
		if part[i] == '\\' && i+1 < len(part) {
			i++
		}
		out.WriteByte(part[i])
	}
	return out.String()
}
