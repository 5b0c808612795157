package spec

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawService draws a service that a spec may say: whatever it is, it can be written down and read back.
func drawService(t *rapid.T, name string, others []string) Service {
	s := with(plainService("run", Text(name)), func(*Service) {})
	maybe := func(what string) bool { return rapid.Bool().Draw(t, name+" has "+what) }
	number := func(what string, low, high int) int { return rapid.IntRange(low, high).Draw(t, name+" "+what) }
	length := func(what string, low time.Duration) Duration {
		return Duration(time.Duration(number(what, int(low/time.Millisecond), int(maxDuration/time.Millisecond))) * time.Millisecond)
	}
	if maybe("switches") {
		s.Enabled, s.IfSet, s.IfUnset = "${A:-yes}", []string{"B", "C"}, []string{"D"}
	}
	for _, other := range others {
		switch number("waits for "+other, 0, 3) {
		case 0:
			s.Requires = append(s.Requires, other)
		case 1:
			s.After = append(s.After, other)
		}
	}
	s.Failure = rapid.SampledFrom([]OnFailed{FailedIgnore, FailedEnd}).Draw(t, name+" fails")
	s.Stop.Signal = rapid.SampledFrom(signals()).Draw(t, name+" stops by")
	s.Stop.KillGroup = maybe("a group to kill")
	if maybe("a time to stop") {
		s.Stop.Timeout = length("stops in", time.Millisecond)
	}
	if maybe("final codes") {
		s.Restart.FinalCodes = []int{number("final code", 0, 100)}
	}
	drawLimits(t, name, &s.Limits)
	if maybe("a log") {
		s.Log = plainLog("logs/" + name)
		s.Log.Keep, s.Log.Size = number("keeps", 0, 1000), Size(number("size", 1, 1<<30))
		s.Log.Stamp = rapid.SampledFrom([]Stamp{StampSeconds, StampMillis, StampMicros}).Draw(t, name+" stamp")
		s.Log.Compress = rapid.SampledFrom([]Compression{CompressNone, CompressZstd}).Draw(t, name+" packs")
		s.Log.Flood = Flood{rapid.SampledFrom([]FloodPolicy{FloodPass, FloodSample}).Draw(t, name+" flood"), number("lines", 1, 1_000_000)}
	}
	if maybe("an end") {
		s.Kind = KindTask
		s.Retry = Retry{number("tries", 0, 1000), length("tries after", time.Millisecond)}
		switch number("schedule", 0, 2) {
		case 0:
			s.Schedule = &Schedule{Every: length("every", time.Second)}
		case 1:
			s.Schedule = &Schedule{Cron: fmt.Sprintf("%d %d * * *", number("minute", 0, 59), number("hour", 0, 23))}
		}
		return s
	}
	s.Restart.Policy = rapid.SampledFrom([]RestartPolicy{RestartAlways, RestartOnFailure, RestartNever}).Draw(t, name+" policy")
	s.Restart.AtOnceCodes = []int{number("at-once code", 101, 255)}
	s.Restart.HoldMax, s.Restart.Stable = length("holds", time.Millisecond), length("stable", time.Millisecond)
	s.Restart.Limit = number("limit", 0, 1000)
	drawQuestions(t, name, &s)
	switch number("reload", 0, 2) {
	case 0:
		s.Reload = &Reload{Signal: rapid.SampledFrom(reloadSignals()).Draw(t, name+" reloads by")}
	case 1:
		s.Reload = &Reload{Command: []Text{"tell", "${A}"}}
	}
	return s
}

func drawQuestions(t *rapid.T, name string, s *Service) {
	r := plainReady()
	r.Timeout = Duration(rapid.IntRange(1, 1000).Draw(t, name+" ready in")) * Duration(time.Second)
	r.OnTimeout = rapid.SampledFrom([]OnTimeout{TimeoutFail, TimeoutGoOn}).Draw(t, name+" verdict")
	s.Ready = &r
	switch rapid.IntRange(0, 7).Draw(t, name+" ready by") {
	case 0:
		r.TCP = "[::1]:80"
	case 1:
		r.HTTP = "http://localhost/${A}"
	case 2:
		r.Exec = []Text{"ask", ""}
	case 3:
		r.Log = "^ready (at|on) .*$"
	case 4:
		r.File = "/run/ready"
	case 5:
		r.FD = rapid.IntRange(3, 255).Draw(t, name+" fd")
	case 6:
		r.Notify = true
	default:
		s.Ready = nil
	}
	h := plainHealth()
	h.Timeout = Duration(rapid.IntRange(100, 86_400_000).Draw(t, name+" answers in")) * Duration(time.Millisecond)
	h.Period = max(h.Timeout, Duration(rapid.IntRange(100, 86_400_000).Draw(t, name+" is asked every"))*Duration(time.Millisecond))
	h.Threshold = rapid.IntRange(1, 100).Draw(t, name+" threshold")
	h.Action = rapid.SampledFrom([]HealthAction{HealthRestart, HealthReport}).Draw(t, name+" action")
	s.Health = &h
	switch rapid.IntRange(0, 3).Draw(t, name+" asked by") {
	case 0:
		h.TCP = "80"
	case 1:
		h.HTTP = "http://[::1]:80/?a=b"
	case 2:
		h.Exec = []Text{"ask"}
	default:
		s.Health = nil
	}
}

