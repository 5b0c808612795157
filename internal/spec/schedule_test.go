package spec

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestNext(t *testing.T) {
	at := func(s string) time.Time {
		when, err := time.Parse("2006-01-02 15:04:05", s)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	for _, c := range []struct {
		about    string
		schedule Schedule
		after    string
		want     string
	}{
		{"a length of time", Schedule{Every: Duration(90 * time.Second)}, "2026-03-01 12:00:00", "2026-03-01 12:01:30"},
		{"each minute", Schedule{Cron: "* * * * *"}, "2026-03-01 12:00:30", "2026-03-01 12:01:00"},
		{"the minute that has just begun is over", Schedule{Cron: "* * * * *"}, "2026-03-01 12:00:00", "2026-03-01 12:01:00"},
		{"every five minutes", Schedule{Cron: "*/5 * * * *"}, "2026-03-01 12:03:00", "2026-03-01 12:05:00"},
		{"over midnight", Schedule{Cron: "30 4 * * *"}, "2026-03-01 12:00:00", "2026-03-02 04:30:00"},
		{"on weekdays, from a Saturday", Schedule{Cron: "30 4 * * mon-fri"}, "2026-02-28 12:00:00", "2026-03-02 04:30:00"},
		{"a day or a weekday", Schedule{Cron: "0 0 13 * FRI"}, "2026-03-01 12:00:00", "2026-03-06 00:00:00"},
		{"over the end of a year", Schedule{Cron: "0 0 1 jan *"}, "2026-03-01 12:00:00", "2027-01-01 00:00:00"},
		{"on a leap day", Schedule{Cron: "0 0 29 2 *"}, "2026-03-01 12:00:00", "2028-02-29 00:00:00"},
		{"hourly", Schedule{Cron: "@hourly"}, "2026-03-01 12:00:01", "2026-03-01 13:00:00"},
		{"daily", Schedule{Cron: "@daily"}, "2026-03-01 12:00:00", "2026-03-02 00:00:00"},
		{"weekly", Schedule{Cron: "@weekly"}, "2026-03-02 12:00:00", "2026-03-08 00:00:00"},
		{"monthly", Schedule{Cron: "@monthly"}, "2026-03-01 12:00:00", "2026-04-01 00:00:00"},
		{"yearly", Schedule{Cron: "@yearly"}, "2026-03-01 12:00:00", "2027-01-01 00:00:00"},
	} {
		t.Run(c.about, func(t *testing.T) {
			if got := c.schedule.Next(at(c.after)); !got.Equal(at(c.want)) {
				t.Errorf("it is due at %v, want %v", got, c.want)
			}
			if c.schedule.Cron != "" {
				if e := checkCron(c.schedule.Cron); e != nil {
					t.Errorf("Read refuses it: %v", e)
				}
			}
		})
	}
	if got := (&Schedule{Cron: "nonsense"}).Next(at("2026-03-01 12:00:00")); !got.IsZero() {
		t.Errorf("what Read refuses is due at %v", got)
	}
}

func TestNextIsInTheZoneOfTheQuestion(t *testing.T) {
	zone := time.FixedZone("east", 5*3600+1800)
	got := (&Schedule{Cron: "30 4 * * *"}).Next(time.Date(2026, 3, 1, 12, 0, 0, 0, zone))
	if want := time.Date(2026, 3, 2, 4, 30, 0, 0, zone); !got.Equal(want) || got.Location() != zone {
		t.Errorf("it is due at %v, want %v", got, want)
	}
}

// TestCronLaw draws expressions from what a person may write: what passes is due, later than asked, and at a minute's
// start; what doesn't has a place in the text and a hint.
func TestCronLaw(t *testing.T) {
	item := func(low, high int) *rapid.Generator[string] {
		return rapid.Custom(func(t *rapid.T) string {
			a, b := rapid.IntRange(low-1, high+1).Draw(t, "a"), rapid.IntRange(low, high).Draw(t, "b")
			switch rapid.IntRange(0, 4).Draw(t, "form") {
			case 0:
				return "*"
			case 1:
				return fmt.Sprintf("*/%d", b)
			case 2:
				return fmt.Sprintf("%d-%d", a, b)
			case 3:
				return fmt.Sprintf("%d,%d", a, b)
			default:
				return fmt.Sprint(a)
			}
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join([]string{
			item(0, 59).Draw(t, "minute"), item(0, 23).Draw(t, "hour"), item(1, 31).Draw(t, "day"), item(1, 12).Draw(t, "month"),
			item(0, 6).Draw(t, "weekday"),
		}, " ")
		after := time.Unix(rapid.Int64Range(1_600_000_000, 2_000_000_000).Draw(t, "after"), 0).UTC()
		e := checkCron(s)
		if e != nil {
			if e.at < 0 || e.at > len(s) || e.hint == "" || e.what == "" {
				t.Fatalf("%q is refused at %d: %q, hint %q", s, e.at, e.what, e.hint)
			}
			return
		}
		due := (&Schedule{Cron: s}).Next(after)
		if !due.After(after) || due.Second() != 0 || due.Sub(after) > 9*366*24*time.Hour {
			t.Fatalf("%q after %v is due at %v", s, after, due)
		}
	})
}

func TestCheckCronOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`(TZ=|CRON_TZ=|@)?[-0-9*/, a-zA-Z@=?]{0,20}`).Draw(t, "text")
		if e := checkCron(s); e != nil && (e.at < 0 || e.at > len(s) || e.hint == "") {
			t.Fatalf("%q is refused at %d: %v", s, e.at, e)
		}
	})
}

func TestTheCaretIsBelowTheField(t *testing.T) {
	for _, c := range []struct {
		in string
		at int
	}{
		{"60 * * * *", 0},
		{"* 24 * * *", 2},
		{"1 1 1 13 *", 6},
		{"1 1 1 1 1,7", 8},
		{"  5   24 * * *", 6},
		{"11 1 111 1 1", 5},
		{"* * * * * ?", 10},
		{strings.Repeat("1,", 300), 0},
	} {
		if e := checkCron(c.in); e == nil || e.at != c.at {
			t.Errorf("%q: got %+v, want the place %d", c.in, e, c.at)
		}
	}
}
