package s6log

import (
	"strings"
	"testing"
)

// A difference from the real program, on purpose.
type difference struct {
	what, why string
	scenes    []string                 // in which it shows
	change    func(real string) string // makes what ours gives of what the real one gives; nil: the scene's own test says what
}

func replaced(real string, change ...string) string {
	return strings.NewReplacer(change...).Replace(real)
}

var differences = []difference{
	{
		what: "an error at the start has a hint, and says open where the real one says open_append, mkdir …",
		why:  "each refusal says what to do next",
		scenes: []string{
			"s6-log ./nosuch/d", "s6-log /dev/null/d", "s6-log .//d/.",
		},
		change: func(real string) string {
			return replaced(real, "No such file or directory\n", "No such file or directory\ns6-log: hint: make the directory above it first\n",
				"Not a directory\n", "Not a directory\ns6-log: hint: a logdir is a directory: remove what bears its name\n")
		},
	},
	{
		what:   "a last line without an end is logged, with one",
		why:    "the last words of a program that crashed are the ones that are looked for; the real 2.11.3 drops them (and logs them after TERM)",
		scenes: []string{"the end in a line", "the end in a long line"},
		change: func(real string) string {
			return replaced(real, "out a\n", "out a\nb\n", `"a\n"`, `"a\nb\n"`, "2345\n", "2345\n6789\n")
		},
	},
	{
		what:   "a line goes on behind a NUL byte",
		why:    "the real one drops the rest of the line",
		scenes: []string{"NUL bytes"},
		change: func(real string) string {
			return replaced(real, "out a\nb\n", "out a\x00b\n", `"a\nb\n`, `"a\x00b\n`)
		},
	},
	{
		what:   "the warning says how a processor ended",
		why:    "its exit code or signal is what one looks for next",
		scenes: []string{"by a processor that fails once", "by a processor that is killed once"},
		change: func(real string) string {
			return replaced(real, "failed in ./d", "failed in ./d: exit 3", "crashed in ./d", "crashed in ./d: killed by SIGKILL")
		},
	},
}

func TestDifferencesAreListed(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range differences {
		t.Logf("%s: %s", d.what, d.why)
		if d.what == "" || d.why == "" {
			t.Errorf("a difference without a reason: %+v", d)
		}
		for _, s := range d.scenes {
			if seen[s] {
				t.Errorf("scene %q stands for two differences", s)
			}
			seen[s] = true
		}
	}
}
