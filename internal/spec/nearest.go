package spec

import "strings"

// maxGuessed bounds the length of words that are compared: the cost grows with its square.
const maxGuessed = 40

// nearest gives the candidate that a misspelt word most probably means, or nothing.
func nearest(word string, candidates []string) string {
	if len(word) > maxGuessed {
		return ""
	}
	fold := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "-")) }
	best, least := "", 1+max(1, len(word)/3)
	for _, c := range candidates {
		if d := distance(fold(word), fold(c)); d < least && d < len(c) {
			best, least = c, d
		}
	}
	return best
}

// distance counts the letters to insert, drop, change or swap with their neighbour that make b of a (optimal string
// alignment).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
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

// meant makes the hint for a word that is none of the candidates.
func meant(word string, candidates []string) string {
	if best := nearest(word, candidates); best != "" {
		return "did you mean " + best + "?"
	}
	return "known here: " + strings.Join(candidates, ", ")
}
