package s6words

import (
	"errors"
	"strconv"
	"strings"

	"github.com/berth-init/berth/internal/chain"
)

// quote prints a word between marks, so that unquote gives it back.
func quote(c *chain.Call) int {
	bare, end, marks, good := false, "\n", `"`, true
	rest, ok := chain.Options(c.Args, "und:", func(f byte, v string) {
		switch f {
		case 'u':
			bare = true
		case 'n':
			end = ""
		case 'd':
			marks, good = v, good && v != ""
		}
	})
	if !ok || !good || len(rest) == 0 {
		return c.Wrong("s6-quote [ -n ] [ -u ] [ -d marks ] word")
	}
	text := escape(rest[0], marks)
	if !bare {
		text = marks[:1] + text + marks[:1]
	}
	return put(c, []byte(text+end))
}

// escape writes what is no plain character by a backslash.
func escape(text, marks string) string {
	var b strings.Builder
	for _, ch := range []byte(text) {
		switch at := strings.IndexByte("\a\b\t\n\v\f\r", ch); {
		case at >= 0:
			b.WriteString(`\` + "abtnvfr"[at:at+1])
		case ch == '\\' || strings.IndexByte(marks, ch) >= 0:
			b.WriteByte('\\')
			b.WriteByte(ch)
		case ch < ' ' || ch > '~':
			b.WriteString(`\0x` + strconv.FormatUint(uint64(ch)>>4, 16) + strconv.FormatUint(uint64(ch)&15, 16))
		default:
			b.WriteByte(ch)
		}
	}
	return b.String()
}

// unquote prints what a word between marks stands for.
func unquote(c *chain.Call) int {
	end, marks := "\n", `"`
	rest, ok := chain.Options(c.Args, "nq:Q", func(f byte, v string) {
		switch f {
		case 'n':
			end = ""
		case 'q':
			marks = v
		case 'Q':
			marks = ""
		}
	})
	if !ok || len(rest) == 0 {
		return c.Wrong("s6-unquote [ -n ] [ -q marks ] [ -Q ] word")
	}
	text, err := unescape(rest[0], marks)
	if err != nil {
		return c.Fail(chain.Usage, "unquote: %s", err)
	}
	return put(c, []byte(text+end))
}

// unescape takes the marks off, which it needs where there are any to choose from, and the backslashes.
func unescape(text, marks string) (string, error) {
	var mark byte
	if marks != "" {
		if text == "" || strings.IndexByte(marks, text[0]) < 0 {
			return "", errors.New("the word doesn't begin with a mark")
		}
		mark, text = text[0], text[1:]
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch ch := text[i]; {
		case mark != 0 && ch == mark:
			if i+1 < len(text) {
				return "", errors.New("something follows the closing mark")
			}
			return b.String(), nil
		case ch != '\\':
			b.WriteByte(ch)
		case i+1 == len(text):
			return "", errors.New("a backslash ends the word")
		case strings.HasPrefix(text[i+1:], "0x") && len(text) >= i+5:
			n, err := strconv.ParseUint(text[i+3:i+5], 16, 8)
			if err != nil {
				return "", errors.New("behind \\0x are two figures")
			}
			b.WriteByte(byte(n))
			i += 4
		default:
			i++
			if at := strings.IndexByte("abtnvfr", text[i]); at >= 0 {
				b.WriteByte("\a\b\t\n\v\f\r"[at])
			} else if text[i] != '\n' {
				b.WriteByte(text[i])
			}
		}
	}
	if mark != 0 {
		return "", errors.New("the closing mark isn't there")
	}
	return b.String(), nil
}
