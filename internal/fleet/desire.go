package fleet

import (
	"errors"
	"fmt"

	"github.com/berth-init/berth/internal/profile"
)

// Desire records what a person wants of slots, in the state files of their profiles. Slots that are of no profile have
// none: what the spec says of them holds again at the next start of the container.
func (f *Fleet) Desire(up bool, slots ...string) error {
	want := profile.Down
	if up {
		want = profile.Up
	}
	var errs []error
	for _, name := range slots {
		s := f.find(name)
		if s == nil || f.set == nil || !s.service.PerProfile || s.service.Off(f.o.World.Lookup) != "" {
			continue
		}
		err := f.asApp(func() error {
			p, err := f.set.Open(s.profile)
			if err != nil {
				return err
			}
			defer func() { _ = p.Close() }()
			_, err = p.Desire(want)
			return err
		})
		if err != nil {
			errs = append(errs, fmt.Errorf("record that %s is wanted %s: %w", name, word(up), err))
		}
	}
	return errors.Join(errs...)
}

func word(up bool) string {
	if up {
		return "up"
	}
	return "down"
}
