package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/berth-init/berth/internal/boot"
)

// usage makes an error about the words that berth was called with.
func usage(hint, format string, args ...any) error { return boot.Failf(2, hint, format, args...) }

// noWord refuses a first word that is no command, and names the ones that it may have been meant for.
func (s *session) noWord(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "see `berth --help`; the app's own words go to the app, not to berth"
	c.SuggestionsMinimumDistance = 2
	near := c.SuggestionsFor(args[0])
	slices.SortStableFunc(near, func(a, b string) int { return distance(a, args[0]) - distance(b, args[0]) })
	if len(near) > 0 && args[0] != "" {
		hint = "did you mean `berth " + near[0] + "`?"
	}
	return usage(hint, "read the command line: unknown word %q", args[0])
}

// none refuses words after a command that takes none.
func none(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("see `"+c.CommandPath()+" --help`", "read the command line: unexpected word %q", args[0])
	}
	return nil
}

// flagError names the flag that a mistyped one may have been meant for.
func flagError(c *cobra.Command, err error) error {
	hint := "see `" + c.CommandPath() + " --help`"
	if unsafeName, ok := strings.CutPrefix(err.Error(), "unknown flag: --"); ok {
		best := 3
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if d := distance(f.Name, unsafeName); d < best && !f.Hidden {
				best, hint = d, "did you mean --"+f.Name+"?"
			}
		})
	}
	return usage(hint, "read the command line: %w", err)
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := last
			if a[i] != b[j] {
				cost++
			}
			last = row[j+1]
			row[j+1] = min(cost, row[j]+1, last+1)
		}
	}
	return row[len(b)]
}

// count writes a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
