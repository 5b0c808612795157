package logs

import (
	"errors"
	"io/fs"
	"path"

	"github.com/berth-init/berth/internal/fsx"
)

const dirMode = 0o755

// do runs file work with the place's rights; without any, with the process's own.
func (p Place) do(fn func() error) error {
	if p.Rights == nil {
		return fn()
	}
	return p.Rights.Do(fn)
}

// open opens the directory. Call it inside do.
func (p Place) open() (*fsx.Dir, error) { return p.Dir.Sub(p.Path) }

// make opens the directory, and makes it and what is missing above it. Call it inside do: the log's own leaf belongs to
// the app's user, not to root.
func (p Place) make() (*fsx.Dir, error) {
	dir, err := p.open()
	if !errors.Is(err, fs.ErrNotExist) {
		return dir, err
	}
	name := path.Clean(p.Path)
	for end := 1; end <= len(name); end++ {
		if end < len(name) && name[end] != '/' {
			continue
		}
		if there, err := p.Dir.Exists(name[:end]); err != nil {
			return nil, err
		} else if there {
			continue
		}
		if err := p.Dir.Mkdir(name[:end], fsx.Attr{Mode: dirMode}); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
	return p.open()
}
