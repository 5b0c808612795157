package house

import (
	"slices"
	"strings"
	"testing"
)

// light are the packages from elsewhere that what starts early may need: they have next to nothing to initialize.
func light() []string {
	return []string{
		"bufio", "bytes", "cmp", "context", "crypto/rand", "encoding/binary", "encoding/hex", "encoding/json", "errors", "fmt", "io", "io/fs",
		"iter", "maps", "math", "math/bits", "math/rand/v2", "os", "os/signal", "path", "path/filepath", "regexp", "runtime", "runtime/debug", "slices", "sort",
		"strconv", "strings", "sync", "sync/atomic", "syscall", "time", "unicode", "unicode/utf8", "unsafe", "golang.org/x/sys/unix",
	}
}

// needs gives what a room imports from elsewhere, itself or by another room, each with a file that does.
func needs(room string, files []*file) map[string]string {
	found, seen := map[string]string{}, map[string]bool{}
	rooms := []string{room}
	for len(rooms) > 0 {
		next := rooms[0]
		if rooms = rooms[1:]; seen[next] {
			continue
		}
		seen[next] = true
		for _, f := range files {
			if f.room != next || f.test {
				continue
			}
			for _, i := range f.ast.Imports {
				name := strings.Trim(i.Path.Value, `"`)
				if ours, ok := strings.CutPrefix(name, module); ok {
					rooms = append(rooms, ours)
					continue
				}
				found[name] = f.path
			}
		}
	}
	return found
}

// The law of internal/early: it runs before what is heavy only as long as nothing below it needs that.
func TestWhatStartsEarlyIsLight(t *testing.T) {
	all := needs("internal/early", goFiles(t))
	if all["os"] == "" || all["golang.org/x/sys/unix"] == "" {
		t.Fatalf("found %v: the law is looking at the wrong room", all)
	}
	for name, where := range all {
		if !slices.Contains(light(), name) {
			t.Errorf("%s imports %s, and internal/early imports it: every call of a word would wait for that (make bench-words)", where, name)
		}
	}
}

func TestWhatStartsEarlyIsLightBites(t *testing.T) {
	files := []*file{
		parse(t, "internal/early/a.go", []byte("package early\nimport _ \""+module+"internal/chain\"\n")),
		parse(t, "internal/chain/a.go", []byte("package chain\nimport _ \"net/http\"\n")),
		parse(t, "internal/chain/a_test.go", []byte("package chain\nimport _ \"testing\"\n")),
		parse(t, "internal/spec/a.go", []byte("package spec\nimport _ \"text/template\"\n")),
	}
	if got := needs("internal/early", files); len(got) != 1 || got["net/http"] != "internal/chain/a.go" {
		t.Errorf("found %v", got)
	}
}
