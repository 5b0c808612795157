package hermes

import (
	"slices"
	"strings"
	"testing"
)

func TestFill(t *testing.T) {
	f := form{verb: "profile create", switches: []string{"--clone"}, values: []string{"--from"}, operands: []string{"NAME"}}
	for _, c := range []struct {
		line    string
		mistake string
		on      string
		value   string
		operand string
	}{
		{"x", "", "", "", "x"},
		{"--clone x", "", "--clone", "", "x"},
		{"x --clone --from y", "", "--clone --from", "y", "x"},
		{"--from=y x", "", "--from", "y", "x"},
		{"-- --clone", "", "", "", "--clone"},
		{"-", "", "", "", "-"},
		{"", "NAME is missing", "", "", ""},
		{"x y", `unexpected word "y"`, "", "", ""},
		{"--clon x", `unknown flag "--clon"`, "", "", ""},
		{"--clone=1 x", "unknown flag", "", "", ""},
		{"x --from", "--from lacks its value", "", "", ""},
	} {
		got, err := f.fill(strings.Fields(c.line))
		if c.mistake != "" {
			if err == nil || !strings.Contains(err.Error(), c.mistake) {
				t.Errorf("%q: %v", c.line, err)
			}
			continue
		}
		if err != nil || strings.Join(got.on, " ") != c.on || got.value["--from"] != c.value || !slices.Equal(got.operands, []string{c.operand}) {
			t.Errorf("%q: %+v, %v", c.line, got, err)
		}
	}
	if got := f.usage(); got != "hermes profile create [--clone] [--from FROM] NAME" {
		t.Error(got)
	}
	if f, err := f.fill([]string{""}); err != nil || f.operands[0] != "" {
		t.Errorf("an empty operand: %+v, %v", f, err)
	}
}
