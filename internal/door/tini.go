package door

import "strings"

// tini takes off the flags of krallin/tini 0.19 (getopt string "+hvgle:p:sw"), which old templates still pass: berth
// does by itself what they ask for. Flags may be bundled, -e and -p take an argument, attached or as the next word;
// long and unknown ones are dropped as well. The command starts at the first word that is no flag, or after "--".
func tini(args []string) []string {
	for len(args) > 0 {
		first := args[0]
		switch {
		case first == "--":
			return args[1:]
		case len(first) < 2 || first[0] != '-':
			return args
		}
		args = args[1:]
		if strings.HasPrefix(first, "--") {
			continue
		}
		if i := strings.IndexAny(first, "ep"); i == len(first)-1 && len(args) > 0 {
			args = args[1:]
		}
	}
	return args
}
