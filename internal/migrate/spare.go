package migrate

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/berth-init/berth/internal/boot"
)

// spare says whether what a file holds is nobody's only copy: this boot has laid it down, or an earlier one that was killed
// before it came to the migration.
func spare(r *boot.Run, f file) bool {
	w := r.World
	if w.Seeded[f.name] {
		return true
	}
	for _, s := range w.Spec.Seed {
		if path.Clean(s.Path) != f.name {
			continue
		}
		switch {
		case s.FromEnv != "":
		case s.Content != nil:
			return asLaid(w, f, []byte(*s.Content))
		default:
			return asLaid(w, f, template(w, s.From))
		}
	}
	return false
}

// asLaid says whether a file holds what the image lays down, but for the values that berth has written into it since.
func asLaid(w *boot.World, f file, laid []byte) bool {
	if bytes.Equal(f.data, laid) {
		return true
	}
	var lines []*regexp.Regexp
	for _, g := range w.Spec.Generate {
		if path.Clean(g.Path) == f.name {
			lines = append(lines, regexp.MustCompile(fmt.Sprintf(`(?m)^%s=(|[0-9a-f]{%d})$\n?`, regexp.QuoteMeta(g.Key), 2*g.Bytes)))
		}
	}
	for _, m := range w.Spec.Mirror {
		for _, key := range m.Keys {
			if value, _ := w.Lookup(key); value != "" && path.Clean(m.Path) == f.name {
				lines = append(lines, regexp.MustCompile(fmt.Sprintf(`(?m)^%s=(['"]?)%s(['"]?)$\n?`, regexp.QuoteMeta(key), regexp.QuoteMeta(value))))
			}
		}
	}
	without := func(data []byte) []byte {
		for _, line := range lines {
			data = line.ReplaceAll(data, nil)
		}
		return bytes.TrimSuffix(data, []byte("\n"))
	}
	return len(lines) > 0 && laid != nil && bytes.Equal(without(f.data), without(laid))
}

// template gives what a seed of the image holds, or nil. Who reads it is the app's user: directories on the way may be the
// app's.
func template(w *boot.World, from string) (data []byte) {
	if !path.IsAbs(from) {
		from = path.Join(w.Spec.Install.Path, from)
	}
	look := func() (err error) {
		data, _, err = w.Root.Read(strings.TrimPrefix(path.Clean(from), "/"), maxBackup)
		return err
	}
	if w.Actor == nil { // a plan, or no root
		_ = look()
	} else {
		_ = w.AsApp(look)
	}
	return data
}
