package fleet

import (
	"fmt"
	"io/fs"
)

// beside does something that Close waits for; not after it.
func (f *Fleet) beside(do func()) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.running.Go(do)
	}
	return !f.closed
}

// asApp does file work on the volume with the app user's rights. Close waits for it: the volume is closed after that.
func (f *Fleet) asApp(do func() error) error {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return fmt.Errorf("look at the volume: %w", fs.ErrClosed)
	}
	f.running.Add(1)
	f.mu.Unlock()
	defer f.running.Done()
	return f.o.World.AsApp(do)
}
