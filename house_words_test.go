package house

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// An unwanted word, and why it stays out of the tree.
type unwanted struct{ pattern, reason string }

// unwantedWords is put together from halves, so that this file doesn't hold what it forbids.
func unwantedWords() []unwanted {
	return []unwanted{
		{`\.\./` + `shared\b`, "the tree depends on nothing beside it"},
		{`\bcontract` + `\.md\b|\bhouse` + `\.md\b|\bpeers` + `\.md\b|\bfigures` + `\.md\b`, "docs of our own carry what the code needs"},
		{`/wo` + `rk/`, "a path of one machine"},
		{`\bTO` + `DO\b|\bFIX` + `ME\b|\bXX` + `X\b`, "unfinished work is finished, or said in an issue"},
		{`\bdocker\.io` + `/|\bghcr` + `\.io|\bquay` + `\.io|\bregistry-1`, "a registry's host is the operator's choice"},
		{`not ` + `implemented`, "what isn't there isn't offered"},
	}
}

func TestWordsThatStayOut(t *testing.T) {
	for _, name := range tree(t) {
		if name == "LICENSE" || strings.HasSuffix(name, "go.sum") {
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range unwantedWords() {
			if hit := regexp.MustCompile(u.pattern).Find(data); hit != nil {
				t.Errorf("%s holds %q: %s", name, hit, u.reason)
			}
		}
	}
}

func TestWordsThatStayOutBites(t *testing.T) {
	for _, text := range []string{"see ../" + "shared/x", "a TO" + "DO", "in /wo" + "rk/main", "docker.io" + "/library/x", "contract" + ".md"} {
		found := false
		for _, u := range unwantedWords() {
			found = found || regexp.MustCompile(u.pattern).MatchString(text)
		}
		if !found {
			t.Errorf("nothing is said about %q", text)
		}
	}
}

func TestFolderNamesSayWhatIsInside(t *testing.T) {
	for _, name := range tree(t) {
		for part := range strings.SplitSeq(filepath.ToSlash(filepath.Dir(name)), "/") {
			switch part {
			case "util", "utils", "common", "types", "helpers", "pkg", "misc":
				t.Errorf("%s: a folder named %s holds anything", name, part)
			}
		}
	}
}

// skips must say why: a reader of a test run has to know what did not run.
func skips() law {
	return law{
		name:   "a skipped test says why",
		reason: "a test that silently doesn't run is a test that isn't there",
		judge: func(f *file) []string {
			if !f.test {
				return nil
			}
			if m := regexp.MustCompile(`\.(SkipNow\(\)|Skip\(\))`).Find(f.code); m != nil {
				return []string{f.path + ": " + string(m)}
			}
			return nil
		},
	}
}

func TestSkipsSayWhy(t *testing.T) { hold(t, skips(), goFiles(t)) }

func TestSkipsSayWhyBites(t *testing.T) {
	bites(t, skips(), []bite{
		{"no reason", "internal/spec/a_test.go", "package x\nfunc f() { t.Skip" + "Now() }\n", true},
		{"a reason", "internal/spec/a_test.go", "package x\nfunc f() { t.Skip(\"needs root\") }\n", false},
	})
}

func TestLinksInDocsLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)`)
	seen := 0
	for _, name := range tree(t) {
		if !strings.HasSuffix(name, ".md") {
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(data), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			seen++
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), m[1])); err != nil {
				t.Errorf("%s links to %s, which isn't there", name, m[1])
			}
		}
	}
	if seen < 10 {
		t.Errorf("found %d links in all docs: the law is looking at the wrong tree", seen)
	}
}
