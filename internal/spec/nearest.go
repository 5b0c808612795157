package spec

import (
	"fmt"
	"strings"

	"github.com/berth-init/berth/internal/nearest"
)

// maxGuessed bounds the length of words that are compared, in bytes: no key is longer.
const maxGuessed = 40

// guess gives the candidate that a misspelt word most probably means, or nothing.
func guess(word string, candidates []string) string {
	if len(word) > maxGuessed {
		return ""
	}
	return nearest.Of(word, candidates)
}

// maxKnown bounds how many words a hint lists.
const maxKnown = 50

// meant makes the hint for a word that is none of the candidates.
func meant(word string, candidates []string) string {
	if best := guess(word, candidates); best != "" {
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
