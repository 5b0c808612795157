package hermes

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/profile"
)

func TestWithoutChannels(t *testing.T) {
	for _, c := range []struct {
		about, data, want, gone string
		keep                    bool
	}{
		{"nothing to drop", "A=b\n# TELEGRAM_BOT_TOKEN=x\n", "A=b\n# TELEGRAM_BOT_TOKEN=x\n", "", false},
		{"a token", "A=b\nTELEGRAM_BOT_TOKEN=x\nC=d", "A=b\nC=d", "TELEGRAM_BOT_TOKEN", false},
		{"with export and blanks", " export  DISCORD_BOT_TOKEN = 'x' # y\nC=d\n", "C=d\n", "DISCORD_BOT_TOKEN", false},
		{"everything of a channel", "SLACK_APP_TOKEN=x\nSLACK_HOME=y\nWHATSAPP_ENABLED=true\n", "", "SLACK_APP_TOKEN SLACK_HOME WHATSAPP_ENABLED", false},
		{"a bot of a channel nobody knows", "NEW_BOT_TOKEN=x\n", "", "NEW_BOT_TOKEN", false},
		{"what only sounds so", "MY_TELEGRAM_BOT=x\nTELEGRAMS=1\nBOT_TOKEN_X=1\n", "MY_TELEGRAM_BOT=x\nTELEGRAMS=1\nBOT_TOKEN_X=1\n", "", false},
		{"twice is told once", "EMAIL_PASSWORD=x\nEMAIL_PASSWORD=y\n", "", "EMAIL_PASSWORD", false},
		{"a value over several lines", "SIGNAL_KEY=\"a\nb\nc\"\nD=\"e\nTELEGRAM_X=f\"\n", "D=\"e\nTELEGRAM_X=f\"\n", "SIGNAL_KEY", false},
		{"lines that end as on Windows", "A=b\r\nTELEGRAM_X=y\r\nC=d\r\n", "A=b\r\nC=d\r\n", "TELEGRAM_X", false},
		{"the port goes in any case", "API_SERVER_PORT=1\nTELEGRAM_X=y\n", "TELEGRAM_X=y\n", "API_SERVER_PORT", true},
		{"an empty file", "", "", "", false},
	} {
		got, gone := withoutChannels([]byte(c.data), "API_SERVER_PORT", c.keep)
		if string(got) != c.want || strings.Join(gone, " ") != c.gone {
			t.Errorf("%s: %q without %q", c.about, got, gone)
		}
	}
}

// Of single lines: no channel's assignment is left, and every other line is, in its order.
func TestWithoutChannelsLaw(t *testing.T) {
	line := rapid.OneOf(
		rapid.StringMatching(`(export )?(TELEGRAM_|SLACK_|)[A-Z]{1,4}(_BOT_TOKEN)? ?= ?[a-z#' "]{0,6}`), rapid.StringMatching(`#.{0,5}`), rapid.Just(""),
	)
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOf(line).Draw(t, "lines")
		lines = slices.DeleteFunc(lines, func(l string) bool { return strings.ContainsAny(l, "\r\n") })
		data := []byte(strings.Join(lines, "\n"))
		got, gone := withoutChannels(data, "", false)
		kept, _ := withoutChannels(data, "", true)
		if !bytes.Equal(kept, data) {
			t.Fatalf("nothing was to go of %q, and left is %q", data, kept)
		}
		if len(gone) == 0 && !bytes.Equal(got, data) {
			t.Fatalf("nothing went of %q, and left is %q", data, got)
		}
		if strings.Contains(string(data), `"`) || strings.Contains(string(data), "'") {
			return // a quote may hold lines that are none
		}
		for l := range bytes.Lines(got) {
			if name, _, ok := profile.Assignment(l); ok && channel(name) {
				t.Fatalf("%q is left", l)
			}
		}
	})
}
