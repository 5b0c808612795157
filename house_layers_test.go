package house

import (
	"strings"
	"testing"
)

// layer gives a room's place in the house: imports go to a lower number only.
func layer(room string) (int, bool) {
	if strings.HasPrefix(room, "cmd/") {
		return 9, true
	}
	switch room {
	case "internal/fsx", "internal/proc", "internal/stack", "internal/script", "internal/nearest",
		"internal/variable", "internal/failure", "internal/door", "internal/native":
		return 0, true
	case "internal/spec", "internal/identity", "internal/probe", "internal/logs", "internal/lease", "internal/chain", "internal/s6rc", "internal/s6dir",
		"internal/records":
		return 1, true
	case "internal/boot", "internal/environ":
		return 2, true
	case "internal/volume", "internal/rootfs", "internal/migrate", "internal/supervise", "internal/profile", "internal/shim":
		return 3, true
	case "internal/api", "internal/fleet", "internal/s6run":
		return 4, true
	case "internal/daemon":
		return 5, true
	case "internal/front":
		return 6, true
	case "internal/cli", "internal/hermes", "internal/s6", "internal/s6words", "internal/s6rcwords", "internal/s6log", "internal/execline", "internal/web":
		return 7, true
	case "internal/early":
		return 8, true
	}
	return 0, false
}

// exception names an import that may go sideways or up, with its reason.
func exception(room, imported string) (string, bool) {
	// None is needed today. Add `case room + " " + imported:` with the reason as its text.
	_ = room + imported
	return "", false
}

// houseless says whether a folder holds Go code that is no room: a stand-in for an app, or the laws themselves.
func houseless(room string) bool {
	return room == "." || strings.HasPrefix(room, "images/") || strings.HasPrefix(room, "hack/")
}

func layers() law {
	return law{
		name:   "imports go down, never sideways",
		reason: "a room can be read, tested and replaced knowing only the rooms below it",
		judge: func(f *file) []string {
			var out []string
			mine, known := layer(f.room)
			if !known && !houseless(f.room) {
				return []string{f.path + ": the folder has no layer; give it one or put the file elsewhere"}
			}
			for _, i := range f.ast.Imports {
				to, ours := strings.CutPrefix(strings.Trim(i.Path.Value, `"`), module)
				if !ours || to == f.room {
					continue
				}
				if houseless(f.room) {
					out = append(out, f.complain(i, "%s is outside the house and imports %s", f.room, to))
					continue
				}
				if _, excused := exception(f.room, to); excused {
					continue
				}
				if theirs, ok := layer(to); !ok || theirs >= mine {
					out = append(out, f.complain(i, "%s (%d) imports %s (%d)", f.room, mine, to, theirs))
				}
			}
			return out
		},
	}
}

func TestImportsGoDown(t *testing.T) { hold(t, layers(), goFiles(t)) }

func TestImportsGoDownBites(t *testing.T) {
	imp := func(p string) string { return "package x\nimport _ \"" + module + p + "\"\n" }
	bites(t, layers(), []bite{
		{"down is fine", "internal/volume/a.go", imp("internal/fsx"), false},
		{"sideways is not", "internal/volume/a.go", imp("internal/rootfs"), true},
		{"up is not", "internal/fsx/a.go", imp("internal/spec"), true},
		{"a test is held to it as well", "internal/spec/a_test.go", imp("internal/boot"), true},
		{"an unknown folder has no place", "internal/util/a.go", "package x\n", true},
		{"the stand-in knows nothing of the house", "images/hermes/standin/a.go", imp("internal/fsx"), true},
		{"the standard library is everybody's", "internal/fsx/a.go", "package x\nimport _ \"os\"\n", false},
	})
}
