package identity

import (
	"errors"
	"math"
)

// Why a number is refused. Each text completes "PUID=0: …".
var (
	ErrNotNumber = errors.New("it is not a whole number in decimal digits")
	ErrEmpty     = errors.New("it is empty")
	ErrRoot      = errors.New("0 is root, and the app never runs as root")
	ErrReserved  = errors.New("the kernel reserves it for nobody")
	ErrTooLarge  = errors.New("it is larger than 4294967294")
)

// Number reads a uid or gid that a user chose: 1 to 4294967294 without 65535, in decimal digits.
func Number(unsafeText string) (uint32, error) {
	if unsafeText == "" {
		return 0, ErrEmpty
	}
	var v uint64
	for _, c := range []byte(unsafeText) {
		if c < '0' || c > '9' {
			return 0, ErrNotNumber
		}
		// Saturates: a thousand digits are as large as eleven.
		v = min(v*10+uint64(c-'0'), math.MaxUint32+1)
	}
	switch v {
	case 0:
		return 0, ErrRoot
	case math.MaxUint16, math.MaxUint32:
		return 0, ErrReserved
	case math.MaxUint32 + 1:
		return 0, ErrTooLarge
	}
	return uint32(v), nil
}

// Pick gives the number that the first non-empty of the named variables holds, and the variable's name. A bad value
// does not fall through to the next variable: the fallback stays, and the error says why. Variables that are set but
// empty say nothing; if there is nothing but such, from names the first one and the error is ErrEmpty.
func Pick(names []string, lookup func(string) (string, bool), fallback uint32) (value uint32, from string, err error) {
	for _, name := range names {
		text, set := lookup(name)
		if !set {
			continue
		}
		if text == "" {
			if from == "" {
				from, err = name, ErrEmpty
			}
			continue
		}
		if value, err = Number(text); err != nil {
			return fallback, name, err
		}
		return value, name, nil
	}
	return fallback, from, err
}
