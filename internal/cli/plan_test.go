package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/front"
)

// fresh is the rest of a spec that wants something of any volume.
const fresh = "  dirs: [logs]\nseed:\n  - {path: hello.txt, content: \"hello\\n\"}\n"

// onVolume gives the steps that are not about the accounts of the machine that runs the tests.
func onVolume(steps []boot.Step) []boot.Step {
	return slices.DeleteFunc(slices.Clone(steps), func(s boot.Step) bool { return strings.HasPrefix(s.Target, "/etc/") })
}

func report(t *testing.T, text string) boot.Report {
	t.Helper()
	var rep boot.Report
	if err := json.Unmarshal([]byte(text), &rep); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return rep
}

// squeezed gives the lines of a table with one space between its cells.
func squeezed(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		all = append(all, strings.Join(strings.Fields(line), " "))
	}
	return all
}

func TestPlan(t *testing.T) {
	uid, gid := app()
	app := fmt.Sprintf("%d:%d", uid, gid)
	for _, c := range []struct {
		about string
		there bool
	}{
		{"a volume that is there", true},
		{"a volume whose directory a boot would make", false},
	} {
		t.Run(c.about, func(t *testing.T) {
			top := t.TempDir()
			vol := filepath.Join(top, "vol")
			var want []boot.Step
			if c.there {
				mkdir(t, vol)
			} else {
				want = append(want, boot.Step{Phase: "directory", Target: vol, Verb: "mkdir", After: "0755", Why: "the volume's directory is missing"})
			}
			if uid != os.Geteuid() {
				want = append(want, boot.Step{Phase: "take", Target: vol, Verb: "chown", Before: "0:0", After: app, Why: "the volume belongs to the app's user"})
			}
			want = append(want,
				boot.Step{Phase: "directories", Target: "logs", Verb: "mkdir", After: "0755 " + app, Why: "the spec lists it"},
				boot.Step{Phase: "seeds", Target: "hello.txt", Verb: "create", After: "0644 " + app, Why: "it is absent; seeded from the spec"})
			image(t, vol, fresh)
			before := append(snapshot(t, top), snapshot(t, "/etc/passwd")...)

			a := berth(t, "plan", "--json")
			rep := report(t, a.out)
			a.wants(t, 0, "{\n  \"format\": 1,\n", "")
			if d := cmp.Diff(want, onVolume(rep.Steps)); d != "" {
				t.Errorf("steps (-want +got):\n%s", d)
			}
			if rep.Outcome != boot.Planned || rep.Number != 1 || rep.Volume != vol || rep.App != "tester" || rep.Version != front.Version() || rep.Count != len(rep.Steps) {
				t.Errorf("the report is %+v", rep)
			}

			// The table says the same, step by step.
			a = berth(t, "plan")
			a.wants(t, 0, "PHASE", "")
			lines := []string{"PHASE STEP TARGET CHANGE WHY"}
			for _, s := range rep.Steps {
				lines = append(lines, strings.Join([]string{s.Phase, s.Verb, s.Target, change(s), s.Why}, " "))
			}
			lines = append(lines, fmt.Sprintf("a boot would make %d steps", len(rep.Steps)))
			if d := cmp.Diff(lines, squeezed(a.out)); d != "" {
				t.Errorf("table (-want +got):\n%s", d)
			}

			coded := berth(t, "plan", "--exit-code")
			coded.wants(t, 3, a.out, "")
			berth(t, "plan", "--json", "--exit-code").wants(t, 3, "\"outcome\": \"planned\"\n}\n", "")
			same(t, before, append(snapshot(t, top), snapshot(t, "/etc/passwd")...))
		})
	}
}

