package s6rc

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A page is text for a terminal. Names and values are the image's: what isn't printable in them is escaped.
type page struct{ strings.Builder }

func (p *page) line(format string, args ...any) {
	p.WriteString(plain(fmt.Sprintf(format, args...)) + "\n")
}

func (p *page) head(format string, args ...any) {
	p.WriteString("\n")
	p.line(format+":", args...)
}

// A table's columns are as wide as their widest word, but for the last one.
type table [][]string

func (p *page) table(t table) {
	if len(t) < 2 {
		p.line("  nothing")
		return
	}
	wide := make([]int, len(t[0]))
	for _, row := range t {
		for i := range row {
			row[i] = plain(row[i])
			wide[i] = max(wide[i], utf8.RuneCountInString(row[i]))
		}
	}
	for _, row := range t {
		p.WriteString(" ")
		for i, cell := range row {
			p.WriteString(" " + cell)
			if i < len(row)-1 {
				p.WriteString(strings.Repeat(" ", 1+wide[i]-utf8.RuneCountInString(cell)))
			}
		}
		p.WriteString("\n")
	}
}

// plain escapes what would write a line of its own or move the cursor.
func plain(unsafeText string) string {
	if strings.IndexFunc(unsafeText, unprintable) < 0 {
		return unsafeText
	}
	var b strings.Builder
	for _, c := range unsafeText {
		if unprintable(c) {
			q := strconv.QuoteToASCII(string(c))
			b.WriteString(q[1 : len(q)-1])
		} else {
			b.WriteRune(c)
		}
	}
	return b.String()
}

func unprintable(c rune) bool { return !unicode.IsPrint(c) || c == utf8.RuneError }
