package script

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Format gives a text that [Parse] reads as these words: one line for each word, with braces around what is a block. Words
// that hold a NUL byte can't be written.
func Format(argv []string) []byte {
	var out bytes.Buffer
	write(&out, argv, 0)
	return out.Bytes()
}

// write writes words that stand within so many braces, without the spaces that those put before them.
func write(out *bytes.Buffer, words []string, depth int) {
	for len(words) > 0 {
		if n := block(words); n > 0 {
			inner := make([]string, n)
			for i := range inner {
				inner[i] = words[i][1:]
			}
			line(out, depth, "{")
			write(out, inner, depth+1)
			line(out, depth, "}")
			words = words[n+1:]
			continue
		}
		line(out, depth, quote(words[0]))
		words = words[1:]
	}
}

// block gives how many words the block has that stands at the front, or 0.
func block(words []string) int {
	n := slices.IndexFunc(words, func(w string) bool { return !strings.HasPrefix(w, " ") })
	if n > 0 && words[n] == "" {
		return n
	}
	return 0
}

func line(out *bytes.Buffer, depth int, text string) {
	for range depth {
		out.WriteString("  ")
	}
	out.WriteString(text)
	out.WriteByte('\n')
}

// quote writes a word as a script has it.
func quote(word string) string {
	if word != "" && word != "{" && word != "}" && word[0] != '#' && strings.IndexFunc(word, special) < 0 {
		return word
	}
	var out strings.Builder
	out.WriteByte('"')
	for i := range len(word) {
		switch c := word[i]; {
		case c == '"' || c == '\\':
			out.WriteByte('\\')
			out.WriteByte(c)
		case c == '\n':
			out.WriteString(`\n`)
		case c == '\t':
			out.WriteString(`\t`)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&out, `\0x%02x`, c)
		default:
			out.WriteByte(c)
		}
	}
	out.WriteByte('"')
	return out.String()
}

// special says whether a character needs quotation marks around its word.
func special(r rune) bool { return r <= ' ' || r >= 0x7f || r == '"' || r == '\\' }
