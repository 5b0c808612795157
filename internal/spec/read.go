package spec

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// maxChain bounds how many files one spec is made of.
const maxChain = 8

// A reader reads one spec with all that it extends.
type reader struct {
	open       func(path string) ([]byte, error)
	left       budget
	chain      []string // the files that lead to the one being read, and it
	files      []string // all files met, in that order
	complaints []Complaint
	partial    bool // something didn't parse: what seems to be missing may stand there
}

// Read reads the spec file at path, and the files that it extends, by way of open. It returns either the spec or
// every complaint about it, sorted by place, never both.
func Read(open func(path string) ([]byte, error), path string) (*Spec, []Complaint) {
	r := &reader{open: open, left: budget{MaxSize, maxMarks}}
	root := r.file(path, nil)
	s := &Spec{}
	if root != nil {
		d := &decoder{root: root, complaints: &r.complaints, partial: r.partial}
		d.spec(s)
		if !r.partial {
			d.check(s)
		}
	}
	if len(r.complaints) > 0 {
		return nil, atMost(maxComplaints, inOrder(r.complaints, r.files))
	}
	s.Dir = filepath.Dir(path)
	return s, nil
}

// file gives the tree of a file merged over what it extends; by is the value that named it, nil for the first.
func (r *reader) file(path string, by *node) *node {
	path = filepath.Clean(path)
	r.chain = append(r.chain, path)
	defer func() { r.chain = r.chain[:len(r.chain)-1] }()
	r.files = append(r.files, path)
	data, err := r.open(path)
	if err != nil {
		r.partial = true
		r.complain(unopened(path, by, err))
		return nil
	}
	tree, whole, complaints := parse(&source{name: path, text: string(data)}, &r.left)
	r.complain(complaints...)
	r.partial = r.partial || !whole
	return r.extend(tree, path)
}

func (r *reader) complain(c ...Complaint) { r.complaints = append(r.complaints, c...) }

// extend merges a tree over the file that it extends, if it does.
func (r *reader) extend(tree *node, path string) *node {
	by := tree.get("extends")
	if by == nil || by.kind != scalar || by.tag != "!!str" || by.text == "" || strings.IndexByte(by.text, 0) >= 0 {
		return tree // the decoder complains where there is reason to
	}
	base := by.text
	if !filepath.IsAbs(base) {
		base = filepath.Join(filepath.Dir(path), base)
	}
	base = filepath.Clean(base)
	switch i := slices.Index(r.chain, base); {
	case i >= 0:
		r.complain(by.complain("take one of these extends out", "extends goes in a circle: %s → %s", strings.Join(r.chain[i:], " → "), base))
	case len(r.chain) == maxChain:
		r.complain(by.complain("merge some of them into one", "extends leads through more than %d files", maxChain))
	default:
		return merge(r.file(base, by), tree)
	}
	r.partial = true
	return tree
}

// unopened complains about a file that can't be read: at the key that names it, if one does.
func unopened(path string, by *node, err error) Complaint {
	cause := err
	var at *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		cause = syscall.ENOENT
	case errors.As(err, &at):
		cause = at.Err
	}
	if by == nil {
		return Complaint{File: path, Text: "open the spec: " + cause.Error(), Hint: "name the spec file by BERTH_SPEC"}
	}
	return by.complain("a relative name is looked up beside the file that says it", "open %s, which this file extends: %v", quote(path), cause)
}

// merge gives what over makes of base: mappings merge, everything else is replaced.
func merge(base, over *node) *node {
	if over == nil || base == nil || base.kind != mapping || over.kind != mapping {
		if over == nil {
			return base
		}
		return over
	}
	merged := *over
	merged.keys = slices.Clone(base.keys)
	merged.items = slices.Clone(base.items)
	at := make(map[string]int, len(base.keys))
	for i, k := range base.keys {
		at[k.text] = i
	}
	for i, k := range over.keys {
		if j, both := at[k.text]; both {
			merged.keys[j], merged.items[j] = k, merge(base.items[j], over.items[i])
		} else {
			merged.keys, merged.items = append(merged.keys, k), append(merged.items, over.items[i])
		}
	}
	return &merged
}
