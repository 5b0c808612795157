package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/front"
)

// alone has no berth answer, whatever runs on the machine that runs the tests.
func alone(t *testing.T) {
	t.Helper()
	t.Setenv(api.SocketEnv, filepath.Join(t.TempDir(), "nobody"))
}

const skills = "  own: {trees: [skills], files: [auth.json]}\n  modes: {auth.json: \"0600\"}\n"

// Where no berth runs the word does it itself.
func TestHealWithoutABerth(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: only root gives files away")
	}
	alone(t)
	vol := mkdir(t, filepath.Join(t.TempDir(), "vol"))
	image(t, vol, skills)
	mkdir(t, vol+"/skills")
	put(t, vol+"/skills/x", "x")
	put(t, vol+"/auth.json", "{}")
	put(t, vol+"/photo", "x")
	passwd := read(t, "/etc/passwd")
	a := berth(t, "heal")
	for _, line := range []string{"chown skills/x 0:0 -> 4242:4343", "chmod auth.json 0644 -> 0600"} { // the columns are as wide as the volume's path
		if !slices.ContainsFunc(strings.Split(a.out, "\n"), func(l string) bool { return strings.Join(strings.Fields(l), " ") == line }) {
			t.Errorf("no line %q in\n%s", line, a.out)
		}
	}
	a.wants(t, 0, "looked at 3 entries in ", "")
	before := snapshot(t, filepath.Join(vol, "skills"))
	a = berth(t, "heal", "--full", "--json")
	var done api.Healed
	if err := json.Unmarshal([]byte(a.out), &done); err != nil || a.code != 0 || done.Changed != 0 || done.Looked != 3 || done.Steps == nil && !strings.Contains(a.out, `"steps"`) {
		t.Errorf("%d, %v: %s", a.code, err, a.out)
	}
	same(t, before, snapshot(t, filepath.Join(vol, "skills")))
	if read(t, "/etc/passwd") != passwd {
		t.Error("the accounts of the machine have changed")
	}
}

func TestHealThatIsRefusedSomething(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: only root gives files away")
	}
	alone(t)
	dir := t.TempDir()
	vol := mkdir(t, filepath.Join(dir, "vol"))
	image(t, vol, skills)
	mkdir(t, vol+"/skills")
	put(t, dir+"/victim", "x")
	if err := os.Link(dir+"/victim", vol+"/skills/\x1b[2Jhard"); err != nil {
		t.Fatal(err)
	}
	a := berth(t, "heal")
	a.wants(t, 1, "refusal: chown \"skills/\\x1b[2Jhard\": refused: the file has other names (hard links)\nhint: put a copy", "")
	harmless(t, a.out)
	a = berth(t, "heal", "--json")
	a.wants(t, 1, `"level": "refusal"`, "")
}

func TestHealThatCanNot(t *testing.T) {
	alone(t)
	vol := mkdir(t, filepath.Join(t.TempDir(), "vol"))
	before := snapshot(t, vol)
	if os.Geteuid() != 0 {
		image(t, vol, skills)
		berth(t, "heal").wants(t, 1, "", "ask berth: nobody answers")
		same(t, before, snapshot(t, vol))
		return
	}
	for _, c := range []struct {
		about, vol, more, said string
	}{
		{"a spec that lists nothing", vol, fresh, "heal the volume: the spec lists nothing\nberth: hint: volume.own"},
		{"no volume", vol + "/none", skills, "heal the volume: there is nothing here that berth could hand over\nberth: hint: mount"},
		{"a volume that may be none", "/etc", skills, `volume "/etc": it is a system directory`},
	} {
		t.Run(c.about, func(t *testing.T) {
			image(t, c.vol, c.more)
			a := berth(t, "heal")
			if a.code == 0 || a.out != "" || !strings.Contains(a.err, c.said) {
				t.Errorf("%+v, want %q", a, c.said)
			}
			same(t, before, snapshot(t, vol))
		})
	}
	t.Setenv(front.SpecEnv, nowhere)
	berth(t, "heal").wants(t, 125, "", nowhere)
}

func TestAPlanSaysWhichOwnersAreLookedAtWhen(t *testing.T) {
	for _, c := range []struct {
		about string
		rep   boot.Report
		want  string
	}{
		{"before the start", boot.Report{Look: &boot.Look{When: boot.Before, Why: "the volume is small\n"}}, "all owners are looked at before the start: the volume is small\n"},
		{"behind it", boot.Report{Look: &boot.Look{When: boot.Behind, Why: "all was right"}}, "owners are looked at behind the services, but for what must be right before the start: all was right\n"},
		{"a step behind it", boot.Report{Steps: []boot.Step{{Verb: "chown", Target: "a", Why: "so", Behind: true}}, Count: 1}, "so, behind the services\n"},
		{"a step that stands for many", boot.Report{Steps: []boot.Step{{Verb: "chown", Target: "a", Count: 1200}}, Count: 1200}, "a (1200 entries)"},
		{"a step that stands for many, counted", boot.Report{Steps: []boot.Step{{Verb: "chown", Target: "a", Count: 1200}}, Count: 1200}, "a boot would make 1200 steps\n"},
	} {
		t.Run(c.about, func(t *testing.T) {
			var out strings.Builder
			s := &session{out: &out}
			s.table(c.rep, "a boot would make ")
			if !strings.Contains(strings.ReplaceAll(out.String(), "\n    \n", "\n"), c.want) {
				t.Errorf("it shows\n%s\nwant %q", out.String(), c.want)
			}
		})
	}
}
