package api

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The hand-written bytes are encoding/json's own, for any value.
func TestAStatusIsWrittenAsTheLibraryWould(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "web", "a<b>&c", "\u2028", "\xff", `"\`, "\x7f"}))
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		at := time.Unix(rapid.Int64Range(-60_000_000_000, 250_000_000_000).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanos"))
		if rapid.Bool().Draw(t, "zone") {
			return at.In(time.FixedZone("", 60*rapid.IntRange(-800, 800).Draw(t, "offset")))
		}
		return at.UTC()
	})
	service := rapid.Custom(func(t *rapid.T) Service {
		s := Service{
			Name: text.Draw(t, "name"), State: text.Draw(t, "state"), Desired: text.Draw(t, "desired"), Pid: rapid.Int().Draw(t, "pid"),
			Since: moment.Draw(t, "since"), Restarts: rapid.Int().Draw(t, "restarts"), Ready: rapid.Bool().Draw(t, "ready"),
			Healthy: rapid.Ptr(rapid.Bool(), true).Draw(t, "healthy"), HoldUntil: rapid.Ptr(moment, true).Draw(t, "hold"),
			Verdict: text.Draw(t, "verdict"), Why: text.Draw(t, "why"),
		}
		if rapid.Bool().Draw(t, "ended") {
			s.LastExit = &Exit{Code: rapid.Int().Draw(t, "code"), Signal: text.Draw(t, "signal")}
		}
		return s
	})
	rapid.Check(t, func(t *rapid.T) {
		st := Status{Services: rapid.SliceOfN(service, 0, 3).Draw(t, "services")}
		if st.Services == nil {
			st.Services = []Service{}
		}
		want, err := json.Marshal(st)
		if err != nil {
			t.Skip("the library can't write it: ", err)
		}
		if got := st.append(nil); string(got) != string(want) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

// A clock that is far off must not cost the answer.
func TestATimeThatCantBeWrittenIsNull(t *testing.T) {
	far := time.Date(12345, 1, 1, 0, 0, 0, 0, time.UTC)
	st := Status{Services: []Service{{Name: "web", Since: far, HoldUntil: &far}}}
	var got map[string]any
	if err := json.Unmarshal(st.append(nil), &got); err != nil {
		t.Error(err)
	}
}
