package execline

import (
	"strings"
	"syscall"
)

// A transformation says what becomes of a value before it is substituted: runs of delimiters crunched into their first one,
// the last delimiter chomped off, and the value split at delimiters, in this order.
type transformation struct {
	delimiters           string
	crunch, chomp, split bool
}

// usual is how values are taken where no flag says otherwise.
func usual() transformation { return transformation{delimiters: " \n\r\t"} }

// flag reads a flag of a substituting command, if it is one of a transformation.
func (t *transformation) flag(f byte, value string) {
	switch f {
	case 'n':
		t.chomp = true
	case 'N':
		t.chomp = false
	case 's':
		t.split = true
	case 'C':
		t.crunch = true
	case 'c':
		t.crunch = false
	case 'd':
		t.delimiters = value
	}
}

// delimiter says whether a byte is one.
func (t *transformation) delimiter(c byte) bool { return strings.IndexByte(t.delimiters, c) >= 0 }

// apply gives the words that a value becomes.
func (t *transformation) apply(value string) ([]string, error) {
	if t.split && t.delimiters == "" {
		return netstrings(value)
	}
	if t.crunch {
		value = t.crunched(value)
	}
	ends := value != "" && t.delimiter(value[len(value)-1])
	if t.chomp && ends {
		value = value[:len(value)-1]
	}
	if !t.split {
		return []string{value}, nil
	}
	var words []string
	begin := 0
	for i := range len(value) {
		if t.delimiter(value[i]) {
			words = append(words, value[begin:i])
			begin = i + 1
		}
	}
	if begin < len(value) && (ends || !t.chomp) { // chomping takes the last one to be cut short if nothing ends it
		words = append(words, value[begin:])
	}
	return words, nil
}

// crunched leaves the first of delimiters that follow each other.
func (t *transformation) crunched(value string) string {
	var out strings.Builder
	before := false
	for i := range len(value) {
		is := t.delimiter(value[i])
		if !is || !before {
			out.WriteByte(value[i])
		}
		before = is
	}
	return out.String()
}

// netstrings reads a value that is nothing but netstrings: "1:a,2:bb,".
func netstrings(value string) ([]string, error) {
	var words []string
	for value != "" {
		digits, rest, found := strings.Cut(value, ":")
		n, whole := number(digits)
		if !found || !whole || n >= uint64(len(rest)) || rest[n] != ',' {
			return nil, syscall.EINVAL
		}
		words = append(words, rest[:n])
		value = rest[n+1:]
	}
	return words, nil
}
