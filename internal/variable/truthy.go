package variable

import "strings"

// Truthy says whether a variable's value switches something on: 1, true, yes or on, in any case, blanks trimmed.
func Truthy(value string) bool {
	switch strings.ToLower(strings.TrimSpace(value)) {
	case "1", "true", "yes", "on":
		return true
	}
	return false
}
