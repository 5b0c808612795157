package hermes

import (
	"bytes"
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/profile"
)

// channel says whether a variable is about a channel by which people reach a gateway. Two gateways with one bot's token
// throw each other out of the line, again and again.
func channel(name string) bool {
	for _, prefix := range []string{
		"BLUEBUBBLES_", "DINGTALK_", "DISCORD_", "EMAIL_", "FEISHU_", "HASS_", "LARK_", "LINE_", "MATRIX_", "MATTERMOST_", "QQ_",
		"SIGNAL_", "SLACK_", "SMS_", "TEAMS_", "TELEGRAM_", "TWILIO_", "WECOM_", "WEIXIN_", "WHATSAPP_",
	} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return strings.HasSuffix(name, "_BOT_TOKEN")
}

// withoutChannels drops the lines that set channels' variables, unless they are to stay, and the port, which two can't
// have. What it dropped it names, once each. Every other byte stays.
func withoutChannels(data []byte, port string, keep bool) (out []byte, gone []string) {
	drop := func(name string) bool { return !keep && channel(name) || port != "" && name == port }
	var quote byte // an open quote: the value goes on, and so does what becomes of it
	dropping := false
	for line := range bytes.Lines(data) {
		if quote != 0 {
			if bytes.IndexByte(line, quote) >= 0 {
				quote = 0
			}
			if !dropping {
				out = append(out, line...)
			}
			continue
		}
		name, value, ok := profile.Assignment(line)
		dropping = ok && drop(name)
		if ok {
			quote = openQuote(line, value)
		}
		if !dropping {
			out = append(out, line...)
			continue
		}
		if !slices.Contains(gone, name) {
			gone = append(gone, name)
		}
	}
	return out, gone
}

// openQuote gives the quote that a line begins a value with and doesn't close, or 0.
func openQuote(line []byte, value string) byte {
	if value == "" || value[0] != '"' && value[0] != '\'' {
		return 0
	}
	_, rest, _ := bytes.Cut(line, []byte("="))
	rest = bytes.TrimSpace(rest)
	if len(rest) > 0 && rest[0] == value[0] && bytes.IndexByte(rest[1:], value[0]) < 0 {
		return value[0]
	}
	return 0
}