// A volume that is as the spec wants it needs no step, and --exit-code says so by 0.
func TestPlanOfAVolumeThatIsRight(t *testing.T) {
	uid, gid := app()
	vol := mkdir(t, filepath.Join(t.TempDir(), "vol"))
	for _, path := range []string{vol, mkdir(t, vol+"/logs"), put(t, vol+"/hello.txt", "hello\n")} {
		if err := os.Chown(path, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	image(t, vol, fresh)
	right := func() {
		berth(t, "plan", "--exit-code").wants(t, 0, "a boot would make 0 steps\n", "")
		a := berth(t, "plan", "--exit-code", "--json")
		a.wants(t, 0, "\"steps\": [],\n", "")
		if rep := report(t, a.out); rep.Outcome != boot.Planned || rep.Count != 0 {
			t.Errorf("the report is %+v", rep)
		}
	}
	if os.Geteuid() != 0 {
		right()
		return
	}
	mounted(t, func() { // accounts as the image of such a volume has them
		put(t, "/etc/passwd", fmt.Sprintf("root:x:0:0::/root:/bin/sh\napp:x:%d:%d::/:/bin/sh\n", uid, gid))
		put(t, "/etc/group", fmt.Sprintf("root:x:0:\napp:x:%d:\n", gid))
		right()
	}, func() error { return unix.Mount("tmpfs", "/etc", "tmpfs", 0, "mode=755") })
}

// What would end a boot ends its plan with the same code. A table says it beside the steps, JSON says nothing besides.
func TestPlanOfABootThatWouldFail(t *testing.T) {
	for _, c := range []struct {
		about     string
		volume    func(t *testing.T, top string) string
		env       string
		code      int
		said, tip string
	}{
		{
			"a file in the volume's place", func(t *testing.T, top string) string { return put(t, top+"/vol", "keep me") }, "", 125,
			"it is a file, not a directory", "mount a directory",
		},
		{"a link in the volume's place", func(t *testing.T, top string) string {
			if err := os.Symlink(mkdir(t, top+"/real"), top+"/vol"); err != nil {
				t.Fatal(err)
			}
			return top + "/vol"
		}, "", 125, "it is a symbolic link to", "name the directory that the link leads to"},
		{"a system directory", func(*testing.T, string) string { return "/etc" }, "", 125, "it is a system directory", "such as /data"},
		{"a choice that is none", func(_ *testing.T, top string) string { return top + "/vol" }, "maybe", 125, "BERTH_OTHER_USERS", "set it to"},
	} {
		t.Run(c.about, func(t *testing.T) {
			top := t.TempDir()
			image(t, c.volume(t, top), fresh)
			t.Setenv("BERTH_OTHER_USERS", c.env)
			before := snapshot(t, top)
			a := berth(t, "plan", "--exit-code")
			a.wants(t, c.code, "failure: ", "\nberth: hint: ")
			a.wants(t, c.code, c.said, c.said)
			a.wants(t, c.code, "\na boot would make ", c.tip)
			a = berth(t, "plan", "--json", "--exit-code")
			a.wants(t, c.code, "{", "")
			if rep := report(t, a.out); rep.Outcome != boot.Failed || !strings.Contains(rep.Error, c.said) || !strings.Contains(rep.Hint, c.tip) {
				t.Errorf("the report is %+v", rep)
			}
			same(t, before, snapshot(t, top))
		})
	}
}

func TestPlanWithABadSpecIsNoPlan(t *testing.T) {
	name := put(t, filepath.Join(t.TempDir(), "berth.yaml"), bad)
	t.Setenv(front.SpecEnv, name)
	for _, word := range []string{"plan", "boot"} {
		a := berth(t, word, "--json")
		a.wants(t, 125, "", name+":4:8: user.uid: ")
		a.wants(t, 125, "", "berth: read spec "+name+": 3 mistakes\nberth: hint: correct it and try `berth check "+name+"`\n")
	}
}

// A name on the volume is the app's, and is told to people.
func TestPlanTellsHostileNames(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: nobody else would change the owner of a file that the app named")
	}
	vol := mkdir(t, filepath.Join(t.TempDir(), "vol"))
	mkdir(t, vol+"/logs")
	for _, name := range []string{"a\nownership  chown  b", "\x1b[2K\r", "\xff\xfe", "\u202egpj.exe", "\u009b31m"} {
		put(t, vol+"/logs/"+name, "")
	}
	image(t, vol, "  own: {trees: [logs]}\n")
	a := berth(t, "plan")
	a.wants(t, 0, "logs/?[2K?  ", "")
	harmless(t, a.out)
	if n := strings.Count(a.out, "\nownership "); n != 6 {
		t.Errorf("%d rows tell of an owner, want 6:\n%s", n, a.out)
	}
	if rep := report(t, berth(t, "plan", "--json").out); len(onVolume(rep.Steps)) != 7 {
		t.Errorf("the report has the steps %+v", rep.Steps)
	}
}
