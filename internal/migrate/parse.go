package migrate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Bounds of a document. A config file has some thousands of bytes and some hundreds of nodes; a hostile one should cost
// root little. A byte that begins a node costs some hundred bytes of memory.
const (
	maxSize  = 256 << 10
	maxMarks = 16 << 10
	maxNodes = 64 << 10 // aliases written out
	maxDepth = 64
)

// A document is a parsed text with the place of each node. It is never changed: an edit gives another one.
type document struct {
	data  []byte
	lines []int // where each line begins
	end   string
	root  *node // nil where the document says nothing
	value *value
}

// A node is a value at its place.
type node struct {
	y     *yaml.Node
	at    int // of its first byte, of its anchor or tag where it has one
	value *value
	keys  []*node
	items []*node
}

var (
	errEmpty   = errors.New("it says nothing")
	errTooMany = errors.New("it has too many lines and elements for a config file")
)

// A syntaxError says why a text is no document that can be worked on.
type syntaxError struct {
	line  int // 0 if no line is to blame
	cause string
}

func (e *syntaxError) Error() string {
	if e.line == 0 {
		return e.cause
	}
	return fmt.Sprintf("line %d: %s", e.line, e.cause)
}

// parse reads a text. An empty one is errEmpty; any other error says why it can't be worked on.
func parse(data []byte) (*document, error) {
	d, err := parseAny(data)
	if err == nil && d.value.kind == null {
		return nil, errEmpty
	}
	return d, err
}

// parseAny is parse for texts that may say nothing.
func parseAny(data []byte) (*document, error) {
	switch {
	case len(data) > maxSize:
		return nil, &syntaxError{cause: fmt.Sprintf("it has more than %d bytes", maxSize)}
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return nil, &syntaxError{cause: "it is UTF-16"}
	case !utf8.Valid(data):
		return nil, &syntaxError{cause: "it is not UTF-8"}
	case marks(data) > maxMarks:
		return nil, errTooMany
	}
	y, err := load(data)
	if err != nil {
		return nil, err
	}
	d := &document{data: data, lines: lineStarts(data), end: lineEnd(data), value: absent(nil)}
	if y == nil {
		return d, nil
	}
	b := &builder{d: d, known: map[*yaml.Node]*value{}}
	if d.root, err = b.build(y, 0); err != nil {
		return nil, err
	}
	d.value = d.root.value
	return d, nil
}

// load has the parser read the one document of a text; nil if there is none.
func load(data []byte) (*yaml.Node, error) {
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	var first, second yaml.Node
	switch err := loader.Load(&first); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, syntax(err)
	}
	switch err := loader.Load(&second); {
	case err == nil:
		return nil, &syntaxError{second.Line, "a second document begins here"}
	case !errors.Is(err, io.EOF):
		return nil, syntax(err)
	}
	if len(first.Content) != 1 {
		return nil, nil
	}
	return first.Content[0], nil
}

// syntax tells what the parser complains about.
func syntax(err error) error {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		return &syntaxError{cause: "it is not YAML: " + err.Error()}
	}
	line := e.Mark.Line
	if line == 0 {
		line = e.ContextMark.Line
	}
	return &syntaxError{line, "it is not YAML: " + e.Message}
}

// marks counts the bytes that can begin or end a node, too many rather than too few.
func marks(data []byte) int {
	n := 0
	for i, c := range data {
		switch c {
		case ',', ':', '[', '{', '\n', '\r', '*':
			n++
		case '-', '?':
			if i+1 == len(data) || strings.IndexByte(" \t\r\n", data[i+1]) >= 0 {
				n++
			}
		}
	}
	return n
}

// lineStarts gives where lines begin, as the parser counts them (a byte order mark is no part of the first).
func lineStarts(data []byte) []int {
	begin := 0
	if bytes.HasPrefix(data, []byte("\ufeff")) {
		begin = 3
	}
	all := []int{begin}
	for i := begin; i < len(data); {
		if n := breakAt(data, i); n > 0 {
			i += n
			all = append(all, i)
		} else {
			i++
		}
	}
	return all
}

// breakAt gives how many bytes of a line's end stand at a place.
func breakAt(data []byte, i int) int {
	switch rest := data[i:]; {
	case len(rest) == 0:
		return 0
	case bytes.HasPrefix(rest, []byte("\r\n")), bytes.HasPrefix(rest, []byte("\u0085")):
		return 2
	case rest[0] == '\n', rest[0] == '\r':
		return 1
	case bytes.HasPrefix(rest, []byte("\u2028")), bytes.HasPrefix(rest, []byte("\u2029")):
		return 3
	}
	return 0
}

// lineEnd gives how a text ends its lines: as it ends the first.
func lineEnd(data []byte) string {
	if i := bytes.IndexAny(data, "\r\n"); i >= 0 && data[i] == '\r' {
		return string(data[i : i+breakAt(data, i)])
	}
	return "\n"
}
