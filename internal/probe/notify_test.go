package probe

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestMessages(t *testing.T) {
	for _, c := range []struct {
		name, data string
		want       Message
	}{
		{"ready", "READY=1", Message{Ready: true}},
		{"ready, with a line's end", "READY=1\n", Message{Ready: true}},
		{"ready, with its string's end", "READY=1\x00", Message{Ready: true}},
		{"ready with a status", "READY=1\nSTATUS=serving 3 requests\n", Message{Ready: true, Status: "serving 3 requests", HasStatus: true}},
		{"a status may hold the sign", "STATUS=a=b", Message{Status: "a=b", HasStatus: true}},
		{"an empty status takes it back", "STATUS=", Message{HasStatus: true}},
		{"a status for a terminal is made harmless", "STATUS=\x1b[2J\xff\u2028x", Message{Status: "?[2J??x", HasStatus: true}},
		{"reloading, as systemd wants it", "RELOADING=1\nMONOTONIC_USEC=123", Message{Reloading: true}},
		{"stopping", "STOPPING=1", Message{Stopping: true}},
		{"the last word counts", "READY=1\nREADY=0", Message{}},
		{"anything but 1 is no", "READY=yes\nSTOPPING=", Message{}},
		{"words are exact", "ready=1\n READY=1\nREADY =1", Message{}},
		{"what isn't known is skipped", "MAINPID=1\nFDSTORE=1\nWATCHDOG=1\nnonsense\n=\nREADY=1", Message{Ready: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseMessage([]byte(c.data))
			ok(t, err)
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
	for data, why := range map[string]string{
		"": "empty", "\n\n": "empty", "\x00": "empty", "READY=1\x00\nx": "zero byte", strings.Repeat("x", MostMessage+1): "longer than 4096 bytes",
	} {
		_, err := ParseMessage([]byte(data))
		says(t, err, "read notify message: ", why)
	}
	long, err := ParseMessage([]byte("STATUS=" + strings.Repeat("é", 1000)))
	ok(t, err)
	if len(long.Status) > mostWords+len("…") || !utf8.ValidString(long.Status) {
		t.Errorf("a status of %d bytes", len(long.Status))
	}
}

func FuzzMessage(f *testing.F) {
	f.Add([]byte("READY=1\nSTATUS=x\n"))
	f.Add([]byte("RELOADING=1\x00"))
	f.Add([]byte("STATUS=\xff\n=\n\nSTOPPING=1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ParseMessage(data)
		if err != nil && m != (Message{}) {
			t.Fatalf("%+v beside %v", m, err)
		}
		if len(m.Status) > mostWords+len("…") || !utf8.ValidString(m.Status) || strings.ContainsAny(m.Status, "\n\r\x1b\x00") {
			t.Fatalf("a status of %q", m.Status)
		}
		if m.Ready && !strings.Contains(string(data), "READY=1") {
			t.Fatalf("%q is no READY=1", data)
		}
	})
}
