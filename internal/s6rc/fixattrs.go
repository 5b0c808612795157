package s6rc

import (
	"path"
	"strconv"
	"strings"

	"github.com/berth-init/berth/internal/fsx"
)

// fixAttrs reads fix-attrs.d: in each file lines of `path recurse account fmode dmode`.
func (r *reader) fixAttrs(dir string) {
	f, err := r.tree.open(dir)
	if err != nil {
		r.missing(dir, err)
		return
	}
	defer f.close()
	for _, it := range r.list(f) {
		at := join(dir, it.Name)
		in, err := f.look(it.Name)
		switch {
		case strings.HasPrefix(it.Name, "."):
			r.ignore(at, "its name starts with a dot")
		case err == nil && in.Kind == fsx.Directory:
			r.ignore(at, "a directory has no lines")
		default:
			if text, ok := r.text(f, it.Name, maxText); ok {
				r.fixAttrLines(at, text)
			}
		}
	}
}

func (r *reader) fixAttrLines(file, text string) {
	for _, l := range lines(text) {
		a, wrong, hint := parseFixAttr(l.text)
		if wrong != "" {
			r.say(note{Complaint: Complaint{Path: file, Line: l.no, Text: wrong + "; left out", Hint: hint}})
			continue
		}
		a.File, a.Line = file, l.no
		r.image.FixAttrs = append(r.image.FixAttrs, a)
	}
}

const fixAttrForm = "a line is: PATH true|false ACCOUNT[,UID:GID] FILEMODE DIRECTORYMODE"

// parseFixAttr reads one line.
func parseFixAttr(text string) (a FixAttr, wrong, hint string) {
	w := strings.Fields(text)
	if len(w) != 5 {
		return a, "it has " + strconv.Itoa(len(w)) + " words and not five", fixAttrForm
	}
	a.Path = w[0]
	if !path.IsAbs(a.Path) {
		return a, quote(a.Path) + " is no absolute path", fixAttrForm
	}
	if _, err := path.Match(a.Path, ""); err != nil {
		return a, quote(a.Path) + " is no pattern", "close each [ with a ], or write \\["
	}
	switch w[1] {
	case "true":
		a.Recurse = true
	case "false":
	default:
		return a, quote(w[1]) + " is neither true nor false", fixAttrForm
	}
	if wrong = a.account(w[2]); wrong != "" {
		return a, wrong, fixAttrForm
	}
	var ok bool
	if a.FMode, ok = mode(w[3]); !ok {
		return a, quote(w[3]) + " is no mode", "write octal digits, like 0644"
	}
	if a.DMode, ok = mode(w[4]); !ok {
		return a, quote(w[4]) + " is no mode", "write octal digits, like 0755"
	}
	return a, "", ""
}

// account reads a name, a name with numbers to fall back to, or numbers alone.
func (a *FixAttr) account(text string) (wrong string) {
	name, fallback, has := strings.Cut(text, ",")
	if !has && strings.Contains(name, ":") {
		name, fallback, has = "", name, true
	}
	if has {
		uid, gid, two := strings.Cut(fallback, ":")
		u, uerr := strconv.ParseUint(uid, 10, 32)
		g, gerr := strconv.ParseUint(gid, 10, 32)
		if !two || uerr != nil || gerr != nil || uint32(u) == fsx.Keep || uint32(g) == fsx.Keep {
			return quote(fallback) + " is no UID:GID"
		}
		a.UID, a.GID, a.Numbers = uint32(u), uint32(g), true
	}
	if a.User = name; name == "" && !has {
		return "the account is empty"
	}
	return ""
}

func mode(text string) (uint32, bool) {
	m, err := strconv.ParseUint(text, 8, 32)
	return uint32(m), err == nil && m <= 0o7777
}