func drawLimits(t *rapid.T, name string, l *Limits) {
	l.User = rapid.SampledFrom([]string{"", "www-data", "33:33", "root"}).Draw(t, name+" user")
	l.NoNewPrivs = rapid.Bool().Draw(t, name+" gains nothing")
	if rapid.Bool().Draw(t, name+" umask") {
		l.Umask = Mode{rapid.Uint32Range(0, 0o777).Draw(t, name+" mask"), true}
	}
	if rapid.Bool().Draw(t, name+" numbers") {
		nice, score := rapid.IntRange(-20, 19).Draw(t, name+" nice"), rapid.IntRange(-1000, 1000).Draw(t, name+" score")
		l.Nice, l.OOMScoreAdj = &nice, &score
	}
	if rapid.Bool().Draw(t, name+" bound") {
		l.Capabilities = rapid.SliceOfN(rapid.SampledFrom(capabilities()), 0, 4).Draw(t, name+" keeps")
	}
	v := reflect.ValueOf(l).Elem()
	for i := range v.NumField() {
		r, ok := reflect.TypeAssert[*Rlimit](v.Field(i).Addr())
		if !ok || !rapid.Bool().Draw(t, name+v.Type().Field(i).Name) {
			continue
		}
		amount := rapid.OneOf(rapid.Just(uint64(Unlimited)), rapid.Uint64Range(0, 1<<63-1))
		a, b := amount.Draw(t, name+" a"), amount.Draw(t, name+" b")
		*r = Rlimit{min(a, b), max(a, b), true}
	}
}

// written gives a value as YAML in flow style, by the tags: a second way from the types to the language.
func written(v reflect.Value, rule string) string {
	switch p := v.Interface().(type) {
	case Mode:
		return strconv.Quote(p.String())
	case Duration:
		return p.String()
	case Size:
		return fmt.Sprintf("%dB", p)
	case Rlimit:
		one := func(n uint64) string {
			switch {
			case n == Unlimited:
				return "unlimited"
			case rule == "bytes" && n > 0:
				return fmt.Sprintf("%dB", n)
			}
			return fmt.Sprint(n)
		}
		return strconv.Quote(one(p.Soft) + ":" + one(p.Hard))
	}
	switch v.Kind() {
	case reflect.Pointer:
		return written(v.Elem(), rule)
	case reflect.String:
		return strconv.Quote(v.String())
	case reflect.Slice:
		var items []string
		for i := range v.Len() {
			items = append(items, written(v.Index(i), rule))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case reflect.Struct:
		var pairs []string
		for i := range v.NumField() {
			f := v.Type().Field(i)
			said := !v.Field(i).IsZero()
			if d := f.Tag.Get("default"); d != "" {
				said = fmt.Sprint(v.Field(i).Interface()) != d
			}
			if said {
				pairs = append(pairs, f.Tag.Get("yaml")+": "+written(v.Field(i), f.Tag.Get("is")))
			}
		}
		return "{" + strings.Join(pairs, ", ") + "}"
	default:
		return fmt.Sprint(v.Interface())
	}
}

// TestWhatIsWrittenIsRead: any services that make sense can be said, and mean what they say. The schema takes them too.
func TestWhatIsWrittenIsRead(t *testing.T) {
	schema := theSchema(t)
	rapid.Check(t, func(t *rapid.T) {
		want := map[string]Service{}
		var names []string
		var text strings.Builder
		text.WriteString("version: 1\nservices:\n")
		for i := range rapid.IntRange(1, 4).Draw(t, "services") {
			name := fmt.Sprintf("s%d", i)
			want[name] = drawService(t, name, names)
			names = append(names, name)
			s := written(reflect.ValueOf(want[name]), "")
			if want[name].Kind == KindTask { // only what differs from the defaults is written, and these aren't a task's
				s = strings.ReplaceAll(s, `, hold-max: 1m0s, stable: 1m0s`, "")
				s = strings.ReplaceAll(s, `restart: {hold-max: 1m0s, stable: 1m0s}, `, "")
			} else {
				s = strings.ReplaceAll(s, `retry: {}, `, "")
			}
			fmt.Fprintf(&text, "  %s: %s\n", name, s)
		}
		s, complaints := one(text.String())
		if complaints != nil {
			t.Fatalf("%s%s", text.String(), said(complaints))
		}
		if diff := cmp.Diff(want, s.Services); diff != "" {
			t.Fatalf("%s(-want +got):\n%s", text.String(), diff)
		}
		value, err := inYAML(text.String())
		if err != nil {
			t.Fatal(err)
		}
		if wrong := validate(schema, value, ""); wrong != nil {
			t.Fatalf("%s%v", text.String(), wrong)
		}
	})
}
