package spec

import (
	"fmt"
	"strings"
)

// maxGuessed bounds the length of words that are compared: the cost grows with its square.
const maxGuessed = 40

// nearest gives the candidate that a misspelt word most probably means, or nothing.
func nearest(word string, candidates []string) string {
	if len(word) > maxGuessed {
		return ""
	}
	word = fold(word)
	best, least := "", 1+max(1, len(word)/3)
	for _, c := range candidates {
		if len(c) >= len(word)+least || len(word) >= len(c)+least {
			continue // that many letters are missing at least
		}
		if d := distance(word, fold(c)); d < least && d < len(c) {
			best, least = c, d
		}
	}
	return best
}

func fold(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "-")) }

// distance counts the letters to insert, drop, change or swap with their neighbour that make b of a (optimal string
// alignment).
func distance(a, b string) int {
	var rows [3][2 * maxGuessed]int // on the stack: a hostile file asks for many
	if len(b) >= len(rows[0]) {
		return max(len(a), len(b))
	}
	before, last, row := rows[0][:len(b)+1], rows[1][:len(b)+1], rows[2][:len(b)+1]
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			change := last[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// maxKnown bounds how many words a hint lists.
const maxKnown = 50

// meant makes the hint for a word that is none of the candidates.
func meant(word string, candidates []string) string {
	if best := nearest(word, candidates); best != "" {
		return "did you mean " + shorten(best) + "?"
	}
	var known strings.Builder
	for i, c := range candidates[:min(len(candidates), maxKnown)] {
		if i > 0 {
			known.WriteString(", ")
		}
		known.WriteString(shorten(c))
	}
	if more := len(candidates) - maxKnown; more > 0 {
		fmt.Fprintf(&known, " and %d more", more)
	}
	return "known here: " + known.String()
}
