package spec

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/variable"
)

// maxName is Linux's limit on one component of a path.
const maxName = 255

const (
	smallAndDigits = "abcdefghijklmnopqrstuvwxyz0123456789"
	capitals       = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// breach says how a string breaks a rule, or nothing; the hint says what to do. A string without a rule, too, must
// hold no NUL: it would end where the kernel reads it, and somebody else's name stands there.
func breach(rule, s string) (what, hint string) {
	switch {
	case rule == "content":
		return "", ""
	case strings.IndexByte(s, 0) >= 0:
		return "holds a NUL byte", "take it out"
	case rule == "", rule == "command":
		return "", ""
	case s == "":
		return "is empty", "give it a value, or take it out"
	}
	switch rule {
	case "word":
		if strings.ContainsFunc(s, isControl) {
			return "holds control characters", "keep it to one line"
		}
	case "user":
		return breachUser(s)
	case "variable":
		return breachVariable(s)
	case "inside":
		return breachInside(s)
	case "absolute", "glob":
		return breachAbsolute(rule, s)
	case "root":
		if s[0] != '$' {
			return breachAbsolute(rule, s)
		}
	case "file", "beside":
		if strings.HasSuffix(s, "/") {
			return "ends in a slash", "take the slash off"
		}
	case "base":
		if strings.Contains(s, "/") || s == "." || s == ".." {
			return "is not the base name of a file", "leave the directories out"
		}
	case "service":
		if !spelt(s, smallAndDigits, "_-", maxService) {
			return "is not a name for a service", "small letters, digits, - and _, a letter or digit first, at most 64"
		}
	case "slot": // a service's name, and that of a profile, whose pattern is the spec's own
		if !spelt(s, smallAndDigits+capitals, "_-.", 129) {
			return "is not a name for a slot", "letters, digits, -, _ and dots, a letter or digit first, at most 129"
		}
	case "dotted":
		if strings.ContainsFunc(s, isControl) || slices.Contains(strings.Split(s, "."), "") {
			return "is not a way through keys", "keys with a dot between each two: a.b"
		}
	case "flag":
		if s[0] != '-' || s == "-" {
			return "is not a flag", "a flag begins with -"
		}
	case "signal":
		return breachName(strings.TrimPrefix(s, "SIG"), "is not a signal that stops", signals())
	case "reload-signal":
		return breachName(strings.TrimPrefix(s, "SIG"), "is not a signal that reloads", reloadSignals())
	case "capability":
		return breachName(strings.TrimPrefix(s, "CAP_"), "is not a capability", capabilities())
	case "account":
		return breachAccount(s)
	case "address":
		return breachAddress(s)
	case "url":
		return breachURL(s)
	case "inside-glob":
		return breachInsideGlob(s)
	case "pattern":
		return breachPattern(s)
	}
	return "", ""
}

// breachName wants one of a few names.
func breachName(s, otherwise string, names []string) (what, hint string) {
	if slices.Contains(names, s) {
		return "", ""
	}
	return otherwise, meant(s, names)
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// spelt says whether s has one of the first characters, then those or the later ones.
func spelt(s, first, later string, most int) bool {
	return len(s) <= most && strings.IndexByte(first, s[0]) >= 0 && strings.Trim(s, first+later) == ""
}

func breachUser(s string) (what, hint string) {
	if s == "root" {
		return "is root, and the app runs without root", "name a user of the app's own"
	}
	if !spelt(s, "abcdefghijklmnopqrstuvwxyz_", "0123456789-", 32) {
		return "is not a user's name", "small letters, digits, - and _, a letter or _ first, at most 32"
	}
	return "", ""
}

func breachVariable(s string) (what, hint string) {
	for i := range len(s) {
		if variable.NameByte(s[i], i > 0) {
			continue
		}
		hint = "letters, digits and _, no digit first"
		if strings.HasPrefix(s, "$") {
			hint = "the name alone, without $"
		}
		return "is not a variable's name", hint
	}
	return "", ""
}

// breachInside judges a name on the volume: whoever acts on it descends by its components, and none may lead out.
func breachInside(s string) (what, hint string) {
	if s[0] == '/' {
		return "is absolute", "name it relative to the directory that it lies in"
	}
	if strings.HasSuffix(s, "/") {
		return "ends in a slash", "take the slash off"
	}
	if strings.ContainsFunc(s, isControl) {
		return "holds control characters", "name a file that people can type"
	}
	if s == "." {
		return "is the whole directory", "name what lies inside"
	}
	for i, part := range strings.Split(s, "/") {
		switch {
		case part == "..":
			return "leads out by ..", "name what lies inside"
		case part == "." || part == "":
			return "has a part that is empty or a dot", "write the name in its shortest form"
		case len(part) > maxName:
			return "has a part of more than 255 bytes", "no file system takes such a name"
		case i == 0 && part == ".berth":
			return "is berth's own", "berth keeps its ledger there; take another name"
		}
	}
	return "", ""
}

func breachAbsolute(rule, s string) (what, hint string) {
	switch {
	case s[0] != '/' && rule == "root":
		return "is not an absolute path", "begin it with / or with a variable"
	case s[0] != '/':
		return "is not an absolute path", "begin it with /"
	case strings.ContainsFunc(s, isControl):
		return "holds control characters", "keep it to one line"
	case s == "/":
		return "is the root of the image", "name a directory below it"
	case strings.Contains(s, "${"):
		return "", "" // its parts are judged where they are known
	case path.Clean(s) != s:
		return "is not in its shortest form", "write " + shorten(path.Clean(s))
	}
	if _, err := path.Match(s, "/"); rule == "glob" && err != nil {
		return "is not a pattern", "close the bracket, or put a backslash before it"
	}
	return "", ""
}

func breachPattern(s string) (what, hint string) {
	if len(s) > 200 {
		return "is too long for a pattern", "names have a simple form"
	}
	if _, err := regexp.Compile(s); err != nil {
		return "is not a pattern: " + strings.TrimPrefix(err.Error(), "error parsing regexp: "), "the form is RE2's"
	}
	return "", ""
}

// reloadSignals names what a service may be told to reload by.
func reloadSignals() []string {
	return []string{"HUP", "USR1", "USR2", "INT", "QUIT", "ALRM", "CONT", "WINCH"}
}

// signals names what a service may be stopped by.
func signals() []string {
	return []string{"TERM", "INT", "QUIT", "HUP", "USR1", "USR2", "KILL", "ABRT", "ALRM", "CONT", "PWR", "WINCH"}
}
