package migrate

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// ErrRefused says that a text is written in a way in which an edit can't be made for certain. Nothing was changed.
var ErrRefused = errors.New("it can't be edited for certain")

// noMapping says that a path leads through a value that has no keys.
type noMapping struct{ path []string }

func (e *noMapping) Error() string { return strings.Join(e.path, ".") + " is no mapping" }

func refused(path []string, cause string) error {
	return fmt.Errorf("edit %s: %w: %s", strings.Join(path, "."), ErrRefused, cause)
}

// A splice puts a text in the place of some bytes.
type splice struct {
	from, to int
	text     string
}

// apply makes a splice, and holds the result to the tree that was wanted. This, not the reasoning that led to the splice,
// is what keeps a file right.
func (d *document) apply(path []string, s splice, want *value) (*document, error) {
	data := make([]byte, 0, len(d.data)+len(s.text))
	data = append(append(append(data, d.data[:s.from]...), s.text...), d.data[s.to:]...)
	out, err := parseAny(data)
	if err != nil {
		return nil, refused(path, err.Error())
	}
	if out.value.kind == null && len(want.items) == 0 {
		return out, nil // the last key of all is gone
	}
	if !same(out.value, want) {
		return nil, refused(path, "the result would say something else")
	}
	return out, nil
}

// A spot is how far a path leads by keys that the mappings themselves have.
type spot struct {
	in    *node // the innermost mapping on the way
	i     int   // the pair in it that is next on the way; -1 where it has none
	depth int   // how many keys of the path lead to in

	up  *node // the mapping whose value in is, and which
	upI int
}

// find follows a path as far as it goes.
func (d *document) find(path []string) (spot, error) {
	at := spot{in: d.root, i: -1}
	for {
		if at.in.y.Kind == yaml.AliasNode {
			return at, refused(path, "an alias stands on the way")
		}
		if at.in.value.kind != mapping {
			return at, &noMapping{path[:at.depth]}
		}
		i, times := at.in.value.index(path[at.depth])
		if times > 1 {
			return at, refused(path, "a key stands there twice")
		}
		if at.i = i; i < 0 {
			if at.in.value.get(path[at.depth]) != nil && at.depth+1 < len(path) {
				return at, refused(path, "a part of it is merged in")
			}
			return at, nil
		}
		next := at.in.items[i]
		if at.depth+1 == len(path) || next.value.kind == null && next.y.Kind != yaml.AliasNode {
			return at, nil
		}
		at = spot{in: next, i: -1, depth: at.depth + 1, up: at.in, upI: i}
	}
}

// set gives a document in which a path leads to a value, whatever was there. What is missing on the way is made.
func (d *document) set(path []string, v *value) (*document, error) {
	want := d.value
	if want.kind == null {
		want = &value{kind: mapping, size: 1}
	}
	want = want.with(path, v)
	if d.root == nil || d.root.value.kind == null {
		return d.apply(path, d.first(path, v), want)
	}
	at, err := d.find(path)
	if err != nil {
		return nil, err
	}
	rest := path[at.depth+1:]
	var s splice
	switch {
	case at.i < 0 && d.vacant(at):
		s, err = d.replace(at.up, at.upI, nest(path[at.depth:], v))
	case at.i < 0:
		s, err = d.insert(at.in, path[at.depth], nest(rest, v))
	case len(rest) == 0 && same(at.in.items[at.i].value, v):
		return d, nil
	default:
		s, err = d.replace(at.in, at.i, nest(rest, v))
	}
	if err != nil {
		return nil, refused(path, err.Error())
	}
	return d.apply(path, s, want)
}

// vacant says whether a path ends at an empty {} behind a key with a line of its own, which lines of its own can replace.
func (d *document) vacant(at spot) bool {
	if at.up == nil || len(at.in.keys) > 0 || at.up.y.Style&yaml.FlowStyle != 0 {
		return false
	}
	end, err := d.endOf(at.in)
	return err == nil && strings.TrimSpace(string(d.data[at.in.at:end])) == "{}"
}

// remove gives a document without the key at the end of a path; the one that it is where there is none.
func (d *document) remove(path []string) (*document, error) {
	if d.value.at(path) == nil {
		return d, nil
	}
	at, err := d.find(path)
	if err != nil {
		return nil, err
	}
	if at.i < 0 || at.depth+1 < len(path) {
		return nil, refused(path, "it is merged in")
	}
	s, err := d.cut(at.in, at.i, path[:at.depth])
	if err != nil {
		return nil, refused(path, err.Error())
	}
	return d.apply(path, s, d.value.with(path, nil))
}

// rename gives a document in which a pair has another key and another value, at the place that it has.
func (d *document) rename(path []string, key string, v *value) (*document, error) {
	at, err := d.find(path)
	if err != nil {
		return nil, err
	}
	if at.i < 0 || at.depth+1 < len(path) || at.in.value.get(key) != nil {
		return nil, refused(path, "there is nothing to rename")
	}
	s, err := d.replace(at.in, at.i, v)
	if err != nil {
		return nil, refused(path, err.Error())
	}
	k := at.in.keys[at.i]
	end, err := d.endOf(k)
	if err != nil || s.from < end {
		return nil, refused(path, errPlace.Error())
	}
	s.text = newText(key).inFlow() + string(d.data[end:s.from]) + s.text
	s.from = k.at
	parent := path[:at.depth]
	old := d.value.at(parent)
	swapped := &value{kind: mapping, tag: old.tag, keys: append([]*value{}, old.keys...), items: append([]*value{}, old.items...)}
	swapped.keys[at.i], swapped.items[at.i] = newText(key), v
	return d.apply(path, s, d.value.with(parent, swapped.counted()))
}

// add gives a document in which the list at the end of a path has one value more at its end.
func (d *document) add(path []string, v *value) (*document, error) {
	at, err := d.find(path)
	if err != nil {
		return nil, err
	}
	if at.i < 0 || at.depth+1 < len(path) {
		return nil, refused(path, "it is not there")
	}
	n := at.in.items[at.i]
	if n.y.Kind != yaml.SequenceNode {
		return nil, refused(path, "it is no list")
	}
	s, err := d.push(n, v)
	if err != nil {
		return nil, refused(path, err.Error())
	}
	longer := &value{kind: list, tag: n.value.tag, items: append(append([]*value{}, n.value.items...), v)}
	return d.apply(path, s, d.value.with(path, longer.counted()))
}
