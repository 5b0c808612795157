package variable

import "slices"

// Lookup finds a variable in an environment. The last of several entries of one name counts, as it does in a shell.
func Lookup(environ []string, name string) (value string, there bool) {
	for _, e := range slices.Backward(environ) {
		if len(e) > len(name) && e[len(name)] == '=' && e[:len(name)] == name {
			return e[len(name)+1:], true
		}
	}
	return "", false
}
