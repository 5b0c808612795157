package fleet

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/berth-init/berth/internal/logs"
	"github.com/berth-init/berth/internal/supervise"
)

// writes boots a service with a log that runs a script, says "over" and stays.
func writes(t *testing.T, log, script string) *rig {
	t.Helper()
	g := newRig(t, `services: {web: {log: {`+log+`}, command: [sh, -c, '`+script+`; echo over; exec sleep 300']}}`).up()
	until(t, "it has said all", func() bool { return strings.Contains(g.out.String(), "over\n") })
	return g
}

// many is a script that says a hundred lines of 100 bytes.
const many = `i=0; while [ $i -lt 100 ]; do i=$((i+1)); printf "%-99s\n" "line $i"; done`

// archives gives the old files of the log.
func (g *rig) archives(dir string) []string {
	g.t.Helper()
	return slices.DeleteFunc(g.files(dir), func(name string) bool { return name == "current" })
}

// stamped boots a service with a kind of stamp and wants its lines to begin as a pattern says.
func stamped(stamp, pattern string) func(*testing.T) {
	return func(t *testing.T) {
		g := writes(t, "dir: logs, "+stamp, "echo hello")
		g.has("logs/current", "over\n")
		if got := g.read("logs/current"); !regexp.MustCompile("^" + pattern + " hello\n").MatchString(got) {
			t.Errorf("%s: got %q", stamp, got)
		}
	}
}

func logKeys() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"log.dir": func(t *testing.T) {
			g := writes(t, `dir: logs/web`, `echo out; echo err >&2`)
			g.has("logs/web/current", "over\n")
			if got := g.out.String(); got != "out\nerr\nover\n" {
				t.Errorf("on stdout: %q", got)
			}
			if info, err := os.Stat(g.at("logs/web/current")); err != nil || info.Mode().Perm() != 0o644 || owner(info) != g.uid {
				t.Errorf("%v, %v", info, err)
			}
			if got := g.lines("web"); !slices.Equal(got, []string{"out", "err", "over"}) {
				t.Errorf("read back: %q", got)
			}
		},
		"log.size": func(t *testing.T) {
			g := writes(t, `dir: logs, size: 2KB, keep: 100`, many)
			until(t, "all is written", func() bool { return len(g.lines("web")) == 101 })
			if n := len(g.archives("logs")); n < 6 {
				t.Errorf("there are %q", g.files("logs"))
			}
			for _, name := range g.files("logs") {
				if data := g.read("logs/" + name); len(data) > 2000 || !strings.HasSuffix(data, "\n") {
					t.Errorf("%s has %d bytes", name, len(data))
				}
			}
		},
		"log.keep": func(t *testing.T) {
			g := writes(t, `dir: logs, size: 2KB, keep: 2`, many)
			g.has("logs/current", "over\n")
			until(t, "two are kept", func() bool { return len(g.archives("logs")) == 2 })
			if lines := g.lines("web"); lines[len(lines)-1] != "over" {
				t.Errorf("the last of %d lines is %q", len(lines), lines[len(lines)-1])
			}
		},
		"log.stamp": both(
			stamped("keep: 1", `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d`),
			stamped("stamp: ms", `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d`),
			stamped("stamp: us", `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d`),
		),
		"log.compress": func(t *testing.T) {
			g := writes(t, `dir: logs, size: 2KB, keep: 100, compress: zstd`, many)
			until(t, "old ones are packed", func() bool {
				return slices.ContainsFunc(g.files("logs"), func(name string) bool { return strings.HasSuffix(name, ".zst") })
			})
			until(t, "all can be read", func() bool { return len(g.lines("web")) == 101 })
		},
		"log.flood.policy": func(t *testing.T) {
			g := writes(t, `dir: logs, flood: {policy: pass, lines: 5}`, many)
			until(t, "all is written", func() bool { return len(g.lines("web")) == 101 })
		},
		"log.flood.lines": func(t *testing.T) {
			g := newRig(t, `services: {web: {log: {dir: logs, flood: {policy: sample, lines: 5}}, command: [sh, -c, '`+many+`; exec sleep 300']}}`).up()
			g.has("logs/current", "dropped")
			until(t, "each line is written or counted", func() bool {
				var passed, dropped int
				for _, line := range g.lines("web") {
					if n := 0; strings.Contains(line, "dropped") {
						_, err := fmt.Sscanf(line, "berth: flood: %d lines dropped", &n)
						ok(t, err)
						dropped += n
					} else {
						passed++
					}
				}
				return passed+dropped == 100 && passed >= 5 && dropped > 0
			})
		},
		"log.rotate": func(t *testing.T) {
			g := newRig(t, profiles+`services:
	gateway: {per-profile: true, log: {rotate: [logs/*.log, "{profile}.txt"], size: 1KB, keep: 2}, command: `+stays+`}
	plain: {command: `+stays+`}`)
			g.profile("a", "")
			long := strings.Repeat("x", 1500)
			for _, name := range []string{"logs/app.log", "default.txt", "profiles/a/logs/own.log", "profiles/a/a.txt", "logs/other", "a.txt"} {
				g.put(name, long)
			}
			g.up()
			if !g.fleet.rotates() {
				t.Error("nobody looks at the files")
			}
			g.fleet.rotateOnce(map[string]string{})
			for _, name := range []string{"logs/app.log", "default.txt", "profiles/a/logs/own.log", "profiles/a/a.txt"} {
				info, err := os.Stat(g.at(name))
				ok(t, err)
				if info.Size() != 0 || owner(info) != g.uid || g.read(name+".1") != long {
					t.Errorf("%s has %d bytes, of uid %d", name, info.Size(), owner(info))
				}
			}
			for _, name := range []string{"logs/other", "a.txt"} {
				if g.read(name) != long {
					t.Errorf("%s was rotated", name)
				}
			}
		},
	}
}

