// Package variable knows the variables of an environment: entries NAME=value as environ(7) has them, texts that name variables,
// and values that mean yes. A value is never expanded again or handed to a shell, so that what somebody sets can't become more
// than what it is.
//
// It is below what becomes the app under its own name, which happens before main (internal/early): nothing heavy is imported.
package variable
