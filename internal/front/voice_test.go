package front

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/spec"
)

// said makes a voice that a test can listen to.
func said(asJSON bool) (*Voice, *strings.Builder) {
	var b strings.Builder
	return &Voice{json: asJSON, write: func(line []byte) { b.Write(line) }}, &b
}

func TestVoice(t *testing.T) {
	for _, c := range []struct {
		about string
		speak func(v *Voice)
		want  string
	}{
		{"a note", func(v *Voice) { v.Tell(boot.Note{Text: "Fixing ownership of /data (targeted)"}) }, "berth: Fixing ownership of /data (targeted)\n"},
		{"a note with a hint", func(v *Voice) { v.Tell(boot.Note{Text: "no room", Hint: "make room"}) }, "berth: no room\nberth: hint: make room\n"},
		{"an error", func(v *Voice) { v.Fail(boot.Failf(125, "mount it", "open volume: gone")) }, "berth: open volume: gone\nberth: hint: mount it\n"},
		{"a mistake in a spec", func(v *Voice) {
			v.Complain(spec.Complaint{File: "b.yaml", Line: 2, Column: 3, Text: "unknown key", Hint: "did you mean user?", Source: "  usr: 1"})
		}, "berth: b.yaml:2:3: unknown key\n      usr: 1\n      ^\nberth: hint: did you mean user?\n"},
		{"what was told already", func(v *Voice) { v.Fail(ErrTold) }, ""},
		{"the answer no", func(v *Voice) { v.Fail(ErrNo) }, ""},
		{"a name that tries to forge a line", func(v *Voice) { v.Tell(boot.Note{Text: "chown a\nberth: all is well\x1b[2K\r"}) }, "berth: chown a\n    berth: all is well?[2K?\n"},
	} {
		t.Run(c.about, func(t *testing.T) {
			v, got := said(false)
			c.speak(v)
			if got.String() != c.want {
				t.Errorf("said %q, want %q", got, c.want)
			}
		})
	}
}

func TestVoiceInJSON(t *testing.T) {
	v, got := said(true)
	v.Tell(boot.Note{Phase: "seeds", Level: boot.Changed, Text: "laid \"x\"\n", Target: "x"})
	v.Complain(spec.Complaint{File: "b.yaml", Line: 3, Column: 4, Text: "unknown key", Hint: "did you mean user?"})
	if code := v.Fail(boot.Failf(125, "h", "no")); code != 125 {
		t.Errorf("code %d, want 125", code)
	}
	var lines []line
	for text := range strings.Lines(got.String()) {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if l.Time == "" {
			t.Errorf("%q has no time", text)
		}
		l.Time = ""
		lines = append(lines, l)
	}
	want := []line{
		{Level: "changed", Phase: "seeds", Text: "laid \"x\"\n", Target: "x"},
		{Level: "error", Text: "unknown key", Hint: "did you mean user?", File: "b.yaml", Line: 3, Column: 4},
		{Level: "error", Text: "no", Hint: "h", Code: 125},
	}
	if len(lines) != len(want) {
		t.Fatalf("said %q", got)
	}
	for i := range want {
		if lines[i] != want[i] {
			t.Errorf("line %d is %+v, want %+v", i, lines[i], want[i])
		}
	}
}

func TestNewVoice(t *testing.T) {
	for _, c := range []struct {
		about, flag, env string
		json, wrong      bool
	}{
		{"nothing asked is text", "", "", false, false},
		{"the variable", "", "json", true, false},
		{"the flag beats the variable", "text", "json", false, false},
		{"a bad flag", "xml", "json", false, true},
		{"a bad variable", "", "JSON", false, true},
	} {
		t.Run(c.about, func(t *testing.T) {
			t.Setenv(FormatEnv, c.env)
			v, err := NewVoice(c.flag)
			if v.json != c.json || (err != nil) != c.wrong {
				t.Errorf("json %v, error %v", v.json, err)
			}
			if c.wrong && (Code(err) != 2 || boot.HintFor(err) == "") {
				t.Errorf("error %v has code %d and hint %q", err, Code(err), boot.HintFor(err))
			}
		})
	}
}

// No text can move a cursor or start a line of its own.
func TestSafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "text")
		got := Safe(text)
		for _, r := range strings.ReplaceAll(got, "\n    ", "") {
			if unicode.IsControl(r) || r == '\u2028' || r == '\u202e' {
				t.Fatalf("Safe(%q) = %q holds %q", text, got, r)
			}
		}
	})
	for _, text := range []string{"", "plain text, 100 %", "Größe 10 µs", "日本語"} {
		if got := Safe(text); got != text {
			t.Errorf("Safe(%q) = %q", text, got)
		}
	}
}

func TestWriteBoundedSurvives(t *testing.T) {
	pipe := func(t *testing.T) (r, w *os.File) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = r.Close(); _ = w.Close() })
		return r, w
	}
	t.Run("a reader that has gone", func(t *testing.T) {
		r, w := pipe(t)
		_ = r.Close()
		writeBounded(int(w.Fd()), []byte("lost\n"))
	})
	t.Run("a reader that has stopped, by dropping", func(t *testing.T) {
		_, w := pipe(t)
		writeBounded(int(w.Fd()), make([]byte, 1<<20)) // returns, though nobody reads
	})
	t.Run("a descriptor that is closed", func(*testing.T) { writeBounded(1<<20, []byte("lost\n")) })
	t.Run("a descriptor that a child made non-blocking, by waiting", func(t *testing.T) {
		r, w := pipe(t)
		fd := int(w.Fd())
		if err := unix.SetNonblock(fd, true); err != nil {
			t.Fatal(err)
		}
		const size = 1 << 18 // four times what a pipe holds
		got := make(chan int)
		go func() {
			total, buf := 0, make([]byte, 1000)
			for total < size {
				n, err := r.Read(buf)
				total += n
				if err != nil {
					break
				}
			}
			got <- total
		}()
		writeBounded(fd, make([]byte, size))
		_ = w.Close()
		if n := <-got; n != size {
			t.Errorf("%d bytes came through, want %d", n, size)
		}
	})
}
