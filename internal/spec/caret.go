package spec

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxShown is how many columns of a line are shown: what is left of a terminal's 80 beside an indent.
const maxShown = 72

// point gives a line as a terminal can show it and a second line with a caret below the given column. A long line is
// cut around the column. Control characters, which could rewrite what stands on the terminal, show as a dot.
func point(line string, column int) (shown, caret string) {
	runes, column, cutBefore, cutAfter := neighbourhood(line, column)
	from, to := 0, len(runes)
	if cutBefore || cutAfter || span(runes) > maxShown {
		from, to = window(runes, column-1)
	}
	var text, below strings.Builder
	if from > 0 || cutBefore {
		text.WriteString("…")
		below.WriteString(" ")
	}
	for i, r := range runes[from:to] {
		text.WriteRune(showable(r))
		if from+i < column-1 {
			below.WriteString(blank(r))
		}
	}
	if to < len(runes) || cutAfter {
		text.WriteString("…")
	}
	return strings.TrimRight(text.String(), " \t"), below.String() + "^"
}

// neighbourhood gives the characters around a column and the column's place among them: of a line of hundreds of
// kilobytes only what could be shown is looked at.
func neighbourhood(line string, column int) (runes []rune, at int, cutBefore, cutAfter bool) {
	const far = 4 * maxShown
	i, n := 0, 1
	for n < column && i < len(line) {
		_, size := utf8.DecodeRuneInString(line[i:])
		i += size
		n++
	}
	before, after := []rune(line[max(0, i-far*utf8.UTFMax):i]), []rune(line[i:min(len(line), i+far*utf8.UTFMax)])
	if len(before) > far {
		before, cutBefore = before[len(before)-far:], true
	}
	if len(after) > far {
		after, cutAfter = after[:far], true
	}
	return append(before, after...), len(before) + 1, cutBefore, cutAfter
}

// window chooses the characters that are shown of a long line: some before the one at i, the more after it.
func window(runes []rune, i int) (from, to int) {
	from, room := i, maxShown/3
	for from > 0 && room-width(runes[from-1]) >= 0 {
		from--
		room -= width(runes[from])
	}
	to, room = from, maxShown
	for to < len(runes) && room-width(runes[to]) >= 0 {
		room -= width(runes[to])
		to++
	}
	return from, to
}

func span(runes []rune) int {
	n := 0
	for _, r := range runes {
		n += width(r)
	}
	return n
}

// blank is as wide as r; a tab stays one, since its width depends on the place.
func blank(r rune) string {
	if r == '\t' {
		return "\t"
	}
	return strings.Repeat(" ", width(r))
}

func showable(r rune) rune {
	if r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != 0x200d) {
		return '·'
	}
	return r
}

// width gives the columns of a character on a terminal, by the East Asian Width property (UAX 11), coarsely: W and F
// are two columns, marks that combine none. A tab counts as eight.
func width(r rune) int {
	switch {
	case r == '\t':
		return 8
	case unicode.In(r, unicode.Mn, unicode.Me) || r == 0x200d:
		return 0
	case r < 0x1100:
		return 1
	case r <= 0x115f, // Hangul
		0x2e80 <= r && r <= 0x303e, 0x3041 <= r && r <= 0x33ff, // CJK symbols, kana
		0x3400 <= r && r <= 0x4dbf, 0x4e00 <= r && r <= 0x9fff, 0xa000 <= r && r <= 0xa4cf,
		0xac00 <= r && r <= 0xd7a3, 0xf900 <= r && r <= 0xfaff,
		0xfe30 <= r && r <= 0xfe6f, 0xff00 <= r && r <= 0xff60, 0xffe0 <= r && r <= 0xffe6, // full width forms
		0x1f300 <= r && r <= 0x1f64f, 0x1f680 <= r && r <= 0x1f6ff, 0x1f900 <= r && r <= 0x1f9ff, // pictures
		0x20000 <= r && r <= 0x3fffd:
		return 2
	}
	return 1
}
