package migrate

import (
	"fmt"
	"slices"
	"strings"
)

// maxDiff bounds how many lines of two texts are compared with each other; beyond it the middle is shown as replaced.
const maxDiff = 1000

const beside = 3 // lines shown around a difference

// Diff shows what becomes of a file, as diff -u does, and nothing if nothing does. Values of secrets are masked: in a file
// of NAME=value lines all of them, elsewhere those whose key says so. No line writes anything but itself on a terminal.
func Diff(name string, before, after []byte, lines bool) string {
	if string(before) == string(after) {
		return ""
	}
	ops := compare(cut(string(before)), cut(string(after)))
	shown(ops, before, after, lines)
	var b strings.Builder
	fmt.Fprintf(&b, "--- a/%s\n+++ b/%s\n", name, name)
	for i := 0; i < len(ops); {
		if ops[i].kind == ' ' {
			i++
			continue
		}
		from := max(0, i-beside)
		to, same := i, 0
		for to < len(ops) && same <= 2*beside {
			if same++; ops[to].kind != ' ' {
				same = 0
			}
			to++
		}
		to -= max(0, same-beside)
		hunk(&b, ops, from, to)
		i = to
	}
	return b.String()
}

// A line of a difference: kept, taken out or put in.
type lineOp struct {
	kind  byte
	text  string
	shown string
}

func hunk(b *strings.Builder, ops []lineOp, from, to int) {
	var at, n [2]int
	for i, op := range ops[:to] {
		for side, other := range []byte{'+', '-'} {
			switch {
			case op.kind == other:
			case i < from:
				at[side]++
			default:
				n[side]++
			}
		}
	}
	fmt.Fprintf(b, "@@ -%s +%s @@\n", span(at[0], n[0]), span(at[1], n[1]))
	for _, op := range ops[from:to] {
		b.WriteByte(op.kind)
		b.WriteString(op.shown + "\n")
		if !strings.HasSuffix(op.text, "\n") {
			b.WriteString("\\ No newline at end of file\n")
		}
	}
}

// span writes where a hunk begins: an empty one stands behind the line before it.
func span(at, n int) string {
	if n > 0 {
		at++
	}
	if n == 1 {
		return fmt.Sprint(at)
	}
	return fmt.Sprintf("%d,%d", at, n)
}

// cut cuts a text into lines with their ends.
func cut(s string) []string {
	all := strings.SplitAfter(s, "\n")
	if all[len(all)-1] == "" {
		all = all[:len(all)-1]
	}
	return all
}

// compare finds a shortest way from one list of lines to the other, by the longest list that both have in common.
func compare(a, b []string) []lineOp {
	head, tail := 0, 0
	for head < min(len(a), len(b)) && a[head] == b[head] {
		head++
	}
	for tail < min(len(a), len(b))-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	ops := append(each(' ', a[:head]), middle(a[head:len(a)-tail], b[head:len(b)-tail])...)
	return append(ops, each(' ', a[len(a)-tail:])...)
}

func middle(a, b []string) []lineOp {
	if len(a) > maxDiff || len(b) > maxDiff {
		return append(each('-', a), each('+', b)...)
	}
	var ops []lineOp
	common := make([][]int, len(a)+1) // how many lines the rests from i and j have in common
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i, line := range slices.Backward(a) {
		for j, other := range slices.Backward(b) {
			if common[i][j] = max(common[i+1][j], common[i][j+1]); line == other {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			ops = append(ops, lineOp{kind: ' ', text: a[i]})
			i, j = i+1, j+1
		case common[i+1][j] >= common[i][j+1]:
			ops = append(ops, lineOp{kind: '-', text: a[i]})
			i++
		default:
			ops = append(ops, lineOp{kind: '+', text: b[j]})
			j++
		}
	}
	return append(append(ops, each('-', a[i:])...), each('+', b[j:])...)
}

func each(kind byte, lines []string) []lineOp {
	var ops []lineOp
	for _, l := range lines {
		ops = append(ops, lineOp{kind: kind, text: l})
	}
	return ops
}
