package front

import (
	"encoding/json"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/door"
	"github.com/berth-init/berth/internal/spec"
)

// FormatEnv is the variable that chooses how berth speaks: text or json.
const FormatEnv = door.FormatEnv

// A Voice tells people, on stderr, what berth does: lines of text, or the same as JSON, one object a line.
type Voice struct {
	write func(line []byte)
	json  bool

	mu    sync.Mutex
	drawn bool       // a bar stands on the terminal
	lined time.Time  // when a long duty was last heard of; zero: there is none
	width func() int // of the terminal, 0 where there is none; nil: nobody asked yet
}

// NewVoice makes a voice of a format: text or json; anything else is an error and speaks text. An empty format asks
// the environment.
func NewVoice(format string) (*Voice, error) {
	from := "--log-format"
	if format == "" {
		format, from = os.Getenv(FormatEnv), FormatEnv
	}
	v := &Voice{write: func(line []byte) { writeBounded(2, line) }, json: format == "json"}
	if !door.Speaks(format) {
		return v, boot.Failf(2, "say text or json", "read %s: unknown format %q", from, format)
	}
	return v, nil
}

// DefaultVoice is the voice that the environment asks for; a bad wish is told and text it is.
func DefaultVoice() *Voice {
	v, err := NewVoice("")
	if err != nil {
		v.Tell(boot.Note{Level: boot.Warning, Text: err.Error(), Hint: boot.HintFor(err)})
	}
	return v
}

// line is the JSON form of what is told.
type line struct {
	Time   string `json:"time"`
	Level  string `json:"level"`
	Phase  string `json:"phase,omitempty"`
	Text   string `json:"text"`
	Hint   string `json:"hint,omitempty"`
	Target string `json:"target,omitempty"`
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	Code   int    `json:"code,omitempty"`
	Done   int64  `json:"done,omitempty"` // entries
	Total  int64  `json:"total,omitempty"`
	Rate   int64  `json:"rate,omitempty"` // entries a second
	Left   int64  `json:"left,omitempty"` // seconds
}

// Tell tells a note.
func (v *Voice) Tell(n boot.Note) {
	if n.Bar != nil {
		v.show(n)
		return
	}
	v.say(line{Level: string(n.Level), Phase: n.Phase, Text: n.Text, Hint: n.Hint, Target: n.Target})
}

// Complain tells a mistake in a spec: where, what, the line with a caret, what to do.
func (v *Voice) Complain(c spec.Complaint) {
	if v.json {
		v.say(line{Level: "error", Text: c.Text, Hint: c.Hint, File: c.File, Line: c.Line, Column: c.Column})
		return
	}
	hint := ""
	if c.Hint != "" {
		hint, c.Hint = "berth: hint: "+Safe(c.Hint)+"\n", ""
	}
	var b strings.Builder
	for i, text := range strings.Split(strings.TrimSuffix(c.String(), "\n"), "\n") {
		if i == 0 {
			text = "berth: " + text
		}
		b.WriteString(Safe(text) + "\n")
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.clear()
	v.write([]byte(b.String() + hint))
}

// Fail tells an error with its hint, and gives its exit code. What was told already is not told again, and the
// answer no needs no words.
func (v *Voice) Fail(err error) int {
	code := Code(err)
	if err == nil || told(err) {
		return code
	}
	v.say(line{Level: "error", Text: err.Error(), Hint: hint(err), Code: code})
	return code
}

func (v *Voice) say(l line) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.clear()
	v.put(l)
}

// put writes a line; v.mu is held.
func (v *Voice) put(l line) {
	if v.json {
		l.Time = time.Now().UTC().Format(time.RFC3339Nano)
		data, err := json.Marshal(l)
		if err != nil {
			return // a struct of strings and numbers can always be written
		}
		v.write(append(data, '\n'))
		return
	}
	text := Safe(l.Text) + "\n"
	if l.Level != string(boot.Plain) {
		text = "berth: " + text
	}
	if l.Hint != "" {
		text += "berth: hint: " + Safe(l.Hint) + "\n"
	}
	v.write([]byte(text))
}

// Safe makes text fit for a terminal: file names come from the app's user, who could otherwise move the cursor,
// colour a refusal away or forge a line of berth's own. Line ends within are indented, so that they can't pass for
// the start of a line.
func Safe(text string) string {
	clean := true
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= 0x7f {
			clean = false
			break
		}
	}
	if clean {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n':
			b.WriteString("\n    ")
		case r == '\t':
			b.WriteByte(' ')
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069':
			b.WriteByte('?')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
