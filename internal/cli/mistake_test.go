package cli

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/front"
)

func TestMistakesInTheWords(t *testing.T) {
	for _, c := range []struct {
		about      string
		args       []string
		said, hint string
	}{
		{"a mistyped word", []string{"plna"}, `unknown word "plna"`, "did you mean `berth plan`?"},
		{"the nearest of two words", []string{"pln"}, `unknown word "pln"`, "did you mean `berth plan`?"},
		{"an empty word", []string{""}, `unknown word ""`, "see `berth --help`"},
		{"a word that help doesn't know", []string{"help", "plna"}, `unknown word "plna"`, "did you mean `berth plan`?"},
		{"the start of a word", []string{"vers"}, `unknown word "vers"`, "did you mean `berth version`?"},
		{"a word of the app's", []string{"gateway", "run"}, `unknown word "gateway"`, "see `berth --help`; the app's own words go to the app"},
		{"a mistyped word of berth's own build", []string{"referenc"}, `unknown word "referenc"`, "see `berth --help`"},
		{"a word after a flag", []string{"--log-format", "text", "chekc"}, `unknown word "chekc"`, "did you mean `berth check`?"},
		{"a word that moves the cursor", []string{"\x1b[2K\rplan"}, `unknown word "\x1b[2K\rplan"`, "see `berth --help`"},
		{"a mistyped flag", []string{"plan", "--jsno"}, "unknown flag: --jsno", "did you mean --json?"},
		{"a mistyped flag with a value", []string{"boot", "--jsn=true"}, "unknown flag: --jsn", "did you mean --json?"},
		{"a mistyped flag of every word", []string{"version", "--log-fromat", "json"}, "unknown flag: --log-fromat", "did you mean --log-format?"},
		{"a mistyped flag before the word", []string{"--log-fromat", "json", "plan"}, "unknown flag: --log-fromat", "did you mean --log-format?"},
		{"an unknown flag before the word", []string{"--frobnicate=1", "plan"}, "unknown flag: --frobnicate", "see `berth --help`"},
		{"an unknown short flag before the word", []string{"-x=1", "version"}, "unknown shorthand flag", "see `berth --help`"},
		{"a flag of another word", []string{"check", "--exit-code"}, "unknown flag: --exit-code", "see `berth check --help`"},
		{"a flag that moves the cursor", []string{"plan", "--js\x1b[2Kon"}, "unknown flag: --js?[2Kon", "see `berth plan --help`"},
		{"a flag that writes a line of its own", []string{"plan", "--x\nberth: all is well"}, "unknown flag: --x\n    berth: all", "see `berth plan --help`"},
		{"a short flag that no word has", []string{"plan", "-j"}, "unknown shorthand flag", "see `berth plan --help`"},
		{"a flag that is neither on nor off", []string{"plan", "--json=maybe"}, `invalid argument "maybe"`, "see `berth plan --help`"},
		{"a flag without its value", []string{"run", "--dir"}, "flag needs an argument: --dir", "see `berth run --help`"},
		{"a flag of berth's without its value", []string{"--log-format"}, "flag needs an argument: --log-format", "see `berth --help`"},
		{"a format that nobody speaks", []string{"--log-format", "xml", "version"}, `read --log-format: unknown format "xml"`, "say text or json"},
		{"that format after the word", []string{"check", "--schema", "--log-format=yaml"}, `unknown format "yaml"`, "say text or json"},
		{"one word too many for boot", []string{"boot", "3"}, `unexpected word "3"`, "see `berth boot --help`"},
		{"one word too many for plan", []string{"plan", "--json", "all"}, `unexpected word "all"`, "see `berth plan --help`"},
		{"one word too many for version", []string{"version", "now"}, `unexpected word "now"`, "see `berth version --help`"},
		{"no directory for reference", []string{"reference"}, "DIR is missing", "write `berth reference DIR`"},
		{"one word too many for reference", []string{"reference", "/nowhere", "more"}, `unexpected word "more"`, "see `berth reference --help`"},
		{"a second file for check", []string{"check", "a.yaml", "b.yaml", "c.yaml"}, `unexpected word "b.yaml"`, "see `berth check --help`"},
		{"what follows -- is a word too", []string{"plan", "--", "--json"}, `unexpected word "--json"`, "see `berth plan --help`"},
		{"a stamp without a method", []string{"stamp", "--tree", "/nowhere"}, "METHOD is missing", "write `berth stamp docker --tree DIR`"},
		{"a stamp without a tree", []string{"stamp", "git"}, "--tree is missing", "write `berth stamp docker --tree DIR`"},
		{"a stamp with an empty tree", []string{"stamp", "git", "--tree="}, "--tree is missing", "write `berth stamp docker --tree DIR`"},
		{"a stamp with two methods", []string{"stamp", "git", "apt", "--tree", "/nowhere"}, `unexpected word "apt"`, "write `berth stamp docker --tree DIR`"},
		{"a stamp with a method that is none", []string{"stamp", "Docker", "--tree", "/nowhere"}, `unknown method "Docker"`, "METHOD is one of apt, docker, git"},
	} {
		t.Run(c.about, func(t *testing.T) {
			a := berth(t, c.args...)
			a.wants(t, 2, "", c.said)
			a.wants(t, 2, "", "\nberth: hint: "+c.hint)
			if !strings.HasPrefix(a.err, "berth: read ") || strings.Count(a.err, "\nberth: ") != 1 {
				t.Errorf("stderr is %q, want one line and one hint", a.err)
			}
		})
	}
}

// words gives the commands that take flags: all but init, whose flags are the app's.
func words() []*cobra.Command {
	var all []*cobra.Command
	for _, c := range new(session).root().Commands() {
		if !c.DisableFlagParsing {
			all = append(all, c)
		}
	}
	return all
}

