package hermes

import (
	"slices"
	"strings"
)

// words are the words of a call: whom it is about, the verb, and what stands behind it.
type words struct {
	profile string // the last -p; named says that there was one, as an empty name is one too
	named   bool
	verb    string
	rest    []string
}

// read takes the words apart; false for what has another flag than -p before the verb, or no verb: that is the app's.
func read(args []string) (words, bool) {
	var w words
	for i := 0; i < len(args); i++ {
		name, used, isProfile := profileFlag(args[i:])
		switch {
		case isProfile && used == 0:
			return w, false
		case isProfile:
			w.profile, w.named = name, true
			i += used - 1
		case args[i] == "" || strings.HasPrefix(args[i], "-"):
			return w, false
		default:
			w.verb = args[i]
			return w, w.behind(args[i+1:])
		}
	}
	return w, false
}

// behind takes -p from behind the verb as well.
func (w *words) behind(args []string) bool {
	for i := 0; i < len(args); i++ {
		if args[i] == "--" {
			w.rest = append(w.rest, args[i:]...)
			break
		}
		name, used, isProfile := profileFlag(args[i:])
		switch {
		case isProfile && used == 0:
			return false
		case isProfile:
			w.profile, w.named = name, true
			i += used - 1
		default:
			w.rest = append(w.rest, args[i])
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
func (w words) help() bool {
	rest := w.rest
	if i := slices.Index(rest, "--"); i >= 0 {
		rest = rest[:i]
	}
	return slices.Contains(rest, "--help") || slices.Contains(rest, "-h")
}

// A form says what may stand behind a verb.
type form struct {
	verb     string   // with its second word, for messages
	switches []string // flags without a value
	values   []string // flags with one
	operands []string // their names
}

// A filled form.
type filled struct {
	on       []string
	value    map[string]string
	operands []string
}

func (f filled) has(flag string) bool { return slices.Contains(f.on, flag) }

// fill reads what stands behind a verb.
func (f form) fill(rest []string) (filled, error) {
	out := filled{value: map[string]string{}}
	hint := "write `" + f.usage() + "`"
	for i := 0; i < len(rest); i++ {
		word := rest[i]
		flag, value, attached := strings.Cut(word, "=")
		switch {
		case word == "--":
			out.operands = append(out.operands, rest[i+1:]...)
			i = len(rest)
		case !strings.HasPrefix(word, "-") || word == "-":
			out.operands = append(out.operands, word)
		case slices.Contains(f.switches, word):
			out.on = append(out.on, word)
		case slices.Contains(f.values, flag) && attached:
			out.on, out.value[flag] = append(out.on, flag), value
		case slices.Contains(f.values, flag) && i+1 < len(rest):
			i++
			out.on, out.value[flag] = append(out.on, flag), rest[i]
		case slices.Contains(f.values, flag):
			return out, usagef(hint, "%s lacks its value", flag)
		default:
			return out, usagef(hint, "unknown flag %q", word)
		}
	}
	switch n := len(f.operands); {
	case len(out.operands) < n:
		return out, usagef(hint, "%s is missing", f.operands[len(out.operands)])
	case len(out.operands) > n:
		return out, usagef(hint, "unexpected word %q", out.operands[n])
	}
	return out, nil
}

// usage writes the form.
func (f form) usage() string {
	all := []string{"hermes", f.verb}
	for _, s := range f.switches {
		all = append(all, "["+s+"]")
	}
	for _, v := range f.values {
		all = append(all, "["+v+" "+strings.ToUpper(strings.TrimLeft(v, "-"))+"]")
	}
	return strings.Join(append(all, f.operands...), " ")
}
