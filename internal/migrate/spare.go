package migrate

import (
	"bytes"
	"path"
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
			return string(f.data) == *s.Content
		default:
			return bytes.Equal(f.data, template(w, s.From))
		}
	}
	return false
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
