package volume

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/berth-init/berth/internal/spec"
)

// Causes that say nothing of what a text holds: it is a secret, or beside one.
var (
	errNotJSON   = errors.New("it is not JSON")
	errNotObject = errors.New("it is no JSON object")
	errNoKey     = errors.New("it has no such key")
)

// newEntry takes the new entry out of a variable's value, which is the entry alone or a whole file with it, and proves that it
// is a live one.
func newEntry(s spec.Reseed, value string) ([]byte, error) {
	data := []byte(value)
	from, to, err := locate(data, strings.Split(s.Entry, "."))
	switch {
	case err == nil:
		data = data[from:to]
	case !errors.Is(err, errNoKey):
		return nil, err
	}
	keys, err := object(data)
	if err != nil {
		return nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(s.Require)) {
		if text(keys[key]) != s.Require[key] {
			return nil, fmt.Errorf("%s is not %q", key, s.Require[key])
		}
	}
	for _, key := range s.Tokens {
		if strings.TrimSpace(text(keys[key])) == "" {
			return nil, fmt.Errorf("it has no %s", key)
		}
	}
	if says(data, s.Terminal) {
		return nil, fmt.Errorf("it is terminal itself: it has %s", s.Terminal)
	}
	return data, nil
}

// judge says what is to become of an entry.
func judge(s spec.Reseed, old, seed []byte) outcome {
	keys, err := object(old)
	if err != nil {
		return notTerminal // null, say: somebody has logged out
	}
	live := slices.ContainsFunc(s.Tokens, func(key string) bool { return truthy(keys[key]) })
	if s.Terminal != "" && !live && says(old, s.Terminal) {
		return reseeded
	}
	if s.Newer == "" {
		return notTerminal
	}
	theirs, err := object(seed)
	if err != nil {
		return notTerminal
	}
	a, known := timeOf(keys[s.Newer])
	b, comparable := timeOf(theirs[s.Newer])
	if known && comparable && b.After(a) {
		return newer
	}
	return notTerminal
}

// object reads an object and keeps its values as they are written; of a key that is there twice the last one counts, as for
// other readers.
func object(data []byte) (map[string]json.RawMessage, error) {
	var keys map[string]json.RawMessage
	if !json.Valid(data) {
		return nil, errNotJSON
	}
	if json.Unmarshal(data, &keys) != nil || keys == nil {
		return nil, errNotObject
	}
	return keys, nil
}

// says whether what a way through keys leads to is true, or something that other readers take for true.
func says(data []byte, way string) bool {
	if way == "" {
		return false
	}
	from, to, err := locate(data, strings.Split(way, "."))
	return err == nil && truthy(data[from:to])
}

func truthy(raw json.RawMessage) bool {
	var v any
	if len(raw) == 0 || json.Unmarshal(raw, &v) != nil {
		return false
	}
	switch v := v.(type) {
	case bool:
		return v
	case string:
		return v != ""
	case float64:
		return v != 0
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return false
}

// text gives a string; nothing for anything else.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// timeOf reads a time as apps write it (RFC 3339, ISO 8601 with a blank or a short offset). One without a zone is UTC.
func timeOf(raw json.RawMessage) (time.Time, bool) {
	s := strings.Replace(strings.TrimSpace(text(raw)), " ", "T", 1)
	for _, layout := range []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// locate finds what a way through keys leads to: data[from:to]. Of a key that is there twice the last one counts.
func locate(data []byte, way []string) (from, to int, err error) {
	if !json.Valid(data) {
		return 0, 0, errNotJSON
	}
	to = len(data)
	for i, key := range way {
		a, b, err := member(data[from:to], key)
		if errors.Is(err, errNotObject) && i > 0 {
			err = errNoKey
		}
		if err != nil {
			return 0, 0, err
		}
		from, to = from+a, from+b
	}
	return from, to, nil
}

// member finds the value of a key of an object.
func member(data []byte, key string) (from, to int, err error) {
	d := json.NewDecoder(bytes.NewReader(data))
	first, err := d.Token()
	if err != nil {
		return 0, 0, errNotJSON
	}
	if first != json.Delim('{') {
		return 0, 0, errNotObject
	}
	found := false
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return 0, 0, errNotJSON
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return 0, 0, errNotJSON
		}
		if name == key {
			found = true
			to = int(d.InputOffset())
			from = to - len(raw)
		}
	}
	if !found {
		return 0, 0, errNoKey
	}
	return from, to, nil
}

// replaced gives a document with another value in the place of one, written as the document is: on one line, or indented as
// deep as the key that it stands at. All other bytes stay.
func replaced(data []byte, from, to, depth int, value []byte) []byte {
	var b bytes.Buffer
	start := bytes.LastIndexByte(data[:from], '\n') + 1
	before := data[start:from]
	lead := before[:len(before)-len(bytes.TrimLeft(before, " \t"))]
	err := error(nil)
	if start == 0 || len(lead) == 0 {
		err = json.Compact(&b, value)
	} else {
		err = json.Indent(&b, bytes.TrimSpace(value), string(lead), string(lead[:max(1, len(lead)/depth)]))
	}
	if err != nil {
		b.Reset()
		b.Write(bytes.TrimSpace(value))
	}
	return slices.Concat(data[:from], b.Bytes(), data[to:])
}
