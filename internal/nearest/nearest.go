// Package nearest finds what a misspelt word was meant to be, for hints.
//
// The threat: words and what they may mean come from files that somebody else writes, and the cost of a comparison grows with
// the product of their lengths. So none longer than 64 bytes is compared, and the rows of a comparison are on the stack.
package nearest

import "strings"

// longest bounds the length of words that are compared, in bytes.
const longest = 64

// Of gives the known word that a misspelt one most probably means, or nothing. Capitals don't count, and an underscore is a
// hyphen.
func Of(word string, known []string) string {
	if len(word) > longest {
		return ""
	}
	word = fold(word)
	best, least := "", 1+max(1, len(word)/3)
	for _, k := range known {
		if len(k) > longest || len(k) >= len(word)+least || len(word) >= len(k)+least {
			continue // that many letters are missing at least
		}
		if d := Distance(word, fold(k)); d < least && d < len(k) {
			best, least = k, d
		}
	}
	return best
}

func fold(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "-")) }

// Distance counts the letters to insert, drop, change or swap with their neighbour that make b of a (optimal string
// alignment).
func Distance(a, b string) int {
	var rows [3][longest + 1]int
	n := len(b) + 1
	if n > len(rows[0]) { // small letters may take more bytes than the capitals that were measured
		return distance(a, b, make([]int, n), make([]int, n), make([]int, n))
	}
	return distance(a, b, rows[0][:n], rows[1][:n], rows[2][:n])
}

// distance needs three rows of one number more than b has bytes.
func distance(a, b string, before, last, row []int) int {
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
