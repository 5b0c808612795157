package logs

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// framed feeds pieces and gives the lines, without their ends.
func framed(maxLine int, pieces ...[]byte) (all []string) {
	f := framer{max: maxLine}
	emit := func(block []byte) {
		if len(block) == 0 || block[len(block)-1] != '\n' {
			all = append(all, "a block that isn't whole lines: "+string(block))
			return
		}
		all = append(all, strings.Split(string(block[:len(block)-1]), "\n")...)
	}
	for _, p := range pieces {
		f.feed(bytes.Clone(p), emit)
	}
	f.end(emit)
	return all
}

// framedSlowly is the model: all bytes at once, line by line.
func framedSlowly(maxLine int, data []byte) (all []string) {
	if len(data) == 0 {
		return nil
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(data), "\n"), "\n") {
		start := ""
		for len(line) > maxLine {
			all = append(all, start+line[:maxLine]+markEnd)
			line, start = line[maxLine:], markStart
		}
		all = append(all, start+line)
	}
	return all
}

func TestFraming(t *testing.T) {
	for _, c := range []struct {
		name   string
		pieces []string
		want   []string
	}{
		{"nothing is no line", nil, nil},
		{"a line without an end is one", []string{"a"}, []string{"a"}},
		{"an empty line is a line", []string{"\n"}, []string{""}},
		{"an end of its own piece", []string{"ab", "\n", "c"}, []string{"ab", "c"}},
		{"two lines and the start of a third", []string{"a\nb\nc", "d\n"}, []string{"a", "b", "cd"}},
		{"bytes that are no text stay what they are", []string{"\x00\xff\r\n"}, []string{"\x00\xff\r"}},
		{"a line as long as the bound is whole", []string{"12345678\n"}, []string{"12345678"}},
		{"the same, its end in the next piece", []string{"12345678", "\n"}, []string{"12345678"}},
		{"a byte more is cut and marked", []string{"123456789\n"}, []string{"12345678 [continues]", "[continued] 9"}},
		{"three parts", []string{"1234567812", "345678abc\nd\n"}, []string{"12345678 [continues]", "[continued] 12345678 [continues]", "[continued] abc", "d"}},
		{"a long line among short ones", []string{"a\n123456789\nb\n"}, []string{"a", "12345678 [continues]", "[continued] 9", "b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var pieces [][]byte
			for _, p := range c.pieces {
				pieces = append(pieces, []byte(p))
			}
			equal(t, "lines", framed(8, pieces...), c.want)
		})
	}
}

// cutUp cuts data into pieces at places that draw chooses.
func cutUp(data []byte, draw func(most int) int) (pieces [][]byte) {
	for len(data) > 0 {
		n := draw(len(data))
		pieces = append(pieces, data[:n])
		data = data[n:]
	}
	return pieces
}

func TestAnyPiecesOfAnyBytesGiveTheSameLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		byteOf := rapid.OneOf(rapid.Just(byte('\n')), rapid.SampledFrom([]byte("ab\r\x00")), rapid.Byte())
		data := rapid.SliceOfN(byteOf, 0, 200).Draw(t, "data")
		maxLine := rapid.IntRange(1, 40).Draw(t, "max")
		pieces := cutUp(data, func(most int) int { return rapid.IntRange(1, most).Draw(t, "piece") })
		if got, want := strings.Join(framed(maxLine, pieces...), "\n"), strings.Join(framedSlowly(maxLine, data), "\n"); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

func FuzzFraming(f *testing.F) {
	f.Add([]byte("a\nbc\n\n"), byte(3), byte(7))
	f.Add(bytes.Repeat([]byte("x"), 300), byte(16), byte(64))
	f.Add([]byte("\r\n\x00\n\xff"), byte(1), byte(1))
	f.Fuzz(func(t *testing.T, data []byte, piece, maxLine byte) {
		at := 0
		pieces := cutUp(data, func(most int) int {
			at++
			return min(most, 1+at*int(piece)%97)
		})
		bound := int(maxLine)%200 + 1
		if got, want := strings.Join(framed(bound, pieces...), "\n"), strings.Join(framedSlowly(bound, data), "\n"); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

func TestAFramerAtRestHoldsLittle(t *testing.T) {
	f := framer{max: 1 << 20}
	drop := func([]byte) {}
	f.feed(bytes.Repeat([]byte("x"), 500_000), drop)
	f.feed([]byte("\n"), drop)
	if cap(f.carry) > keepCarry {
		t.Errorf("holds %d bytes", cap(f.carry))
	}
	f.feed(bytes.Repeat([]byte("x"), 5<<20), drop)
	if len(f.carry) > 1<<20 || cap(f.carry) > 8<<20 {
		t.Errorf("a line without an end holds %d bytes in %d", len(f.carry), cap(f.carry))
	}
}
