package s6rc

import "github.com/berth-init/berth/internal/nearest"

// maxGuesses bounds the names that one is compared with: an image may have any number.
const maxGuesses = 2000

// Meant makes the hint for a name that nothing has: "did you mean X?", or nothing.
func Meant(name string, known []string) string {
	if best := guess(name, known); best != "" {
		return "did you mean " + best + "?"
	}
	return ""
}

// guess gives the known name that a misspelt one most probably means, or nothing.
func guess(name string, known []string) string {
	if len(known) > maxGuesses {
		return ""
	}
	return nearest.Of(name, known)
}
