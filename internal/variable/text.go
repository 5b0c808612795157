package variable

import "strings"

// Text is a string that may name variables: ${NAME}, ${NAME-default} where NAME is unset, ${NAME:-default} where it
// is unset or empty. $$ is a dollar sign; a dollar sign before anything else stands for itself. A default may name
// variables in its turn.
type Text string

// Expand gives the text with its variables replaced by what lookup knows; an unknown variable without a default is
// empty. What a variable holds is never expanded again. A reference that [Check] has something against stays as it is.
func (t Text) Expand(lookup func(name string) (string, bool)) string {
	if strings.IndexByte(string(t), '$') < 0 {
		return string(t)
	}
	var b strings.Builder
	if _, err := expand(&b, string(t), 0, 0, lookup); err != nil {
		return string(t)
	}
	return b.String()
}
