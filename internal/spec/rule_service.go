package spec

import (
	"path"
	"strconv"
	"strings"
)

// breachAccount judges who a service runs as. Root may be named: it is the image that says so, and a service such as a
// daemon that drops root by itself needs it.
func breachAccount(s string) (what, hint string) {
	user, group, both := strings.Cut(s, ":")
	if accountPart(user) && (!both || accountPart(group)) {
		return "", ""
	}
	return "is not USER, UID, USER:GROUP or UID:GID", "names have small letters, digits, - and _, numbers go to 4294967294"
}

func accountPart(s string) bool {
	if s == "" {
		return false
	}
	if i, err := strconv.ParseUint(s, 10, 32); err == nil {
		return i < 1<<32-1 && i != 1<<16-1 && strconv.FormatUint(i, 10) == s
	}
	return spelt(s, "abcdefghijklmnopqrstuvwxyz_", "0123456789-", 32)
}

// breachAddress judges PORT or HOST:PORT, as far as it names no variables.
func breachAddress(s string) (what, hint string) {
	if strings.Contains(s, "${") {
		return "", ""
	}
	port := s
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		host, bracketed := strings.CutPrefix(s[:i], "[")
		host, closed := strings.CutSuffix(host, "]")
		port = s[i+1:]
		switch {
		case host == "", bracketed != closed, strings.ContainsAny(host, "[]/@ "), strings.ContainsFunc(host, isControl):
			return "is not an address", "write PORT or HOST:PORT"
		case strings.Contains(host, ":") && !bracketed:
			return "is not an address", "put an IPv6 address in brackets: [::1]:8080"
		}
	}
	if i, err := strconv.Atoi(port); err != nil || i < 1 || i > 65535 || strconv.Itoa(i) != port {
		return "has no port from 1 to 65535", "write PORT or HOST:PORT"
	}
	return "", ""
}

// breachURL judges what is asked over HTTP, as far as it names no variables.
func breachURL(s string) (what, hint string) {
	const example = "write http://127.0.0.1:8080/health"
	rest, ok := strings.CutPrefix(s, "http://")
	switch {
	case strings.HasPrefix(s, "https://"):
		return "needs TLS, which berth doesn't speak to a service", "ask over http://, or write exec with a program that asks"
	case !ok && !strings.HasPrefix(s, "${"):
		return "is not the address of a page", example
	case strings.Contains(s, "${"):
		return "", "" // its parts are judged where they are known
	case strings.ContainsAny(s, " #"), strings.ContainsFunc(s, isControl):
		return "holds what is no part of a page's address", "write a blank as %20"
	}
	host, _, _ := strings.Cut(rest, "/")
	host, _, _ = strings.Cut(host, "?")
	if !strings.Contains(host, ":") || strings.HasSuffix(host, "]") {
		host += ":80"
	}
	if what, _ = breachAddress(host); what != "" {
		return "is not the address of a page", example
	}
	return "", ""
}

// breachInsideGlob judges a pattern of names on the volume: whatever it matches lies there.
func breachInsideGlob(s string) (what, hint string) {
	if what, hint = breachInside(s); what != "" {
		return what, hint
	}
	if _, err := path.Match(s, ""); err != nil {
		return "is not a pattern", "close the bracket, or put a backslash before it"
	}
	return "", ""
}
