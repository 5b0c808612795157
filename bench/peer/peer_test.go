package peer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// job is one with a directory of its own.
func job(t *testing.T, n int) Job {
	t.Helper()
	return Job{Tools: Tools{Berth: "/b", Floor: "/f", Payload: "/p"}, Dir: t.TempDir(), N: n, Service: []string{"/p", "idle", "/x"}}
}

func TestEachPlanSaysWhatToRunAndHowToEndIt(t *testing.T) {
	for _, p := range All() {
		for _, logs := range []bool{false, true} {
			j := job(t, 3)
			j.Logs = logs
			plan, err := p.Plan(j)
			if err != nil {
				t.Fatalf("%s, logs %v: %v", p.Name, logs, err)
			}
			if len(plan.Argv) == 0 || plan.Stop == 0 {
				t.Errorf("%s: runs %q, ends by signal %d", p.Name, plan.Argv, plan.Stop)
			}
		}
	}
}

func TestBerthsSpecQuotesWordsAndStaysShort(t *testing.T) {
	for name, c := range map[string]struct {
		n          int
		logs, once bool
		want       string
	}{
		"few, which are crashed":   {1, false, false, `  s0: {command: ["/p", "idle", "/x"], restart: {stable: 1s}}`},
		"many, which are not":      {1000, false, false, `  s999: {command: ["/p", "idle", "/x"]}`},
		"with a logger":            {1000, true, false, `  s7: {command: ["/p", "idle", "/x"], log: {dir: l/s7}}`},
		"one that isn't run again": {1, true, true, `  s0: {command: ["/p", "idle", "/x"], restart: {policy: never}, log: {dir: l/s0}}`},
	} {
		t.Run(name, func(t *testing.T) {
			j := job(t, c.n)
			j.Logs, j.Once = c.logs, c.once
			if _, err := berth(j); err != nil {
				t.Fatal(err)
			}
			spec, err := os.ReadFile(filepath.Join(j.Dir, "b.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(spec), "\n"+c.want+"\n") {
				t.Errorf("the spec has no %q; it begins %q", c.want, spec[:min(len(spec), 400)])
			}
			if strings.Count(string(spec), "\n  s") != c.n {
				t.Errorf("the spec has %d services", strings.Count(string(spec), "\n  s"))
			}
		})
	}
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	there := filepath.Join(t.TempDir(), "there")
	if err := os.WriteFile(there, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		peer  Peer
		tools Tools
		want  string
	}{
		"a program that isn't on PATH":   {Peer{Name: "x", Needs: []string{"no-such-program"}}, Tools{}, "no-such-program isn't installed"},
		"berth, if nobody says where":    {Peer{Name: NameBerth}, Tools{}, "berth's program isn't named"},
		"berth, where there is nothing":  {Peer{Name: NameBerth}, Tools{Berth: "/nowhere/berth"}, "/nowhere/berth isn't installed"},
		"a peer that needs nothing more": {Peer{Name: "x", Needs: []string{"sh"}}, Tools{}, ""},
		"the floor, where it was built":  {Peer{Name: NameFloor}, Tools{Floor: there}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.peer.Missing(c.tools); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
