// Package native knows which words berth answers under the app's own name: those of Hermes's command line that are about its
// container. What it says is by the words alone, before anything is opened or built: the app's name is called a hundred times an
// hour, mostly for words that aren't berth's, and before main (internal/early), so that nothing heavy is imported. The answers are
// internal/hermes's.
package native

import (
	"slices"
	"strings"
)

// Words are the words of a call: whom it is about, the verb, and what stands behind it.
type Words struct {
	Profile string // the last -p; Named says that there was one, as an empty name is one too
	Named   bool
	Verb    string
	Rest    []string
}

// Read takes the words apart; false for what has another flag than -p before the verb, or no verb: that is the app's.
func Read(args []string) (Words, bool) {
	var w Words
	for i := 0; i < len(args); i++ {
		name, used, isProfile := profileFlag(args[i:])
		switch {
		case isProfile && used == 0:
			return w, false
		case isProfile:
			w.Profile, w.Named = name, true
			i += used - 1
		case args[i] == "" || strings.HasPrefix(args[i], "-"):
			return w, false
		default:
			w.Verb = args[i]
			return w, w.behind(args[i+1:])
		}
	}
	return w, false
}

// behind takes -p from behind the verb as well.
func (w *Words) behind(args []string) bool {
	for i := 0; i < len(args); i++ {
		if args[i] == "--" {
			w.Rest = append(w.Rest, args[i:]...)
			break
		}
		name, used, isProfile := profileFlag(args[i:])
		switch {
		case isProfile && used == 0:
			return false
		case isProfile:
			w.Profile, w.Named = name, true
			i += used - 1
		default:
			w.Rest = append(w.Rest, args[i])
		}
	}
	return true
}

// profileFlag reads -p NAME, -pNAME, --profile NAME and --profile=NAME, and says how many words that took: none where
// the name is missing.
func profileFlag(args []string) (name string, used int, ok bool) {
	first := args[0]
	switch {
	case first == "-p" || first == "--profile":
		if len(args) < 2 {
			return "", 0, true
		}
		return args[1], 2, true
	case strings.HasPrefix(first, "--profile="):
		return strings.TrimPrefix(first, "--profile="), 1, true
	case strings.HasPrefix(first, "-p"):
		return strings.TrimPrefix(first, "-p"), 1, true
	}
	return "", 0, false
}

// help says whether the app's own help is asked for.
func (w Words) help() bool {
	rest := w.Rest
	if i := slices.Index(rest, "--"); i >= 0 {
		rest = rest[:i]
	}
	return slices.Contains(rest, "--help") || slices.Contains(rest, "-h")
}
