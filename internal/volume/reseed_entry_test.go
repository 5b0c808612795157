package volume

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Only what provably is later replaces a session: an app whose zone is another one writes other digits.
func TestTimesAreComparedAcrossZones(t *testing.T) {
	for _, c := range []struct {
		old, seed string
		newer     bool
	}{
		{"2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z", true},
		{"2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z", false},
		{"2026-01-02T03:04:05Z", "2026-01-02T03:04:05+00:00", false},
		{"2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05.000001+00:00", true},
		{"2026-01-02T03:04:05Z", "2026-01-02T04:04:05+02:00", false}, // an hour before
		{"2026-01-02T04:04:05+02:00", "2026-01-02T03:04:05Z", true},
		{"2026-01-02T03:04:05Z", "2026-01-02 03:04:06+0000", true},
		{"2026-01-02T03:04:05Z", "2026-01-02T03:04:06+00", true},
		{"2026-01-02T03:04:05", "2026-01-02T03:04:05Z", false}, // without a zone it is UTC
		{"2026-01-02T03:04:05", "2026-01-02T03:04:05.1Z", true},
		{"2026-01-02T03:04:05Z", "tomorrow", false},
		{"2026-01-02T03:04:05Z", "", false},
		{"then", "2026-01-02T03:04:05Z", false},
		{"", "2026-01-02T03:04:05Z", false},
		{"2026-13-45T03:04:05Z", "2026-01-02T03:04:05Z", false},
	} {
		old, seed := fmt.Sprintf(`{"t":"x","at":%q}`, c.old), fmt.Sprintf(`{"t":"y","at":%q}`, c.seed)
		got := judge(sessions(), []byte(old), []byte(seed))
		if (got == newer) != c.newer || got != newer && got != notTerminal {
			t.Errorf("%s after %s: %s", c.seed, c.old, got)
		}
	}
	if _, ok := timeOf(json.RawMessage("1767323045")); ok {
		t.Error("a number was taken for a time: of what unit?")
	}
	if at, ok := timeOf(json.RawMessage(`"2026-01-02T03:04:05"`)); !ok || !at.Equal(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)) {
		t.Errorf("it is %v, %v", at, ok)
	}
}

// A session is over when only a login helps and nothing is left to go on with.
func TestWhatIsOver(t *testing.T) {
	for entry, want := range map[string]outcome{
		`{"err":{"login":true}}`:                 reseeded,
		`{"err":{"login":true},"t":"","r":null}`: reseeded,
		`{"err":{"login":1},"t":""}`:             reseeded,
		`{"err":{"login":"yes"}}`:                reseeded,
		`{"err":{"login":true},"t":"x"}`:         notTerminal,
		`{"err":{"login":true},"r":"x"}`:         notTerminal,
		`{"err":{"login":false}}`:                notTerminal,
		`{"err":{"login":0},"t":""}`:             notTerminal,
		`{"err":{"login":""}}`:                   notTerminal,
		`{"err":{"login":null}}`:                 notTerminal,
		`{"err":{}}`:                             notTerminal,
		`{"err":true}`:                           notTerminal,
		`{"err":null,"t":""}`:                    notTerminal,
		`{}`:                                     notTerminal,
		`null`:                                   notTerminal,
		`[]`:                                     notTerminal,
		`"over"`:                                 notTerminal,
		`{"err":{"login":false},"err":{"login":true}}`:    reseeded, // the last one counts
		`{"err":{"login":true},"err":{"login":false}}`:    notTerminal,
		`{"err":{"login":true},"t":"x","t":""}`:           reseeded,
		`{"err":{"login":true,"code":"\ud83d"},"t":null}`: reseeded,
	} {
		if got := judge(sessions(), []byte(entry), []byte(`{"t":"y"}`)); got != want {
			t.Errorf("%s is %s, want %s", entry, got, want)
		}
	}
}

