package measure

import (
	"errors"
	"strings"
	"testing"
)

func TestTheMedianIsTheMiddle(t *testing.T) {
	for name, c := range map[string]struct {
		values []float64
		want   float64
		known  bool
	}{
		"of nothing there is none":               {nil, 0, false},
		"of one value it is that":                {[]float64{3}, 3, true},
		"of an odd number the one in the middle": {[]float64{9, 1, 5}, 5, true},
		"of an even number the mean of the two":  {[]float64{4, 1, 2, 100}, 3, true},
		"one that is far out moves nothing":      {[]float64{1, 1, 1, 1, 9999}, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, known := Median(c.values)
			if got != c.want || known != c.known {
				t.Errorf("Median(%v) = %v, %v, want %v, %v", c.values, got, known, c.want, c.known)
			}
		})
	}
}

func TestTheMedianLeavesItsValuesInTheirOrder(t *testing.T) {
	values := []float64{3, 1, 2}
	Median(values)
	if values[0] != 3 || values[1] != 1 || values[2] != 2 {
		t.Errorf("the values are %v now", values)
	}
}

func TestATableHasRowsAndColumnsInTheirOrder(t *testing.T) {
	table := Table{Columns: []string{"berth", "floor"}}
	table.Add("start (ms)", "floor", 2)
	table.Add("start (ms)", "berth", 4)
	table.Add("start (ms)", "berth", 3)
	table.Add("stop of all (ms)", "berth", 1234.4)
	table.Add("stop of all (ms)", "other", 56.78)
	var b strings.Builder
	if err := table.Print(&b, "what"); err != nil {
		t.Fatal(err)
	}
	want := `what              berth  floor  other
start (ms)         3.50   2.00      -
stop of all (ms)   1234      -   56.8
`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

func TestARatioNeedsBothAndNoZero(t *testing.T) {
	var table Table
	table.Add("a", "berth", 6)
	table.Add("a", "floor", 3)
	table.Add("b", "berth", 6)
	table.Add("b", "floor", 0)
	if r, ok := table.Ratio("a", "berth", "floor"); !ok || r != 2 {
		t.Errorf("6 and 3: %v, %v", r, ok)
	}
	for _, row := range []string{"b", "c"} {
		if r, ok := table.Ratio(row, "berth", "floor"); ok {
			t.Errorf("row %s gives %v", row, r)
		}
	}
}

func TestATargetIsKeptOrMissed(t *testing.T) {
	for name, c := range map[string]struct {
		target Target
		said   string
		missed bool
	}{
		"the most that will do will do": {Target{Want: 2, Got: 2, Known: true, Unit: " ms"}, "2.00 ms  <= 2 ms  kept", false},
		"beyond it it is missed":        {Target{Want: 2, Got: 2.004, Known: true}, "<= 2  MISSED", true},
		"the least that will do":        {Target{Want: 7, Got: 7, Known: true, Least: true}, ">= 7  kept", false},
		"below it it is missed":         {Target{Want: 7, Got: 6.9, Known: true, Least: true}, "MISSED", true},
		"a wish may be missed":          {Target{Want: 1, Got: 5, Known: true, Aim: true}, "MISSED (a wish)", false},
		"what wasn't measured counts":   {Target{Want: 1}, "not measured", true},
		"a slow machine has more time":  {Target{Want: 2, Got: 5.9, Known: true, Unit: " ms", Slow: 3}, "<= 2 ms x 3.0 kept", false},
		"but not any":                   {Target{Want: 2, Got: 6.1, Known: true, Slow: 3}, "<= 2 x 3.0 MISSED", true},
		"a quick one has no less":       {Target{Want: 2, Got: 1.9, Known: true, Slow: 0.5}, "<= 2 kept", false},
		"the least isn't less for that": {Target{Want: 7, Got: 6, Known: true, Least: true, Slow: 3}, ">= 7 MISSED", true},
		"a wish may stay unmeasured":    {Target{Want: 1, Aim: true}, "not measured (a wish)", false},
	} {
		t.Run(name, func(t *testing.T) {
			c.target.What = "it"
			var b strings.Builder
			err := Judge(&b, []Target{c.target})
			if errors.Is(err, ErrMissed) != c.missed {
				t.Errorf("Judge gives %v, want missed: %v", err, c.missed)
			}
			if lines := strings.Split(b.String(), "\n"); !strings.Contains(strings.Join(strings.Fields(lines[1]), " "), strings.Join(strings.Fields(c.said), " ")) {
				t.Errorf("it says %q, want %q", lines[1], c.said)
			}
		})
	}
}

func TestAMachineIsSlowerByWhatItsFloorNeeds(t *testing.T) {
	for name, c := range map[string]struct{ floor, usual, want float64 }{
		"three times":                  {3, 1, 3},
		"a little is noise":            {1.2, 1, 1},
		"a quicker one isn't slower":   {0.5, 1, 1},
		"without a floor it isn't":     {0, 1, 1},
		"without what is usual either": {3, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Slower(c.floor, c.usual); got != c.want {
				t.Errorf("Slower(%v, %v) = %v, want %v", c.floor, c.usual, got, c.want)
			}
		})
	}
}

func TestANumberKeepsThreeDigits(t *testing.T) {
	for v, want := range map[float64]string{0.123: "0.12", 9.99: "9.99", 12.34: "12.3", 123.4: "123", 4567: "4567"} {
		if got := Short(v); got != want {
			t.Errorf("Short(%v) = %s, want %s", v, got, want)
		}
	}
}
