package profile

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/fsx"
)

// form is what tools that watch the log expect of a line.
const form = `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} profile=\S+ prior_state=\S+ action=(started|registered)( prior_exit=(clean|unclean|unknown))?( held_by=\S+)?$`

func line(name string) Line {
	return Line{At: time.Date(2026, 11, 25, 20, 14, 15, 999, time.FixedZone("", -9000)), Profile: name, Prior: "running", Started: true, Exit: Unclean}
}

func TestLine(t *testing.T) {
	for _, c := range []struct {
		about, want string
		line        Line
	}{
		{"all of it", "2026-11-25T20:14:15-0230 profile=default prior_state=running action=started prior_exit=unclean", line("default")},
		{"another container runs it", "2026-11-25T00:00:00+0000 profile=a prior_state=running action=registered held_by=4f5e", Line{
			At: time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC), Profile: "a", Prior: "running", Holder: "4f5e",
		}},
		{"nothing known", "2026-11-25T00:00:00+0000 profile=a prior_state=None action=registered", Line{At: time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC), Profile: "a"}},
	} {
		if got := c.line.String(); got != c.want {
			t.Errorf("%s: %s", c.about, got)
		}
	}
	if got := line("a").Reconcile(); got != "reconcile: profile=a prior_state=running action=started prior_exit=unclean" {
		t.Error(got)
	}
}

// A pattern may let anything into a name; a line stays one line of the form.
func TestLineLaw(t *testing.T) {
	re := regexp.MustCompile(form)
	rapid.Check(t, func(t *rapid.T) {
		l := Line{At: time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "at"), 0), Profile: rapid.String().Draw(t, "name"), Started: rapid.Bool().Draw(t, "started")}
		l.Prior = rapid.SampledFrom([]string{"", "running", "startup_failed"}).Draw(t, "prior")
		l.Holder = rapid.String().Draw(t, "holder")
		l.Exit = rapid.SampledFrom([]Exit{"", Clean, Unclean, UnknownExit}).Draw(t, "exit")
		if !re.MatchString(l.String()) {
			t.Fatalf("%q", l.String())
		}
	})
}

func TestAppendLog(t *testing.T) {
	g := newRig(t)
	g.mkdir("logs")
	add := func(lines ...Line) error {
		return g.do(func() error { return AppendLog(g.vol, lines...) })
	}
	g.ok(add(), add(line("default"), line("a")), add(line("default")))
	text := g.read(BootLog)
	if n := strings.Count(text, "\n"); n != 3 || strings.Index(text, "profile=a") < strings.Index(text, "profile=default") {
		t.Errorf("it holds %q", text)
	}
	re := regexp.MustCompile(form)
	for l := range strings.Lines(text) {
		if !re.MatchString(strings.TrimSuffix(l, "\n")) {
			t.Errorf("line %q", l)
		}
	}
	same(t, "in logs", g.left("logs"), []string{"container-boot.log"})
}

func TestTheBootLogIsPutAside(t *testing.T) {
	for _, c := range []struct {
		about string
		size  int
		aside bool
	}{
		{"not below the bound", bootLogSize - 1, false},
		{"at it", bootLogSize, true},
		{"far beyond it", 4 * bootLogSize, true},
	} {
		t.Run(c.about, func(t *testing.T) {
			g := newRig(t)
			g.write(BootLog, strings.Repeat("x", c.size-1)+"\n")
			g.write(BootLog+".1", "older")
			g.ok(g.do(func() error { return AppendLog(g.vol, line("a")) }))
			if got := len(g.read(BootLog)) < c.size; got != c.aside {
				t.Errorf("put aside: %v", got)
			}
			if got := g.read(BootLog+".1") != "older"; got != c.aside {
				t.Errorf("the older one gave way: %v", got)
			}
			same(t, "in logs", g.left("logs"), []string{"container-boot.log", "container-boot.log.1"})
		})
	}
}

func TestTheBootLogRefuses(t *testing.T) {
	g := newRig(t)
	err := g.do(func() error { return AppendLog(g.vol, line("a")) })
	wants(t, err, os.ErrNotExist)
	g.write("outside", "precious")
	g.mkdir("logs")
	g.link("../outside", BootLog)
	err = g.do(func() error { return AppendLog(g.vol, line("a")) })
	wants(t, err, fsx.ErrSymlink, "refusing to append", "container-boot.log")
	g.ok(os.Remove(g.at(BootLog)), os.Link(g.at("outside"), g.at(BootLog)))
	err = g.do(func() error { return AppendLog(g.vol, line("a")) })
	wants(t, err, fsx.ErrHardlink)
	g.ok(os.RemoveAll(g.at("logs")))
	g.link("elsewhere", "logs")
	g.mkdir("elsewhere")
	err = g.do(func() error { return AppendLog(g.vol, line("a")) })
	wants(t, err, fsx.ErrSymlink)
	if g.read("outside") != "precious" || len(g.left("elsewhere")) > 0 {
		t.Error("something was written through a link")
	}
}