// What can't be rotated is told once, and again when it has gone well in between.
func TestAFileThatCanNotBeRotated(t *testing.T) {
	t.Parallel()
	g := newRig(t, `services: {web: {log: {rotate: [app.log], size: 1KB, keep: 1}, command: `+stays+`}}`)
	g.put("app.log", strings.Repeat("x", 2000))
	g.put("app.log.1", "")
	ok(t, os.Remove(g.at("app.log.1")), os.MkdirAll(g.at("app.log.1/full"), 0o755))
	g.up()
	told := map[string]string{}
	g.fleet.rotateOnce(told)
	g.fleet.rotateOnce(told)
	if g.told("warning: web: ") != 1 {
		t.Errorf("notes: %+v", g.notes)
	}
	ok(t, os.RemoveAll(g.at("app.log.1")))
	g.fleet.rotateOnce(told)
	if len(g.read("app.log")) != 0 || len(g.read("app.log.1")) != 2000 || told["web"] != "" {
		t.Errorf("it was not rotated: %v", told)
	}
}

// A log directory that can't be written costs a warning and no line: all of it is on stdout.
func TestALogThatCanNotBeWritten(t *testing.T) {
	t.Parallel()
	g := newRig(t, `services: {web: {log: {dir: logs}, command: [sh, -c, 'echo one; echo two; exec sleep 300']}}`)
	ok(t, os.WriteFile(g.at("logs"), nil, 0o644))
	g.up()
	until(t, "the lines are on stdout", func() bool { return g.out.String() == "one\ntwo\n" })
	if g.is("web", supervise.Ready); g.told("warning: ") != 1 || g.status("web").Restarts != 0 {
		t.Errorf("notes: %+v", g.notes)
	}
}

// Where main owns the terminal, services stay away from it, but for those that have no files.
func TestQuiet(t *testing.T) {
	t.Parallel()
	g := newRig(t, `services:
	filed: {log: {dir: logs}, command: [sh, -c, 'echo filed; exec sleep 300']}
	bare: {command: [sh, -c, 'echo bare; exec sleep 300']}`)
	g.quiet, g.alone, g.format = true, false, logs.Prefixed
	g.up()
	g.has("logs/current", "filed\n")
	until(t, "the other one's line is there", func() bool { return strings.Contains(g.out.String(), "bare: bare\n") })
	if got := g.out.String(); got != "bare: bare\n" {
		t.Errorf("on stdout: %q", got)
	}
}

