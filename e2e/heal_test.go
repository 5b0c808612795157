package e2e

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestA43_ANestedFileOfRootsIsHealedThoughItsTreesTopIsRight(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, "mkdir -p sessions/a/b other/a; touch sessions/a/b/c sessions/mine other/a/b; chown 10000:10000 . sessions sessions/mine")
	r := runs(t, 0, v.data(), hermes, "true")
	v.wants(t, map[string]string{
		"sessions/a": "10000:10000", "sessions/a/b": "10000:10000", "sessions/a/b/c": "10000:10000", "other/a/b": "0:0",
	})
	has(t, r.err, "Fixing ownership of sessions in /opt/data (targeted): 3 entries")
	quiet(t, runs(t, 0, v.data(), hermes, "true").err)
}

// manyFiles are 100,000 in 100 directories of a listed tree; with those and its top so many entries are looked at.
const (
	manyFiles   = "mkdir -p skills; cd skills; for d in $(seq 100); do mkdir d$d; (cd d$d; seq -f file-%g 1000 | xargs touch); done"
	manyEntries = 100_000 + 100 + 1
	ctimes      = `find skills -printf '%p %U:%G %C@\n' | sort | md5sum`
)

func TestA48_AHundredThousandFiles(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, manyFiles+"; chown -hR 10000:10000 ..")
	// Everything is right: looked at before the start, as nothing is remembered, and then behind it. How long that takes is
	// measured where nothing else runs: make bench-heal.
	before := v.sh(t, ctimes)
	for range 2 {
		runs(t, 0, v.data(), hermes, "true")
	}
	same(t, "owners and times of the last change", v.sh(t, ctimes), before)
	has(t, output(t, v.data(), "--entrypoint", "berth", hermes, "plan"), "owners are looked at behind the services")

	// Everything is wrong: each is changed once, a person sees how far it is, and the next boot changes nothing.
	v.sh(t, "chown -hR 0:0 skills; rm -r .berth")
	x := onTerminal(t, v.data(), hermes, "sh", "-c", "sed 's/.*\"seconds\":\\([0-9.]*\\).*/took \\1 seconds/' .berth/look.json; berth boot --json | grep '\"count\"'; echo main-is-up")
	x.expect(t, "main-is-up")
	x.ends(t)
	shown := x.shown()
	has(t, shown, `"count": `+strconv.Itoa(manyEntries))
	if took := between(shown, "took ", " seconds"); seconds(t, took) > 0.3 && !strings.Contains(shown, "Looking at who owns what in /opt/data") {
		t.Errorf("it took %s s, and nobody was shown how far it was:\n%s", took, shown)
	}
	same(t, "what is still wrong", v.sh(t, "find skills \\( ! -user 10000 -o ! -group 10000 \\) | wc -l"), "0")
	after := v.sh(t, ctimes)
	runs(t, 0, v.data(), hermes, "true")
	same(t, "after another boot", v.sh(t, ctimes), after)
}

func between(text, from, to string) string {
	_, rest, _ := strings.Cut(text, from)
	part, _, _ := strings.Cut(rest, to)
	return part
}

func seconds(t *testing.T, text string) float64 {
	t.Helper()
	s, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// scheduled is a spec that is the image's own, whose volume is looked at again all the time.
func scheduled(t *testing.T) []string {
	t.Helper()
	v := prepared(t, "printf 'version: 1\\nextends: /etc/berth/berth.yaml\\nvolume: {own: {schedule: {every: 1s}}}\\n' > berth.yaml")
	return []string{v.at("/spec"), "-e", "BERTH_SPEC=/spec/berth.yaml"}
}

func TestA103_WhatRootLeftIsHealedWithoutARestart(t *testing.T) {
	needs(t, hermes)
	const leave = "mkdir -p /opt/data/skills/new/deep; echo x > /opt/data/skills/new/deep/x; echo A=1 > /opt/data/.env; chmod 644 /opt/data/.env; echo p > /opt/data/photo"
	want := map[string]string{
		"skills/new": "10000:10000", "skills/new/deep": "10000:10000", "skills/new/deep/x": "10000:10000", ".env": "10000:10000 600", "photo": "0:0",
	}
	t.Run("by the word", func(t *testing.T) {
		v := newVolume(t)
		c := startUp(t, v.data(), hermes)
		for _, words := range [][]string{{"berth", "heal"}, {"berth", "heal", "--full"}} {
			c.sh(t, "rm -rf /opt/data/skills/new; "+leave)
			r := c.exec(t, words...)
			if r.code != 0 {
				t.Errorf("%q ended with %d: %s", words, r.code, r.all())
			}
			has(t, r.out, "skills/new/deep/x", "0:0 -> 10000:10000", "looked at ")
			v.wants(t, want)
		}
		has(t, must(t, "exec", c.id, "berth", "heal", "--json"), `"changed": 0`)
		// Nothing was restarted: main is who it was.
		same(t, "how often main came up", strconv.Itoa(strings.Count(docker(t, "logs", c.id).out, "main-is-up")), "1")
	})
	t.Run("by the schedule", func(t *testing.T) {
		v := newVolume(t)
		c := startUp(t, append(scheduled(t), v.data(), hermes)...)
		c.sh(t, leave)
		eventually(t, "the scheduled look heals", func() bool {
			return v.sh(t, "stat -c %u skills/new/deep/x .env | sort -u") == "10000"
		})
		eventually(t, "its modes too", func() bool { return v.sh(t, "stat -c %a .env") == "600" })
		v.wants(t, want)
		has(t, must(t, "exec", c.id, "berth", "events", "--json"), "as scheduled: ", " healed")
	})
}

// A stop that comes while the rest is looked at is honoured at once, and the next boot goes on.
func TestAStopDoesNotWaitForALook(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, manyFiles+"; chown -hR 10000:10000 ..")
	runs(t, 0, v.data(), hermes, "true")
	v.sh(t, "chown -h 0:0 skills/d50/*")
	c := startUp(t, v.data(), hermes)
	began := time.Now()
	must(t, "stop", c.id)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the stop took %s", took)
	}
	c = startUp(t, v.data(), hermes)
	eventually(t, "the next look heals", func() bool { return v.sh(t, "find skills ! -user 10000 | wc -l") == "0" })
	var rep struct {
		Look struct{ When string }
	}
	if err := json.Unmarshal([]byte(must(t, "exec", c.id, "berth", "boot", "--json")), &rep); err != nil || rep.Look.When != "behind" {
		t.Errorf("it looked %q, %v", rep.Look.When, err)
	}
}
