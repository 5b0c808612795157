package cli

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/front"
)

// shown gives a report as a table for people.
func shown(rep boot.Report) string {
	var b strings.Builder
	(&session{out: &b, voice: front.DefaultVoice()}).table(rep, "a boot would make ")
	return b.String()
}

// harmless fails where a text could move a cursor.
func harmless(t tester, text string) {
	t.Helper()
	for _, r := range text {
		if r != '\n' && unicode.IsControl(r) || r >= '\u2028' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			t.Fatalf("%q holds %q", text, r)
		}
	}
}

func TestTable(t *testing.T) {
	for _, c := range []struct {
		about string
		rep   boot.Report
		want  string
	}{
		{"nothing to do", boot.Report{}, "a boot would make 0 steps\n"},
		{"one step", boot.Report{Steps: []boot.Step{{Phase: "seeds", Verb: "create", Target: "a", After: "0644 1:1", Why: "it is absent"}}}, "" +
			"PHASE  STEP    TARGET  CHANGE    WHY\n" +
			"seeds  create  a       0644 1:1  it is absent\n" +
			"a boot would make 1 step\n"},
		{"before, after and both; columns as wide as the widest", boot.Report{Steps: []boot.Step{
			{Phase: "stale", Verb: "remove", Target: "gateway.pid", Before: "12", Why: "it is stale"},
			{Phase: "ownership", Verb: "chown", Target: "logs", Before: "0:0", After: "1:1", Why: "it is listed"},
			{Phase: "x", Verb: "y", Target: "Grüße", Why: "z"},
		}}, "" +
			"PHASE      STEP    TARGET       CHANGE      WHY\n" +
			"stale      remove  gateway.pid  12 ->       it is stale\n" +
			"ownership  chown   logs         0:0 -> 1:1  it is listed\n" +
			"x          y       Grüße                    z\n" +
			"a boot would make 3 steps\n"},
		{"notes, less those that the steps tell", boot.Report{Notes: []boot.Note{
			{Phase: "seeds", Level: boot.Changed, Text: "Seeded 1 file"},
			{Phase: "seeds", Level: boot.Warning, Text: "a seed is missing", Hint: "put it there"},
			{Phase: "hooks", Level: boot.Info, Text: "a hook runs"},
			{Phase: "modes", Level: boot.Refusal, Text: "chmod .env: no"},
		}}, "" +
			"warning: seeds: a seed is missing\nhint: put it there\ninfo: hooks: a hook runs\nrefusal: modes: chmod .env: no\n" +
			"a boot would make 0 steps\n"},
		{"more steps than were kept", boot.Report{Count: 1234}, "a boot would make 1234 steps\n"},
		{"a failure", boot.Report{Error: "open volume: gone"}, "" +
			"failure: open volume: gone\na boot would make 0 steps\n"},
	} {
		t.Run(c.about, func(t *testing.T) {
			if d := cmp.Diff(c.want, shown(c.rep)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// Whatever texts a report holds, its table moves no cursor, has as many rows as there are steps and as many lines as
// there are notes: what a name adds to them is indented and passes for none.
func TestTableOfHostileTexts(t *testing.T) {
	hostile := rapid.OneOf(
		rapid.SampledFrom([]string{
			"", "plain", "\x1b[2K", "\n", "a\nseeds  create  b", "\nwarning: seeds: c\n", "\r\v\f\b\x00", "\t\t", "\xff\xfe\xff", "\u009b31m",
			"\u2028\u202e\u2066", "\n\nfailure: none", "\na boot would make 0 steps",
		}),
		rapid.String(),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
	)
	rapid.Check(t, func(t *rapid.T) {
		rep := boot.Report{Error: hostile.Draw(t, "error")}
		for range rapid.IntRange(0, 4).Draw(t, "steps") {
			rep.Steps = append(rep.Steps, boot.Step{
				Phase: "seeds", Verb: "create", Target: hostile.Draw(t, "target"),
				Before: hostile.Draw(t, "before"), After: hostile.Draw(t, "after"), Why: hostile.Draw(t, "why"),
			})
		}
		for range rapid.IntRange(0, 3).Draw(t, "notes") {
			rep.Notes = append(rep.Notes, boot.Note{Phase: "seeds", Level: boot.Warning, Text: hostile.Draw(t, "text"), Hint: hostile.Draw(t, "hint")})
		}
		text := shown(rep)
		harmless(t, text)
		got := map[string]int{}
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "    ") {
				continue
			}
			first, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			got[first]++
		}
		want := map[string]int{"a": 1}
		expect := func(first string, n int) {
			if n > 0 {
				want[first] += n
			}
		}
		expect("PHASE", min(1, len(rep.Steps)))
		expect("seeds", len(rep.Steps))
		expect("warning:", len(rep.Notes))
		for _, n := range rep.Notes {
			expect("hint:", min(1, len(n.Hint)))
		}
		expect("failure:", min(1, len(rep.Error)))
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("lines by their first word (-want +got):\n%s\nin\n%q", d, text)
		}
		if end := "\na boot would make " + count(len(rep.Steps), "step") + "\n"; !strings.HasSuffix("\n"+text, end) {
			t.Fatalf("%q doesn't end with %q", text, end)
		}
	})
}

// What is asked for as JSON comes back whole.
func TestJSONIsTheReport(t *testing.T) {
	rep := boot.Report{
		Format: boot.Format, Number: 3, Time: time.Date(2024, 2, 29, 23, 59, 59, 5, time.UTC), Steps: []boot.Step{{Target: "<a>\x1b\n&\u2028"}},
		Notes: []boot.Note{}, Outcome: boot.Prepared,
	}
	var b strings.Builder
	if err := (&session{out: &b}).json(rep); err != nil {
		t.Fatal(err)
	}
	harmless(t, b.String())
	if d := cmp.Diff(rep, report(t, b.String())); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
