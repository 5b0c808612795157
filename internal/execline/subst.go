package execline

import (
	"errors"
	"strings"
)

// A variable is a key of a substitution with the words that it stands for: none deletes the words that name it.
type variable struct {
	key    string
	values []string
}

// What a substitution may make of its words is bounded: more than this, the kernel hands to no program.
const (
	mostBytes = 64 << 20
	perWord   = 64 // what a word costs besides its text
)

var errTooLong = errors.New("argument list too long")

// substitute puts the values of variables into words, all at once: what a value says is not read again.
func substitute(words []string, vars []variable) ([]string, error) {
	out := make([]string, 0, len(words))
	room := mostBytes
	for _, w := range words {
		made, err := substituteWord(w, vars, &room)
		if err != nil {
			return nil, err
		}
		out = append(out, made...)
	}
	return out, nil
}

// substituteWord gives the words that one becomes. What stands before a key, spaces of blocks above all, stands before
// each of its values.
func substituteWord(word string, vars []variable, room *int) ([]string, error) {
	var head strings.Builder
	for rest := word; ; {
		at := strings.IndexByte(rest, '$')
		if at < 0 {
			if *room -= head.Len() + len(rest) + perWord; *room < 0 {
				return nil, errTooLong
			}
			return []string{head.String() + rest}, nil
		}
		values, after, found := match(rest[at:], vars)
		if !found {
			head.WriteString(rest[:len(rest)-len(after)])
			rest = after
			continue
		}
		slashes := at - len(strings.TrimRight(rest[:at], `\`))
		head.WriteString(rest[:at-slashes+slashes/2])
		if slashes%2 == 1 { // what is quoted stays, less its quote
			head.WriteString(rest[at : len(rest)-len(after)])
			rest = after
			continue
		}
		if len(values) == 1 {
			head.WriteString(values[0])
			rest = after
			continue
		}
		tails, err := substituteWord(after, vars, room)
		if err != nil {
			return nil, err
		}
		var out []string
		for _, v := range values {
			for _, tail := range tails {
				if *room -= head.Len() + len(v) + len(tail) + perWord; *room < 0 {
					return nil, errTooLong
				}
				out = append(out, head.String()+v+tail)
			}
		}
		return out, nil
	}
}

// match reads the key that a dollar begins, and gives its values and what follows; if no variable has it, what follows is
// where the next dollar may stand.
func match(text string, vars []variable) (values []string, after string, found bool) {
	key := text[1:]
	if strings.HasPrefix(key, "{") {
		key = key[1:]
		end := strings.IndexAny(key, `\${}`)
		if end < 0 || key[end] != '}' {
			return nil, text[1:], false
		}
		key, after = key[:end], key[end+1:]
	} else if end := strings.IndexAny(key, `\${}`); end >= 0 {
		key, after = key[:end], key[end:]
	}
	for _, v := range vars {
		if v.key == key {
			return v.values, after, true
		}
	}
	return nil, after, false
}
