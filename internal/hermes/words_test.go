package hermes

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestReadTakesTheProfileFromAnywhere(t *testing.T) {
	want := words{profile: "x", named: true, verb: "gateway", rest: []string{"start", "--force"}}
	for _, line := range []string{
		"-p x gateway start --force", "gateway start --force -p x", "gateway -p x start --force", "--profile=x gateway start --force",
		"-p y gateway start -px --force", "gateway start --profile x --force",
	} {
		got, ok := read(strings.Fields(line))
		if d := cmp.Diff(want, got, cmp.AllowUnexported(words{})); d != "" || !ok {
			t.Errorf("%s: %v %s", line, ok, d)
		}
	}
	got, _ := read([]string{"gateway", "start", "--", "-p", "x"})
	if got.named || !slices.Equal(got.rest, []string{"start", "--", "-p", "x"}) {
		t.Errorf("behind --: %+v", got)
	}
}

// Wherever the profile stands: the last one counts, and no other word is changed, lost or made up.
func TestReadLaw(t *testing.T) {
	name := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"gateway", "-p", "--", ""}))
	plain := rapid.Custom(func(t *rapid.T) string {
		return rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"start", "--all", "-h", ""})).Filter(func(w string) bool {
			return w != "--" && w != "--profile" && !strings.HasPrefix(w, "-p") && !strings.HasPrefix(w, "--profile=")
		}).Draw(t, "word")
	})
	rapid.Check(t, func(t *rapid.T) {
		want, args := words{verb: "gateway"}, []string{}
		flags := func() {
			for range rapid.IntRange(0, 2).Draw(t, "flags") {
				n := name.Draw(t, "name")
				switch form := rapid.IntRange(0, 3).Draw(t, "form"); {
				case form == 0:
					args = append(args, "-p", n)
				case form == 1:
					args = append(args, "--profile", n)
				case form == 2:
					args = append(args, "--profile="+n)
				case n == "":
					continue // -p alone takes the next word
				default:
					args = append(args, "-p"+n)
				}
				want.profile, want.named = n, true
			}
		}
		flags()
		args = append(args, "gateway")
		for range rapid.IntRange(0, 4).Draw(t, "rest") {
			flags()
			w := plain.Draw(t, "word")
			args, want.rest = append(args, w), append(want.rest, w)
		}
		flags()
		got, ok := read(args)
		if d := cmp.Diff(want, got, cmp.AllowUnexported(words{})); !ok || d != "" {
			t.Fatalf("%q: %v %s", args, ok, d)
		}
	})
}

func TestFill(t *testing.T) {
	f := form{verb: "profile create", switches: []string{"--clone"}, values: []string{"--from"}, operands: []string{"NAME"}}
	for _, c := range []struct {
		line    string
		mistake string
		on      string
		value   string
		operand string
	}{
		{"x", "", "", "", "x"},
		{"--clone x", "", "--clone", "", "x"},
		{"x --clone --from y", "", "--clone --from", "y", "x"},
		{"--from=y x", "", "--from", "y", "x"},
		{"-- --clone", "", "", "", "--clone"},
		{"-", "", "", "", "-"},
		{"", "NAME is missing", "", "", ""},
		{"x y", `unexpected word "y"`, "", "", ""},
		{"--clon x", `unknown flag "--clon"`, "", "", ""},
		{"--clone=1 x", "unknown flag", "", "", ""},
		{"x --from", "--from lacks its value", "", "", ""},
	} {
		got, err := f.fill(strings.Fields(c.line))
		if c.mistake != "" {
			if err == nil || !strings.Contains(err.Error(), c.mistake) {
				t.Errorf("%q: %v", c.line, err)
			}
			continue
		}
		if err != nil || strings.Join(got.on, " ") != c.on || got.value["--from"] != c.value || !slices.Equal(got.operands, []string{c.operand}) {
			t.Errorf("%q: %+v, %v", c.line, got, err)
		}
	}
	if got := f.usage(); got != "hermes profile create [--clone] [--from FROM] NAME" {
		t.Error(got)
	}
	if f, err := f.fill([]string{""}); err != nil || f.operands[0] != "" {
		t.Errorf("an empty operand: %+v, %v", f, err)
	}
}
