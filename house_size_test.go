package house

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
)

// lines counts the lines of a file.
func (f *file) lines() int { return bytes.Count(f.code, []byte("\n")) }

func TestFilesAreShort(t *testing.T) {
	var sizes []int
	for _, f := range goFiles(t) {
		if n := f.lines(); n > 500 {
			t.Errorf("%s has %d lines: a file has one purpose and at most 500", f.path, n)
		}
		if !f.test {
			sizes = append(sizes, f.lines())
		}
	}
	slices.Sort(sizes)
	if m := sizes[len(sizes)/2]; m > 150 {
		t.Errorf("the median file has %d lines, at most 150 are aimed at", m)
	}
}

func TestEveryRoomIsTested(t *testing.T) {
	code, tests := map[string]int{}, map[string]int{}
	for _, f := range goFiles(t) {
		room := f.room
		if room == "." {
			continue
		}
		if f.test {
			tests[room] += f.lines()
		} else {
			code[room] += f.lines()
		}
	}
	allCode, allTests := 0, 0
	for room, n := range code {
		if tests[room] == 0 {
			t.Errorf("%s has %d lines of code and no test", room, n)
		}
		allCode, allTests = allCode+n, allTests+tests[room]
	}
	if allTests < allCode {
		t.Errorf("%d lines of tests for %d lines of code: at least as many are aimed at", allTests, allCode)
	}
}

func TestTheFrontDoorIsShort(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.path == "cmd/berth/main.go" && f.lines() > 60 {
			t.Errorf("%s has %d lines: it chooses a door and no more, in at most 60", f.path, f.lines())
		}
	}
}

// dependency gives the reason for each module that go.mod names directly.
func dependency(path string) (string, bool) {
	switch path {
	case "github.com/spf13/cobra":
		return "words, flags, completion and man pages of the command line", true
	case "github.com/spf13/pflag":
		return "cobra's flags: the kinds of its mistakes, which get a hint", true
	case "go.yaml.in/yaml/v4":
		return "YAML with positions that refuses hostile input", true
	case "golang.org/x/sys":
		return "system calls that the standard library has no names for", true
	case "golang.org/x/term":
		return "whether a descriptor is a terminal, and its width", true
	case "github.com/klauspost/compress":
		return "zstd, for rotated logs", true
	case "github.com/robfig/cron/v3":
		return "the parser of cron expressions, whose days and months are easy to get wrong", true
	case "github.com/rogpeppe/go-internal":
		return "tests: shell sessions (testscript)", true
	case "pgregory.net/rapid":
		return "tests: laws over random trees and files", true
	case "github.com/google/go-cmp":
		return "tests: differences that a person can read", true
	}
	return "", false
}

func TestDependenciesHaveReasons(t *testing.T) {
	for _, mod := range []string{"go.mod", "e2e/go.mod"} {
		data, err := os.ReadFile(mod)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			fields := strings.Fields(strings.TrimPrefix(line, "require "))
			if len(fields) < 2 || !strings.HasPrefix(fields[1], "v") || strings.Contains(line, "// indirect") {
				continue
			}
			if _, ok := dependency(fields[0]); !ok {
				t.Errorf("%s names %s, which has no reason in house_size_test.go", mod, fields[0])
			}
		}
	}
}
