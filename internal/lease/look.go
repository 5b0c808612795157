package lease

import (
	"errors"
	"path"

	"github.com/berth-init/berth/internal/fsx"
)

// Held says whether another container holds a slot's lease now, and who. It takes nothing and changes nothing; where
// locks reach nobody else it says no.
func Held(volume *fsx.Dir, slot string) (who string, held bool) {
	c := &claim{k: &Keeper{o: Options{Volume: volume}}, slot: slot}
	if there, err := volume.Exists(path.Join(Dir, slot)); err != nil || !there {
		return "", false
	}
	l, err := volume.OpenLock(c.name(), fsx.Attr{})
	if err != nil {
		return "", false
	}
	c.lock = l
	defer c.close()
	if !errors.Is(l.Try(), fsx.ErrLocked) {
		return "", false
	}
	who, _ = c.holder()
	return who, true
}
