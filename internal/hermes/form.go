package hermes

import (
	"slices"
	"strings"
)

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
