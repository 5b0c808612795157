package spec

import (
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Schedule says when a task runs again and again: Every or Cron is there.
type Schedule struct {
	Every Duration `yaml:"every" doc:"the time from one run to the next" min:"1s" max:"24h"`
	Cron  string   `yaml:"cron" doc:"minute, hour, day of the month, month and day of the week, or @hourly, @daily, @weekly, @monthly, @yearly; in the container's time zone (TZ)" is:"cron"`
}

// Next gives the first time after the given one at which the task is due, in that one's time zone.
func (s *Schedule) Next(after time.Time) time.Time {
	if s.Every > 0 {
		return after.Add(time.Duration(s.Every))
	}
	due, err := cronParser().Parse(s.Cron)
	if err != nil {
		return time.Time{} // Read lets none pass
	}
	return due.Next(after)
}

// cronParser knows the five fields and the words; @every is refused before, because every says that.
func cronParser() cron.Parser {
	return cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)
}

// A cronField is one of the five, with its values as people know them.
type cronField struct {
	what, values string
	parser       cron.Parser
}

func cronFields() []cronField {
	return []cronField{
		{"a minute", "0 to 59", cron.NewParser(cron.Minute)},
		{"an hour", "0 to 23", cron.NewParser(cron.Hour)},
		{"a day of the month", "1 to 31", cron.NewParser(cron.Dom)},
		{"a month", "1 to 12, or jan to dec", cron.NewParser(cron.Month)},
		{"a day of the week", "0 (Sunday) to 6, or sun to sat", cron.NewParser(cron.Dow)},
	}
}

// maxCron bounds an expression; the longest that says something new has some hundreds of characters.
const maxCron = 400

// checkCron finds the first mistake in a cron expression. What the parser is never shown is more than letters, digits
// and the marks of the language: release 3.0.1 panics on "TZ=" without a blank.
func checkCron(s string) *textError {
	const form = "write minute, hour, day of the month, month and day of the week: 30 4 * * mon"
	if len(s) > maxCron {
		return &textError{0, quote(s) + " is too long for a cron expression", "use steps and ranges: */5, 1-5"}
	}
	if strings.HasPrefix(s, "@") {
		return checkCronWord(s)
	}
	if i := strings.IndexFunc(s, notCron); i >= 0 {
		hint := form
		if strings.HasPrefix(s, "TZ=") || strings.HasPrefix(s, "CRON_TZ=") {
			hint = "the container's time zone holds: set TZ there"
		}
		return &textError{i, quote(firstRune(s[i:])) + " stands in no cron expression", hint}
	}
	words := strings.Fields(s)
	fields := cronFields()
	if len(words) != len(fields) {
		return &textError{0, quote(s) + " is no cron expression of five fields", form}
	}
	at := 0
	for i, f := range fields {
		at += strings.Index(s[at:], words[i])
		if slices.Contains(strings.Split(words[i], ","), "") {
			return &textError{at, quote(words[i]) + " has an empty item", "put one comma between two items"}
		}
		if _, err := f.parser.Parse(words[i]); err != nil {
			return &textError{at, quote(words[i]) + " is not " + f.what, "the values are " + f.values + "; lists 1,2, ranges 1-5, steps */5"}
		}
		at += len(words[i])
	}
	due, err := cronParser().Parse(s)
	if err != nil {
		return &textError{0, quote(s) + " is no cron expression", form}
	}
	// From a year before a leap year: what is due on no day of five years is due on none.
	if due.Next(time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return &textError{0, quote(s) + " is never due", "that month has no such day"}
	}
	return nil
}

func checkCronWord(s string) *textError {
	known := []string{"@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"}
	switch {
	case slices.Contains(known, s):
		return nil
	case strings.HasPrefix(s, "@every"):
		return &textError{0, quote(s) + " is a length of time", "say every: 1h instead"}
	case s == "@reboot":
		return &textError{0, quote(s) + " is no time", "a task without a schedule runs once at each start of the container"}
	}
	return &textError{0, quote(s) + " is no time", meant(s, known)}
}

// notCron says that a cron expression has no such character.
func notCron(r rune) bool {
	return r != ' ' && !strings.ContainsRune(smallAndDigits+capitals+"*/,-", r)
}

func firstRune(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}
