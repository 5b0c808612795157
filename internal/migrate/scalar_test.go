package migrate

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// What an app's parser of YAML 1.1 sees decides what a step does.
func TestResolve(t *testing.T) {
	for text, want := range map[string]kind{
		"": null, "~": null, "null": null, "Null": null, "NULL": null, "nULL": odd + 100,
		"yes": boolean, "On": boolean, "OFF": boolean, "true": boolean, "False": boolean, "y": odd + 100, "tRue": odd + 100,
		"1": integer, "-1": integer, "+1": integer, "0": integer, "017": integer, "0b11": integer, "0xfF": integer, "1_000": integer, "1:30": integer, "190:20:30": integer,
		"1.5": odd, "1e3": odd, ".5": odd, ".inf": odd, "2024-01-02": odd, "-": odd, "--1": odd, "09": odd, "1:99": odd, "0x": odd, "-x": odd, "<<": odd, "=": odd, "1a": odd,
		"a": odd + 100, "/x": odd + 100, "é": odd + 100, "_": odd + 100, "nan": odd + 100,
	} {
		if want == odd+100 {
			want = 3 // text
		}
		if got := resolve(text); got != want {
			t.Errorf("%q is %d, want %d", text, got, want)
		}
	}
	for text, want := range map[string]int{
		"1": 1, "-17": -17, "017": 15, "0b101": 5, "0x1F": 31, "-0x10": -16, "1_0": 10, "1:30": 90, "-1:00": -60, "0": 0, "99999999999999999999": math.MaxInt64, "0_3": 3,
	} {
		if got, ok := number(text); got != want || !ok {
			t.Errorf("%q is %d, %v, want %d", text, got, ok, want)
		}
	}
}

func TestMeans(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"15", "017", true},
		{"15", "16", false},
		{"15", "'15'", false},
		{"yes", "true", true},
		{"on", "off", false},
		{"'yes'", "yes", false},
		{"a", "'a'", true},
		{"a", "A", false},
		{"", "~", true},
		{"''", "~", false},
		{"[a]", "['a']", true},
		{"[a]", "[b]", false},
		{"{a: 1}", "{a: 1}", true},
		{"1.5", "1.5", true},
		{"1.5", "'1.5'", true},
		{"!x a", "a", false},
	} {
		if got := means(literal(t, c.a), literal(t, c.b)); got != c.want {
			t.Errorf("%s and %s: %v", c.a, c.b, got)
		}
	}
}

// TestQuotedLaw: whatever a string is, it is written so that it is read as that string, in brackets too.
func TestQuotedLaw(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z0-9:# ,\[\]{}'"\\-]{0,12}`), rapid.SampledFrom([]string{
			"yes", "n", "null", "~", "1", "1:2", "a: b", "a #b", " a", "a ", "- a", "? a", "a:", "<<", "=", "---", "\t", "\u0085", "\u2028", "\ufeff", "é", "%a", "@a", "`a", "!a", "&a", "*a", "|", ">",
		})).Draw(rt, "s")
		v := newText(s)
		for _, text := range []string{"k: " + v.inline(), "k: {x: " + v.inFlow() + ", y: 1}", "k: [" + v.inFlow() + "]", v.inline() + ": 1"} {
			d, err := parse([]byte(text))
			if err != nil {
				rt.Fatalf("%q: %v", text, err)
			}
			at := d.value.items[0]
			switch at.kind {
			case mapping, list:
				at = at.items[0]
			case integer:
				at = d.value.keys[0]
			default:
			}
			if at.kind != v.kind || at.text != s {
				rt.Fatalf("%q became %q: %+v", s, text, at)
			}
		}
	})
}
