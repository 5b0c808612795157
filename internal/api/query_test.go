package api

import (
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What a client encodes the server decodes.
func TestAQueryArrivesAsItWasAsked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(rapid.StringMatching(`[a-zé0-9&=%+ ;#-]{1,12}`), 0, 4)
		want := LogsQuery{
			Slots: names.Draw(t, "slots"), Lines: rapid.IntRange(0, maxTail).Draw(t, "lines"), Follow: rapid.Bool().Draw(t, "follow"),
			Since: time.Unix(rapid.Int64Range(1, 1<<33).Draw(t, "since"), 5).UTC(),
		}
		if len(want.Slots) == 0 {
			want.Slots = nil
		}
		values, err := url.ParseQuery(encodeQuery(want).Encode())
		if err != nil {
			t.Fatal(err)
		}
		var got LogsQuery
		if err := decodeQuery(values, &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, want %+v: %v", got, want, err)
		}
	})
}

func TestQueriesAreStrict(t *testing.T) {
	for _, c := range []struct {
		name, query string
		want        string // in the error; empty is none
	}{
		{"nothing", "", ""},
		{"everything", "slot=a&slot=b&lines=5&since=2026-01-01T00:00:00Z&follow=true", ""},
		{"yes in another word", "follow=1", ""},
		{"a name nobody knows", "folow=true", "doesn't know"},
		{"a number that is none", "lines=ten", "value of lines"},
		{"a number too large for a word", "lines=99999999999999999999", "value of lines"},
		{"a time that is none", "since=yesterday", "value of since"},
		{"two where one is taken", "lines=1&lines=2", "value of lines"},
		{"yes that is none", "follow=maybe", "value of follow"},
		{"an empty value", "lines=", "value of lines"},
	} {
		t.Run(c.name, func(t *testing.T) {
			values, err := url.ParseQuery(c.query)
			if err != nil {
				t.Fatal(err)
			}
			err = decodeQuery(values, &LogsQuery{})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Error(err)
			}
		})
	}
}

func TestNamesThatCanBe(t *testing.T) {
	for name, want := range map[string]bool{
		"web": true, "gateway-default": true, "Größe": true, "a.b_c@d:e": true, strings.Repeat("a", maxName): true,
		"": false, ".": false, "..": false, "a/b": false, "a b": false, "a\n": false, "a\x00": false, "\xff": false, "a\u202eb": false,
		strings.Repeat("a", maxName+1): false,
	} {
		if got := plausible(name); got != want {
			t.Errorf("%q can be a name: %v", name, got)
		}
	}
}
