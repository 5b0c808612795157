package migrate

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestDiff(t *testing.T) {
	before := "# a\nversion: 1\n\nb: 1\nc: 2\nd: 3\ne: 4\nf: 5\ng: 6\nh: 7\ni: 8\nlast"
	after := "# a\nversion: 2\n\nb: 1\nc: 2\nd: 3\ne: 4\nf: 5\ng: 6\nh: 7\nnew: 9\nlast\n"
	want := `--- a/config.yaml
+++ b/config.yaml
@@ -1,5 +1,5 @@
 # a
-version: 1
+version: 2
 
 b: 1
 c: 2
@@ -8,5 +8,5 @@
 f: 5
 g: 6
 h: 7
-i: 8
-last
\ No newline at end of file
+new: 9
+last
`
	if got := Diff("config.yaml", []byte(before), []byte(after), false); got != want {
		t.Errorf("it shows\n%s\nwant\n%s", got, want)
	}
	if got := Diff("x", []byte(before), []byte(before), false); got != "" {
		t.Errorf("nothing becomes %s", got)
	}
	if got := Diff("x", nil, []byte("a\n"), false); got != "--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+a\n" {
		t.Errorf("a new file is %s", got)
	}
}

// What is shown on a terminal ends up in logs and tickets: no value of a secret does.
func TestADiffShowsNoSecret(t *testing.T) {
	for line, want := range map[string]string{
		"TOKEN=s3cret":            "TOKEN=***",
		"export A='s3cret' # s3c": "export A=***",
		"# OLD=s3cret":            "# OLD=***",
		"s3cret\"":                "***",
		"# words":                 "# words",
		"TOKEN=":                  "TOKEN=",
		"TOKEN=\"\" # from May":   "TOKEN=\"\" # from May",
		"":                        "",
	} {
		if got := mask(line, true); got != want {
			t.Errorf("%q is shown as %q, want %q", line, got, want)
		}
	}
	for line, want := range map[string]string{
		"    api_key: s3cret # c":          "    api_key: ***",
		"- {name: a, \"api_key\": s3cret}": "- {name: a, \"api_key\": ***",
		"bot_token: 's3:cret'":             "bot_token: ***",
		"API_KEY: s3cret":                  "API_KEY: ***",
		"api_key: \"\"":                    "api_key: \"\"",
		"api_key:":                         "api_key:",
		"keyboard: de":                     "keyboard: de",
		"max_tokens: 100":                  "max_tokens: 100",
		"url: https://h:80/x":              "url: https://h:80/x",
		"version: 3":                       "version: 3",
		"  password: s3cret":               "  password: ***",
	} {
		if got := mask(line, false); got != want {
			t.Errorf("%q is shown as %q, want %q", line, got, want)
		}
	}
}

// A secret is one on all of its lines and wherever it stands.
func TestADiffShowsNoSecretOfADocument(t *testing.T) {
	before := `a: 1
headers: {Authorization: Bearer s3cret-1, X: 1}
api_key : s3cret-2
password: >-
  s3cret-3
  and s3cret-4
api_keys: [s3cret-5, s3cret-6]
tokens:
  - s3cret-7
  # s3cret-8

  - {x: s3cret-9}
url: http://user:s3cret-10@host/x
args: [-H, "authorization: bearer s3cret-11"]
shared: &pw s3cret-12
passphrase: *pw
"api_k\u0065y": 's3cret-13
  s3cret-14'
# token: s3cret-15
max_tokens: 4096
key_file: /run/x
version: 1
`
	diff := Diff("config.yaml", []byte(before), []byte(strings.ReplaceAll(strings.Replace(before, "version: 1", "version: 2", 1), "a: 1", "a: 2")), false)
	for from := 1; from < 30; from++ {
		diff += Diff("config.yaml", []byte(before), []byte(strings.Join(strings.SplitAfter(before, "\n")[min(from, 18):], "")), false)
	}
	if strings.Contains(diff, "s3cret") {
		t.Errorf("it shows\n%s", diff)
	}
	says(t, diff, "headers: {Authorization: ***", "tokens:\n", "  ***\n", "url: http://***@host/x", "max_tokens: 4096", "key_file: /run/x", "+version: 2")
}

// Whoever may write the file writes nothing but text on the operator's terminal.
func TestADiffWritesNothingButText(t *testing.T) {
	evil := "# hi \x1b]0;owned\x07\u009b2J\u202e\xff\tx\nB\x1b[2J=1\nTOKEN=x\n"
	for _, lines := range []bool{true, false} {
		diff := Diff("x", []byte(evil), []byte(strings.Replace(evil, "TOKEN=x", "TOKEN=", 1)), lines)
		if strings.ContainsAny(diff, "\x1b\x07\u009b\u202e") || !strings.Contains(diff, "\tx\n") {
			t.Errorf("it shows %q", diff)
		}
	}
}

// TestDiffLaw: what is shown is a patch that makes the one text of the other.
func TestDiffLaw(t *testing.T) {
	patch, err := exec.LookPath("patch")
	if err != nil {
		t.Skip("needs the program patch")
	}
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		if n++; n > 40 {
			return
		}
		text := rapid.Custom(func(t *rapid.T) string {
			s := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", ""}), 0, 30).Draw(t, "lines"), "\n")
			return s + rapid.SampledFrom([]string{"", "\n"}).Draw(t, "end")
		})
		before, after := text.Draw(rt, "before"), text.Draw(rt, "after")
		diff := Diff("f", []byte(before), []byte(after), false)
		if before == after {
			return
		}
		name := filepath.Join(dir, fmt.Sprint(n))
		if err := os.WriteFile(name, []byte(before), 0o600); err != nil {
			rt.Fatal(err)
		}
		if err := os.WriteFile(name+".diff", []byte(diff), 0o600); err != nil {
			rt.Fatal(err)
		}
		if out, err := exec.Command(patch, "-s", name, name+".diff").CombinedOutput(); err != nil {
			rt.Fatalf("%v: %s\n%s", err, out, diff)
		}
		got, err := os.ReadFile(name)
		if err != nil && after != "" || string(got) != after {
			rt.Fatalf("%q becomes %q by\n%s\nwant %q", before, got, diff, after)
		}
	})
}
