package spec

// Complaint is one mistake in a spec file: where it is, what is wrong, what to do, and the line it is on.
type Complaint struct {
	File         string
	Line, Column int // from 1; the column counts characters. Line 0: the file as a whole
	Text         string
	Hint         string
	Source       string // the line, without its end
}
