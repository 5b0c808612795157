package profile

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/fsx"
)

func TestState(t *testing.T) {
	big := `{"desired_state":"running","x":"` + strings.Repeat("a", maxState) + `"}`
	for _, c := range []struct {
		about, text string
		want        Want
		recorded    bool
		word        string
		trouble     bool
	}{
		{"running starts", `{"gateway_state":"running"}`, Up, false, "running", false},
		{"so does draining: the container's stop came in between", `{"gateway_state":"draining"}`, Up, false, "draining", false},
		{"and degraded", `{"gateway_state":"degraded"}`, Up, false, "degraded", false},
		{"stopped stays down", `{"gateway_state":"stopped"}`, Down, false, "stopped", false},
		{"so does starting", `{"gateway_state":"starting"}`, Down, false, "starting", false},
		{"and startup_failed", `{"gateway_state":"startup_failed"}`, Down, false, "startup_failed", false},
		{"what a person asked for beats what the app says", `{"desired_state":"running","gateway_state":"stopped"}`, Up, true, "running", false},
		{"in the other direction too", `{"desired_state":"stopped","gateway_state":"running"}`, Down, true, "stopped", false},
		{"alone as well", `{"desired_state":"stopped"}`, Down, true, "stopped", false},
		{"another word there says nothing", `{"desired_state":"maybe","gateway_state":"running"}`, Up, false, "running", false},
		{"nor does null", `{"desired_state":null,"gateway_state":"running"}`, Up, false, "running", false},
		{"the last of two keys counts, as for the app", `{"desired_state":"stopped","desired_state":"running"}`, Up, true, "running", false},
		{"the key is written exactly", `{"Desired_State":"running"}`, Unknown, false, "", false},
		{"a state that is no word isn't one", `{"gateway_state":["running"]}`, Unknown, false, "", false},
		{"nor is one that would forge a line", `{"gateway_state":"running\n2026 profile=x"}`, Unknown, false, "", false},
		{"nor a very long one", `{"gateway_state":"` + strings.Repeat("a", 65) + `"}`, Unknown, false, "", false},
		{"an object without either", `{"pid":1}`, Unknown, false, "", false},
		{"broken JSON", `{"gateway_state":"running"`, Unknown, false, "", true},
		{"two values", `{} {}`, Unknown, false, "", true},
		{"an array", `["running"]`, Unknown, false, "", true},
		{"a string", `"running"`, Unknown, false, "", true},
		{"null", `null`, Unknown, false, "", true},
		{"nothing at all", ``, Unknown, false, "", true},
		{"a file without end", big, Unknown, false, "", true},
	} {
		t.Run(c.about, func(t *testing.T) {
			g := newRig(t)
			g.write("gateway_state.json", c.text)
			st := g.state("default")
			if st.Want != c.want || st.Recorded != c.recorded || st.Word != c.word || (st.Trouble != nil) != c.trouble {
				t.Errorf("got %+v", st)
			}
		})
	}
}

func TestAStateThatIsNoFile(t *testing.T) {
	g := newRig(t)
	if st := g.state("default"); st != (State{}) {
		t.Errorf("no file says %+v", st)
	}
	g.write("outside.json", `{"desired_state":"running"}`)
	g.link("outside.json", "gateway_state.json")
	st := g.state("default")
	if st.Want != Unknown {
		t.Errorf("a link says %+v", st)
	}
	wants(t, st.Trouble, fsx.ErrSymlink, "refusing", "gateway_state.json")
	g.profile("a")
	g.mkdir("profiles/a/gateway_state.json")
	wants(t, g.state("a").Trouble, fsx.ErrKind)
	g.spec.State = ""
	if st := g.state("a"); st != (State{}) {
		t.Errorf("an image that keeps none says %+v", st)
	}
}

// A recorded wish decides, whatever else the file says; without one a state that can't be told from none starts nothing.
func TestStateLaw(t *testing.T) {
	word := rapid.SampledFrom([]string{"running", "stopped", "starting", "draining", "degraded", "startup_failed", "", "weird"})
	g := newRig(t)
	rapid.Check(t, func(t *rapid.T) {
		desired, legacy := word.Draw(t, "desired"), word.Draw(t, "legacy")
		g.write("gateway_state.json", `{"desired_state":"`+desired+`","gateway_state":"`+legacy+`"}`)
		st := g.state("default")
		switch {
		case desired == "running" && (st.Want != Up || !st.Recorded),
			desired == "stopped" && (st.Want != Down || !st.Recorded),
			desired != "running" && desired != "stopped" && st.Recorded,
			!st.Recorded && st.Want == Up && legacy != "running" && legacy != "draining" && legacy != "degraded":
			t.Fatalf("desired %q and legacy %q give %+v", desired, legacy, st)
		}
	})
}

func TestWantsHaveWords(t *testing.T) {
	if Up.String() != "running" || Down.String() != "stopped" || Unknown.String() != "unknown" {
		t.Errorf("%v %v %v", Up, Down, Unknown)
	}
}
