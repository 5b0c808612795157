package probe

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"sync"
)

// A File asks whether something stands at a path.
type File struct {
	path string
	look func(path string) error

	mu     sync.Mutex
	flying chan error // a look that hasn't come back yet
}

// NewFile asks about a path. Look looks at it, nil where it is there, fs.ErrNotExist where it isn't; without one the
// path is looked at as it is, links followed. It may hang, as a network file system does.
func NewFile(path string, look func(path string) error) *File {
	if look == nil {
		look = func(path string) error {
			_, err := os.Stat(path)
			return err
		}
	}
	return &File{path: path, look: look}
}

// Ask looks. While a look hangs, no other is begun.
func (f *File) Ask(ctx context.Context) error {
	f.mu.Lock()
	flying := f.flying
	if flying == nil {
		flying = make(chan error, 1)
		f.flying = flying
		go func() { flying <- f.look(f.path) }()
	}
	f.mu.Unlock()
	select {
	case err := <-flying:
		f.mu.Lock()
		f.flying = nil
		f.mu.Unlock()
		return f.fail(err)
	case <-ctx.Done():
		return f.fail(context.Cause(ctx))
	}
}

func (f *File) fail(err error) error {
	if err == nil {
		return nil
	}
	if p, ok := err.(*fs.PathError); ok { //nolint:errorlint // only a bare one says the path twice
		err = p.Err
	}
	return fmt.Errorf("look for %s: %w", f.path, err)
}
