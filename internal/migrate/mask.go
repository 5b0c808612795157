package migrate

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

const blot = "***"

// shown gives each line of a difference as it may be seen. A line that both texts have may be a secret's in one of them.
func shown(ops []lineOp, before, after []byte, lines bool) {
	b, a := masked(before, lines), masked(after, lines)
	for i := range ops {
		switch op := &ops[i]; op.kind {
		case '-':
			op.shown, b = b[0], b[1:]
		case '+':
			op.shown, a = a[0], a[1:]
		default:
			if op.shown = b[0]; strings.Contains(a[0], blot) {
				op.shown = a[0]
			}
			a, b = a[1:], b[1:]
		}
	}
}

// masked gives the lines of a text without their ends, with "***" for secrets.
func masked(data []byte, lines bool) []string {
	s := string(data)
	if !lines {
		s = maskValues(data)
	}
	login := regexp.MustCompile(`://[^/?#\s"']*@`)
	header := regexp.MustCompile(`(?i)\b(bearer|basic) +[^\s"',}\]]+`)
	all := cut(s)
	for i, line := range all {
		line = mask(strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"), lines)
		line = login.ReplaceAllString(line, "://"+blot+"@")
		all[i] = strings.Map(visible, header.ReplaceAllString(line, "$1 "+blot))
	}
	return all
}

// visible keeps a text from writing anything but itself on a terminal.
func visible(c rune) rune {
	switch {
	case c == '\t':
	case unicode.IsControl(c), c == 0x2028, c == 0x2029, c >= 0x202a && c <= 0x202e, c >= 0x2066 && c <= 0x2069:
		return unicode.ReplacementChar
	}
	return c
}

// maskValues hides the values of keys that say so, however many lines they take. A text that is no document has none.
func maskValues(data []byte) string {
	d, err := parseAny(data)
	if err != nil || d.root == nil {
		return string(data)
	}
	var hidden []splice
	hide := func(n *node) {
		end, err := d.endOf(n)
		if err != nil {
			end = len(data) // where it ends is not certain
		}
		hidden = append(hidden, splice{from: n.at, to: end})
	}
	anchors := map[*yaml.Node]bool{}
	walk(d.root, func(n *node) {
		for i, k := range n.keys {
			if v := n.items[i]; v.y.Kind == yaml.AliasNode && secret(k.y.Value, "") {
				anchors[v.y.Alias] = true
			} else if !hollow(v.value) && secret(k.y.Value, v.value.text) {
				hide(v)
			}
		}
	})
	walk(d.root, func(n *node) {
		if anchors[n.y] {
			hide(n)
		}
	})
	slices.SortFunc(hidden, func(a, b splice) int { return cmp.Compare(a.from, b.from) })
	var b strings.Builder
	at := 0
	for _, h := range hidden {
		if h.to <= at {
			continue
		}
		h.from = max(h.from, at)
		b.Write(data[at:h.from])
		for i, line := range strings.Split(string(data[h.from:h.to]), "\n") {
			if i > 0 {
				b.WriteString("\n" + line[:len(line)-len(strings.TrimLeft(line, " \t"))])
			}
			if strings.TrimSpace(line) != "" {
				b.WriteString(blot)
			}
		}
		at = h.to
	}
	b.Write(data[at:])
	return b.String()
}

// walk calls f for a node and all below it.
func walk(n *node, f func(*node)) {
	f(n)
	if n.y.Kind == yaml.AliasNode {
		return
	}
	for _, item := range n.items {
		walk(item, f)
	}
}

// mask hides the value of a line that may hold a secret: a comment is no document.
func mask(line string, lines bool) string {
	if lines {
		return maskAssignment(line)
	}
	for i := strings.IndexByte(line, ':'); i >= 0; {
		before := strings.TrimRight(line[:i], " \t")
		key := strings.Trim(before[strings.LastIndexAny(before, " {,-#")+1:], `"'`)
		value := strings.TrimSpace(line[i+1:])
		if secret(key, value) && value != "" && value[0] != '#' && value != `""` && value != "''" {
			return line[:i+1] + " " + blot
		}
		more := strings.IndexByte(line[i+1:], ':')
		if more < 0 {
			break
		}
		i += 1 + more
	}
	return line
}

// maskAssignment hides every value, as names say little there; also of a line that may be the rest of a value.
func maskAssignment(line string) string {
	name, value, ok := strings.Cut(line, "=")
	value = strings.TrimSpace(value)
	switch text := strings.TrimSpace(line); {
	case ok && value != "" && !strings.HasPrefix(value, `""`):
		return name + "=" + blot
	case !ok && text != "" && text[0] != '#':
		return blot
	}
	return line
}

// secret says whether a key's name says that its value is one. A count of tokens is none, and neither is yes or no.
func secret(key, value string) bool {
	switch value = strings.TrimRight(value, " ,}"); {
	case strings.EqualFold(value, "true"), strings.EqualFold(value, "false"):
		return false
	}
	count := value != "" && strings.Trim(value, "0123456789_") == ""
	key = strings.TrimSuffix(strings.ToLower(key), "s")
	for _, end := range []string{"key", "token", "secret", "password", "passwd", "passphrase", "_pas", "credential", "authorization", "cookie"} {
		if strings.HasSuffix(key, end) {
			return end != "token" || !count
		}
	}
	return false
}
