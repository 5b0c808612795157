package native

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestReadTakesTheProfileFromAnywhere(t *testing.T) {
	want := Words{Profile: "x", Named: true, Verb: "gateway", Rest: []string{"start", "--force"}}
	for _, line := range []string{
		"-p x gateway start --force", "gateway start --force -p x", "gateway -p x start --force", "--profile=x gateway start --force",
		"-p y gateway start -px --force", "gateway start --profile x --force",
	} {
		got, ok := Read(strings.Fields(line))
		if d := cmp.Diff(want, got); d != "" || !ok {
			t.Errorf("%s: %v %s", line, ok, d)
		}
	}
	got, _ := Read([]string{"gateway", "start", "--", "-p", "x"})
	if got.Named || !slices.Equal(got.Rest, []string{"start", "--", "-p", "x"}) {
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
		want, args := Words{Verb: "gateway"}, []string{}
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
				want.Profile, want.Named = n, true
			}
		}
		flags()
		args = append(args, "gateway")
		for range rapid.IntRange(0, 4).Draw(t, "rest") {
			flags()
			w := plain.Draw(t, "word")
			args, want.Rest = append(args, w), append(want.Rest, w)
		}
		flags()
		got, ok := Read(args)
		if d := cmp.Diff(want, got); !ok || d != "" {
			t.Fatalf("%q: %v %s", args, ok, d)
		}
	})
}
