package s6rc

import "strings"

// maxGuessed bounds the length of names that are compared, and maxGuesses the names: the cost is the product.
const (
	maxGuessed = 64
	maxGuesses = 2000
)

// Meant makes the hint for a name that nothing has: "did you mean X?", or nothing.
func Meant(name string, known []string) string {
	if best := nearest(name, known); best != "" {
		return "did you mean " + best + "?"
	}
	return ""
}

// nearest gives the known name that a misspelt one most probably means, or nothing.
func nearest(name string, known []string) string {
	if len(name) > maxGuessed || len(known) > maxGuesses {
		return ""
	}
	name = fold(name)
	best, least := "", 1+max(1, len(name)/3)
	for _, k := range known {
		if len(k) > maxGuessed || len(k) >= len(name)+least || len(name) >= len(k)+least {
			continue
		}
		if d := distance(name, fold(k)); d < least && d < len(k) {
			best, least = k, d
		}
	}
	return best
}

func fold(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "-")) }

// distance counts the letters to insert, drop, change or swap with their neighbour that make b of a.
func distance(a, b string) int {
	var rows [3][maxGuessed + 1]int
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
