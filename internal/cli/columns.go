package cli

import (
	"strings"
	"unicode/utf8"
)

// leastRoom is what the last column has to have for its texts to be cut: in less nothing could be read.
const leastRoom = 16

// columns aligns rows of equal length, whose last column is cut to a terminal's width; a width of 0 cuts nothing.
func columns(rows [][]string, width int) string {
	wide := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			wide[i] = max(wide[i], utf8.RuneCountInString(cell))
		}
	}
	room, last := width, len(wide)-1
	for _, n := range wide[:last] {
		room -= n + 2
	}
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row[:last] {
			line.WriteString(cell)
			line.WriteString(strings.Repeat(" ", wide[i]+2-utf8.RuneCountInString(cell)))
		}
		text := row[last]
		if room >= leastRoom && utf8.RuneCountInString(text) > room {
			text = string([]rune(text)[:room-1]) + "…"
		}
		line.WriteString(text)
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
	return b.String()
}
