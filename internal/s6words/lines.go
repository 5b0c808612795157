package s6words

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/s6dir"
)

// eachLine hands the lines of stdin on, each with its end, and writes what comes back: at once where the next one isn't there yet.
func eachLine(c *chain.Call, separator byte, do func(line []byte, out *bufio.Writer) bool) int {
	in, out := bufio.NewReaderSize(c.Stdin, 64<<10), bufio.NewWriterSize(c.Stdout, 64<<10)
	for {
		line, err := in.ReadSlice(separator)
		full := errors.Is(err, bufio.ErrBufferFull) // a long line comes in pieces: none is kept
		if len(line) > 0 && !do(line, out) {
			break
		}
		if err != nil && !full {
			if !errors.Is(err, io.EOF) {
				return c.Fail(chain.System, "read stdin: %s", reason(err))
			}
			break
		}
		if in.Buffered() == 0 {
			if err := out.Flush(); err != nil {
				return c.Fail(chain.System, "write to stdout: %s", reason(err))
			}
		}
	}
	if err := out.Flush(); err != nil {
		return c.Fail(chain.System, "write to stdout: %s", reason(err))
	}
	return 0
}

// tai64n puts a label in front of each line.
func tai64n(c *chain.Call) int {
	fresh := true
	code := eachLine(c, '\n', func(line []byte, out *bufio.Writer) bool {
		if fresh {
			_, _ = out.WriteString(s6dir.StampOf(time.Now()).String() + " ")
		}
		fresh = line[len(line)-1] == '\n'
		_, _ = out.Write(line)
		return true
	})
	if code == 0 && !fresh {
		return put(c, []byte{'\n'})
	}
	return code
}

// tai64nlocal makes a time that people read of the label in front of a line.
func tai64nlocal(c *chain.Call) int {
	set, _, ok := flagged(c, "g")
	if !ok {
		return c.Wrong("s6-tai64nlocal [ -g ]")
	}
	zone := time.Local
	if has(set, 'g') {
		zone = time.UTC
	}
	fresh := true
	return eachLine(c, '\n', func(line []byte, out *bufio.Writer) bool {
		// A line that ends with its label has no end: it may not be whole.
		if fresh && len(line) > s6dir.TextSize {
			if s, err := s6dir.ParseStamp(string(line[:s6dir.TextSize])); err == nil {
				_, _ = fmt.Fprintf(out, "%s.%09d", clock(s, zone), s.Nano)
				line = line[s6dir.TextSize:]
			}
		}
		fresh = len(line) > 0 && line[len(line)-1] == '\n'
		_, _ = out.Write(line)
		return true
	})
}

// clock gives the date and the time of a label; a second that was put in is the sixtieth.
func clock(s s6dir.Stamp, zone *time.Location) string {
	at := func(sec uint64) time.Time { return (s6dir.Stamp{Sec: sec}).Time().In(zone) }
	if at(s.Sec).Equal(at(s.Sec + 1)) {
		return at(s.Sec-1).Format("2006-01-02 15:04:") + "60"
	}
	return at(s.Sec).Format(time.DateTime)
}

// head prints the first lines, or bytes, of stdin.
func head(c *chain.Call) int {
	lines, chars, good := uint32(10), false, true
	rest, ok := chain.Options(c.Args, "Sn:c:123456789", func(f byte, v string) {
		switch f {
		case 'n', 'c':
			n, isNumber := number(v)
			lines, chars, good = n, f == 'c', good && isNumber
		case 'S':
		default:
			lines, chars = uint32(f-'0'), false
		}
	})
	if !ok || !good || len(rest) > 0 {
		return c.Wrong("s6-head [ -1..-9 | -n lines | -c bytes ]")
	}
	if chars {
		if _, err := io.Copy(c.Stdout, io.LimitReader(c.Stdin, int64(lines))); err != nil {
			return c.Fail(chain.System, "copy: %s", reason(err))
		}
		return 0
	}
	left := lines
	if left == 0 {
		return 0
	}
	return eachLine(c, '\n', func(line []byte, out *bufio.Writer) bool {
		_, _ = out.Write(line)
		if line[len(line)-1] == '\n' {
			left--
		}
		return left > 0
	})
}

// sorted prints the lines of stdin in order.
func sorted(c *chain.Call) int {
	set, rest, ok := flagged(c, "bcfru0")
	if !ok || len(rest) > 0 {
		return c.Wrong("s6-sort [ -bcfru0 ]")
	}
	end := byte('\n')
	if has(set, '0') {
		end = 0
	}
	text, err := io.ReadAll(c.Stdin)
	if err != nil {
		return c.Fail(chain.System, "read stdin: %s", reason(err))
	}
	var lines [][]byte
	for len(text) > 0 {
		line, rest, _ := bytes.Cut(text, []byte{end})
		lines, text = append(lines, line), rest
	}
	key := func(l []byte) []byte {
		if has(set, 'b') {
			l = bytes.TrimLeft(l, " \t")
		}
		if has(set, 'f') {
			l = bytes.ToUpper(l)
		}
		return l
	}
	order := func(a, b []byte) int {
		n := bytes.Compare(key(a), key(b))
		if has(set, 'r') {
			return -n
		}
		return n
	}
	if has(set, 'c') {
		if !slices.IsSortedFunc(lines, order) {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(lines, order)
	if has(set, 'u') {
		lines = slices.CompactFunc(lines, func(a, b []byte) bool { return order(a, b) == 0 })
	}
	var b bytes.Buffer
	for _, l := range lines {
		b.Write(l)
		b.WriteByte(end)
	}
	return put(c, b.Bytes())
}

// seq prints numbers in order.
func seq(c *chain.Call) int {
	between, format, wide := "\n", "", false
	rest, ok := chain.Options(c.Args, "ws:f:", func(f byte, v string) {
		switch f {
		case 'w':
			wide = true
		case 's':
			between = v
		case 'f':
			format = v
		}
	})
	n := [3]uint64{1, 1, 0}
	for i, word := range rest {
		v, err := strconv.ParseUint(word, 10, 32)
		ok = ok && err == nil && len(rest) <= 3
		switch {
		case i == len(rest)-1:
			n[2] = v
		case i < 2:
			n[i] = v
		}
	}
	if !ok || len(rest) == 0 || n[1] == 0 || format != "" && format != "%u" && format != "%d" {
		return c.Wrong("s6-seq [ -w ] [ -s separator ] [ first [ step ] ] last")
	}
	width := 0
	if wide {
		width = len(strconv.FormatUint(n[2], 10))
	}
	out := bufio.NewWriterSize(c.Stdout, 64<<10)
	for i := n[0]; i <= n[2]; i += n[1] {
		if i > n[0] {
			_, _ = out.WriteString(between)
		}
		_, _ = fmt.Fprintf(out, "%0*d", width, i)
	}
	if n[0] <= n[2] {
		_, _ = out.WriteString("\n")
	}
	if err := out.Flush(); err != nil {
		return c.Fail(chain.System, "write to stdout: %s", reason(err))
	}
	return 0
}