// Lines are bare while one slot speaks and nobody else does; from the second on each says whose it is.
func TestLinesSayWhoseTheyAre(t *testing.T) {
	t.Parallel()
	g := newRig(t, `services:
	one: {ready: {file: go}, command: [sh, -c, 'echo first; while [ ! -e again ]; do sleep 0.01; done; echo third; exec sleep 300']}
	two: {requires: [one], command: [sh, -c, 'echo second; exec sleep 300']}`).up()
	until(t, "the first line", func() bool { return g.out.String() == "first\n" })
	g.put("go", "")
	until(t, "the second line", func() bool { return g.out.String() == "first\ntwo: second\n" })
	g.put("again", "")
	until(t, "the third line", func() bool { return g.out.String() == "first\ntwo: second\none: third\n" })
}

// JSON is JSON, however many speak.
func TestLinesAsJSON(t *testing.T) {
	t.Parallel()
	g := newRig(t, `services: {one: {command: [sh, -c, 'echo \"first\"; exec sleep 300']}, two: {command: [sh, -c, 'echo second; exec sleep 300']}}`)
	g.alone, g.format = false, logs.JSON
	g.up()
	until(t, "two lines", func() bool { return strings.Count(g.out.String(), "\n") == 2 })
	for line := range strings.Lines(g.out.String()) {
		var got struct{ Slot, Line string }
		ok(t, json.Unmarshal([]byte(line), &got))
		if want := map[string]string{"one": `"first"`, "two": "second"}[got.Slot]; got.Line != want {
			t.Errorf("got %s", line)
		}
	}
}

// The lines of a slot are in its own place; one without files says so.
func TestLines(t *testing.T) {
	t.Parallel()
	g := newRig(t, profiles+`services:
	gateway: {per-profile: true, log: {dir: "logs/{profile}"}, command: [sh, -c, 'echo hello {profile}; exec sleep 300']}
	bare: {command: `+stays+`}`)
	g.profile("a", `{"desired_state":"running"}`)
	g.up()
	g.is("gateway-a", supervise.Ready)
	g.has("logs/a/current", "hello a\n")
	until(t, "it is written", func() bool { return slices.Equal(g.lines("gateway-a"), []string{"hello a"}) })
	if got := g.files("logs/a"); !slices.Equal(got, []string{"current"}) {
		t.Errorf("there are %q", got)
	}
	for slot, want := range map[string]error{"bare": ErrNoFiles, "nobody": errUnknown} {
		if _, err := g.fleet.Lines(deadline(t), slot); !errors.Is(err, want) {
			t.Errorf("%s: got %v", slot, err)
		}
	}
	if place, err := g.fleet.Lines(deadline(t), "gateway-default"); err != nil || filepath.Base(place.Path) != "default" {
		t.Errorf("%+v, %v", place, err)
	}
}

// A slot's log goes over its runs: what one run left of a line doesn't become the start of the next one's.
func TestALogGoesOverRuns(t *testing.T) {
	t.Parallel()
	g := newRig(t, `services: {web: {log: {dir: logs}, command: [sh, -c, 'printf "half of $(wc -l <runs)"; echo >>runs; [ $(wc -l <runs) = 3 ] && exec sleep 300; kill -9 $$$$']}}`)
	g.put("runs", "")
	g.up()
	g.has("runs", "\n\n\n")
	g.order((*supervise.Supervisor).Stop, "web")
	until(t, "all of it is there", func() bool { return slices.Equal(g.lines("web"), []string{"half of 0", "half of 1", "half of 2"}) })
}

// owner gives the uid of a file.
func owner(info os.FileInfo) uint32 {
	st, _ := info.Sys().(*syscall.Stat_t)
	return st.Uid
}