func TestEveryWordRefusesAFlagThatItHasNot(t *testing.T) {
	all := words()
	if len(all) < 7 {
		t.Fatalf("found %d words: the test is looking at the wrong tree", len(all))
	}
	for _, c := range all {
		for _, flag := range []string{"--frobnicate", "--frobnicate=1", "-Z"} {
			t.Run(c.Name()+" "+flag, func(t *testing.T) {
				a := berth(t, c.Name(), flag)
				a.wants(t, 2, "", "berth: read the command line: unknown ")
				a.wants(t, 2, "", "berth: hint: see `berth "+c.Name()+" --help`\n")
			})
		}
	}
}

// Whichever letter is left out of whichever flag, that flag is what is asked about.
func TestEveryFlagIsKnownWithoutALetter(t *testing.T) {
	for _, c := range words() {
		ask := func(f *pflag.Flag) {
			for i := range f.Name {
				mistyped := f.Name[:i] + f.Name[i+1:]
				if mistyped[0] == '-' || strings.HasSuffix(mistyped, "=") {
					continue // that is no flag
				}
				berth(t, c.Name(), "--"+mistyped).wants(t, 2, "", "unknown flag: --"+mistyped+"\nberth: hint: did you mean --"+f.Name+"?\n")
			}
		}
		c.LocalFlags().VisitAll(ask)
		c.InheritedFlags().VisitAll(ask)
	}
}

// Whichever letter is left out of whichever word, that word is what is asked about.
func TestEveryWordIsKnownWithoutALetter(t *testing.T) {
	for _, c := range new(session).root().Commands() {
		for i := range c.Name() {
			if mistyped := c.Name()[:i] + c.Name()[i+1:]; !c.Hidden && c.Name() != "help" {
				berth(t, mistyped).wants(t, 2, "", "unknown word \""+mistyped+"\"\nberth: hint: did you mean `berth "+c.Name()+"`?\n")
			}
		}
	}
}

func TestMistakesInJSON(t *testing.T) {
	for _, c := range []struct {
		about string
		env   string
		args  []string
		said  string
	}{
		{"the flag before the word", "", []string{"--log-format", "json", "frobnicate"}, `read the command line: unknown word "frobnicate"`},
		{"the flag after the word", "", []string{"plan", "--log-format=json", "everything"}, `read the command line: unexpected word "everything"`},
		{"the flag before a mistyped one", "", []string{"plan", "--log-format=json", "--jsno"}, "read the command line: unknown flag: --jsno"},
		{"the variable", "json", []string{"stamp"}, "read the command line: METHOD is missing"},
	} {
		t.Run(c.about, func(t *testing.T) {
			t.Setenv(front.FormatEnv, c.env)
			a := berth(t, c.args...)
			var line struct {
				Level, Text, Hint string
				Code              int
			}
			if err := json.Unmarshal([]byte(a.err), &line); err != nil {
				t.Fatalf("%q: %v", a.err, err)
			}
			if a.code != 2 || line.Code != 2 || line.Level != "error" || line.Text != c.said || line.Hint == "" || a.out != "" {
				t.Errorf("ended with %d and said %s", a.code, a.err)
			}
		})
	}
	t.Run("a variable that names no format is told, and the word is obeyed", func(t *testing.T) {
		t.Setenv(front.FormatEnv, "xml")
		berth(t, "version").wants(t, 0, "berth ", `BERTH_LOG_FORMAT: unknown format "xml"`)
	})
}

// The words that boot read the spec before they touch anything, and init leaves every flag to the app.
func TestWordsThatBootEndWith125ForABadSpec(t *testing.T) {
	dir := t.TempDir()
	bad := put(t, dir+"/bad.yaml", "version: 1\nvolum: {path: /data}\n")
	before := snapshot(t, dir)
	for _, c := range []struct {
		about string
		args  []string
		said  string
	}{
		{"run with a bad spec", []string{"run", "--spec", bad, "--dir", dir + "/vol", "--", "true"}, "bad.yaml: 1 mistake\nberth: hint: correct it"},
		{"run without its spec", []string{"run", "--dir", dir + "/vol", "true", "--frobnicate"}, nowhere + ": 1 mistake\nberth: hint: correct it"},
		{"init without its spec", []string{"init", "true"}, nowhere + ": 1 mistake\n"},
		{"init with flags", []string{"init", "--frobnicate", "--log-format", "xml", "--help"}, nowhere + ": 1 mistake\n"},
		{"init behind berth's own flag", []string{"--log-format", "json", "init", "--", "-Z"}, `"code":125}`},
	} {
		t.Run(c.about, func(t *testing.T) { berth(t, c.args...).wants(t, 125, "", c.said) })
	}
	same(t, before, snapshot(t, dir))
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"json", "json", 0}, {"json", "jsno", 2}, {"tree", "tre", 1}, {"tree", "trees", 1}, {"dir", "", 3}, {"kitten", "sitting", 3},
	} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
	word := rapid.StringMatching(`[a-c\x00é-]{0,6}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := word.Draw(t, "a"), word.Draw(t, "b"), word.Draw(t, "c")
		d := distance(a, b)
		switch {
		case (d == 0) != (a == b):
			t.Fatalf("distance(%q, %q) = %d", a, b, d)
		case d != distance(b, a):
			t.Fatalf("distance(%q, %q) = %d, and back %d", a, b, d, distance(b, a))
		case d > max(len(a), len(b)) || d < max(len(a)-len(b), len(b)-len(a)):
			t.Fatalf("distance(%q, %q) = %d", a, b, d)
		case d > distance(a, c)+distance(c, b):
			t.Fatalf("distance(%q, %q) = %d, and it is shorter by %q", a, b, d, c)
		}
	})
}
