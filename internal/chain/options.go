package chain

import "strings"

// Options reads the flags at the head of words as getopt(3) does with POSIXLY_CORRECT: it ends at "--", which goes, and at
// the first word that is no flag. spec holds the letters; one that takes a value is followed by a colon. Each flag is handed
// to each in order; the rest comes back. ok says that every flag is known and has its value.
func Options(args []string, spec string, each func(flag byte, value string)) (rest []string, ok bool) {
	for len(args) > 0 {
		word := args[0]
		if word == "--" {
			return args[1:], true
		}
		if len(word) < 2 || word[0] != '-' {
			return args, true
		}
		args = args[1:]
		for i := 1; i < len(word); i++ {
			at := strings.IndexByte(spec, word[i])
			if at < 0 || word[i] == ':' {
				return nil, false
			}
			if at+1 == len(spec) || spec[at+1] != ':' {
				each(word[i], "")
				continue
			}
			value := word[i+1:]
			if value == "" {
				if len(args) == 0 {
					return nil, false
				}
				value, args = args[0], args[1:]
			}
			each(word[i], value)
			break
		}
	}
	return args, true
}
