package spec

import "github.com/berth-init/berth/internal/variable"

// Text is a string of a spec that may name variables.
type Text = variable.Text

// Truthy says whether a variable's value switches something on.
func Truthy(value string) bool { return variable.Truthy(value) }

// textError is a mistake in a string of a spec: at counts bytes from the string's beginning.
type textError struct {
	at         int
	what, hint string
}

// checkText finds the first mistake in the references of a text.
func checkText(s string) *textError {
	m := variable.Check(variable.Text(s))
	if m == nil {
		return nil
	}
	return &textError{m.At, m.What, m.Hint}
}
