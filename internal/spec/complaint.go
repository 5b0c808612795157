package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Complaint is one mistake in a spec file: where it is, what is wrong, what to do, and the line it is on.
type Complaint struct {
	File         string
	Line, Column int // from 1; the column counts characters. Line 0: the file as a whole
	Text         string
	Hint         string
	Source       string // the line, without its end
}

// Place gives file:line:column, as far as there are such.
func (c Complaint) Place() string {
	if c.Line == 0 {
		return c.File
	}
	return fmt.Sprintf("%s:%d:%d", c.File, c.Line, c.Column)
}

// String gives the complaint as people read it: the place and the text, the line with a caret below, the hint.
func (c Complaint) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", c.Place(), c.Text)
	if line, caret := point(c.Source, c.Column); c.Line > 0 && line != "" {
		fmt.Fprintf(&b, "    %s\n    %s\n", line, caret)
	}
	if c.Hint != "" {
		fmt.Fprintf(&b, "  hint: %s\n", c.Hint)
	}
	return b.String()
}

// inOrder sorts complaints by file, in the order of the given names, then by place, and drops repetitions.
func inOrder(all []Complaint, files []string) []Complaint {
	slices.SortStableFunc(all, func(a, b Complaint) int {
		return cmp.Or(
			cmp.Compare(slices.Index(files, a.File), slices.Index(files, b.File)),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
		)
	})
	return slices.Compact(all)
}

// maxComplaints bounds what is said about one spec: nobody reads on, and each costs.
const maxComplaints = 1000

// atMost keeps the first complaints, and counts the others.
func atMost(most int, all []Complaint) []Complaint {
	if len(all) <= most {
		return all
	}
	more := Complaint{File: all[0].File, Text: fmt.Sprintf("and %d more complaints", len(all)-most), Hint: "is this the right file?"}
	return append(all[:most:most], more)
}

// maxQuoted bounds how much of a file's own words a complaint repeats.
const maxQuoted = 60

// quote quotes what the file says, cut to a sensible length.
func quote(s string) string {
	if r := []rune(s[:min(len(s), 4*maxQuoted)]); len(r) > maxQuoted {
		return fmt.Sprintf("%q", string(r[:maxQuoted])+"…")
	}
	return fmt.Sprintf("%q", s)
}