func TestWhichSeedsAreGood(t *testing.T) {
	const good = `{"id":"me","t":"x","r":"y"}`
	for value, want := range map[string]string{
		good:                       "",
		" " + good + "\n":          "",
		`{"p":{"n":` + good + `}}`: "",
		`{"v":1,"p":{"o":{},"n":` + good + `},"x":[]}`:      "",
		`{"id":"me","t":"x","r":"y","err":null}`:            "",
		`{"id":"me","t":"x","r":"y","err":{"login":false}}`: "",
		`{"id":"me","t":"x","r":"y","err":{"login":true}}`:  "it is terminal itself: it has err.login",
		`{"id":"me","t":"x","r":"y","err":{"login":"x"}}`:   "it is terminal itself",
		`{"id":"you","t":"x","r":"y"}`:                      `id is not "me"`,
		`{"t":"x","r":"y"}`:                                 `id is not "me"`,
		`{"id":["me"],"t":"x","r":"y"}`:                     `id is not "me"`,
		`{"id":"me","t":"x"}`:                               "it has no r",
		`{"id":"me","t":"  ","r":"y"}`:                      "it has no t",
		`{"id":"me","t":1,"r":"y"}`:                         "it has no t",
		`{"p":{"n":{"id":"you"}}}`:                          `id is not "me"`,
		`{"p":{"n":null}}`:                                  "it is no JSON object",
		`{"p":{"n":"s3cret"}}`:                              "it is no JSON object",
		`{}`:                                                `id is not "me"`,
		`"s3cret"`:                                          "it is no JSON object",
		`[` + good + `]`:                                    "it is no JSON object",
		`null`:                                              "it is no JSON object",
		`{"s3cret`:                                          "it is not JSON",
		good + good:                                         "it is not JSON",
		`s3cret`:                                            "it is not JSON",
		"\ufeff" + good:                                     "it is not JSON",
		strings.Repeat("[", 20_000):                         "it is not JSON",
	} {
		got, err := newEntry(sessions(), value)
		switch {
		case want == "" && (err != nil || strings.TrimSpace(string(got)) != strings.TrimSpace(good) && !strings.Contains(value, "err")):
			t.Errorf("%s gives %s, %v", value, got, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret")):
			t.Errorf("%.60s gives %v, want %q", value, err, want)
		}
	}
}

// What stands beside an entry is other logins: numbers that no float holds, keys that nobody knows, spaces, an order.
func TestOnlyTheEntryChanges(t *testing.T) {
	const seed = ` { "t" : "new", "n":1e400 ,"e":{ } } `
	for _, c := range []struct{ about, doc, want string }{
		{"on one line", `{"z":1,"p":{"o":{"big":12345678901234567890.10},"n":{"t":"old"}},"a":[1, 2]}`, `{"z":1,"p":{"o":{"big":12345678901234567890.10},"n":{"t":"new","n":1e400,"e":{}}},"a":[1, 2]}`},
		{"indented by two", "{\n  \"p\": {\n    \"n\": {\n      \"t\": \"old\"\n    },\n    \"o\":   1.0\n  }\n}\n", "{\n  \"p\": {\n    \"n\": {\n      \"t\": \"new\",\n      \"n\": 1e400,\n      \"e\": {}\n    },\n    \"o\":   1.0\n  }\n}\n"},
		{"indented by a tab", "{\n\t\"p\": {\n\t\t\"n\": null\n\t}\n}", "{\n\t\"p\": {\n\t\t\"n\": {\n\t\t\t\"t\": \"new\",\n\t\t\t\"n\": 1e400,\n\t\t\t\"e\": {}\n\t\t}\n\t}\n}"},
		{"lines without indents", "{\n\"p\":{\n\"n\":{}}}", "{\n\"p\":{\n\"n\":{\"t\":\"new\",\"n\":1e400,\"e\":{}}}}"},
		{"keys twice: the last one counts", `{"p":{"n":1},"p":{"n":2,"n":3}}`, `{"p":{"n":1},"p":{"n":2,"n":{"t":"new","n":1e400,"e":{}}}}`},
		{"an escaped key", `{"p":{"\u006e" : 0}}`, `{"p":{"\u006e" : {"t":"new","n":1e400,"e":{}}}}`},
		{"a number", `{"p":{"n":17 , "x":1}}`, `{"p":{"n":{"t":"new","n":1e400,"e":{}} , "x":1}}`},
		{"its key as a text", `{"a":"\"p\":{\"n\":1}","p":{"n":true}}`, `{"a":"\"p\":{\"n\":1}","p":{"n":{"t":"new","n":1e400,"e":{}}}}`},
	} {
		from, to, err := locate([]byte(c.doc), []string{"p", "n"})
		if err != nil {
			t.Errorf("%s: %v", c.about, err)
			continue
		}
		if got := string(replaced([]byte(c.doc), from, to, 2, []byte(seed))); got != c.want {
			t.Errorf("%s:\n%s\nbecame\n%s\nwant\n%s", c.about, c.doc, got, c.want)
		}
	}
	for doc, want := range map[string]error{
		`{}`: errNoKey, `{"p":{}}`: errNoKey, `{"p":[]}`: errNoKey, `{"p":null}`: errNoKey, `{"p":"n"}`: errNoKey, `{"p.n":{}}`: errNoKey,
		`[]`: errNotObject, `null`: errNotObject, `1`: errNotObject, ``: errNotJSON, `{"p":{"n":1}`: errNotJSON, `{"p":{"n":NaN}}`: errNotJSON, `{} {}`: errNotJSON,
	} {
		if _, _, err := locate([]byte(doc), []string{"p", "n"}); !errors.Is(err, want) {
			t.Errorf("%q gives %v, want %v", doc, err, want)
		}
	}
}

// Whatever the document: the entry becomes the new one, and the bytes before and behind are what they were.
func TestLawAllElseIsKept(t *testing.T) {
	space := rapid.SampledFrom([]string{"", " ", "\n", "\n  ", "\t", "\r\n    "})
	scalar := rapid.SampledFrom([]string{"0", "-1.50", "1e999", `"p"`, `"\\\" n"`, "true", "null", `"é\u2028"`, "[]", "{}", "12345678901234567890"})
	key := rapid.SampledFrom([]string{`"p"`, `"n"`, `"\u0070"`, `"o"`, `""`})
	var value func(depth int) *rapid.Generator[string]
	value = func(depth int) *rapid.Generator[string] {
		return rapid.Custom(func(t *rapid.T) string {
			if depth == 0 || rapid.IntRange(0, 2).Draw(t, "deep") == 0 {
				return scalar.Draw(t, "scalar")
			}
			var b strings.Builder
			b.WriteString("{")
			for i := range rapid.IntRange(0, 4).Draw(t, "members") {
				if i > 0 {
					b.WriteString(space.Draw(t, "s") + ",")
				}
				b.WriteString(space.Draw(t, "s") + key.Draw(t, "key") + space.Draw(t, "s") + ":" + space.Draw(t, "s") + value(depth-1).Draw(t, "value"))
			}
			return b.String() + space.Draw(t, "s") + "}"
		})
	}
	found := 0
	rapid.Check(t, func(t *rapid.T) {
		doc := []byte(space.Draw(t, "s") + value(3).Draw(t, "doc") + space.Draw(t, "s"))
		from, to, err := locate(doc, []string{"p", "n"})
		var whole map[string]json.RawMessage
		var inner map[string]json.RawMessage
		want := json.Unmarshal(doc, &whole) == nil && json.Unmarshal(whole["p"], &inner) == nil && inner["n"] != nil
		if (err == nil) != want {
			t.Fatalf("%s: %v, want found %v", doc, err, want)
		}
		if err != nil {
			return
		}
		found++
		if !bytes.Equal(doc[from:to], inner["n"]) {
			t.Fatalf("%s: found %q, want %q", doc, doc[from:to], inner["n"])
		}
		out := replaced(doc, from, to, 2, []byte(`{"t":[1,{"x":2}]}`))
		if !bytes.HasPrefix(out, doc[:from]) || !bytes.HasSuffix(out, doc[to:]) || !json.Valid(out) {
			t.Fatalf("%s became %s", doc, out)
		}
		a, b, err := locate(out, []string{"p", "n"})
		var c bytes.Buffer
		if err != nil || json.Compact(&c, out[a:b]) != nil || c.String() != `{"t":[1,{"x":2}]}` {
			t.Fatalf("%s became %s, which holds %s, %v", doc, out, c.String(), err)
		}
	})
	if found == 0 {
		t.Error("no document had the entry")
	}
}
