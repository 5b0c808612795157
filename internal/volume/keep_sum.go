package volume

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/fsx"
)

const (
	maxKept   = 20_000   // names that are looked at in one entry
	maxSummed = 1 << 30  // bytes that are read of one entry
	sumBuffer = 64 << 10 // bytes held of a file
)

// treeSum gives the hash of a file or directory: names and contents of its files, in the order of their names' components.
// It is the one that images have written into their manifests for long, so volumes of theirs go on; who can make two
// versions with one MD5 deceives nobody but itself, as all that it decides is whether its own copy is replaced. What isn't
// made of files and directories has none.
func treeSum(ctx context.Context, dir *fsx.Dir, name string, ignore []string) (string, error) {
	e, err := dir.Look(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = e.Close() }()
	s := &summer{ctx: ctx, hash: md5.New(), left: maxSummed}
	switch e.Info().Kind {
	case fsx.Regular:
		err = s.add(dir, name)
	case fsx.Directory:
		err = s.all(e, ignore)
	case fsx.Symlink:
		err = fsx.ErrSymlink
	default:
		err = fsx.ErrKind
	}
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(s.hash.Sum(nil)), nil
}

type summer struct {
	ctx  context.Context //nolint:containedctx // it lives exactly as long as the call to treeSum
	hash hash.Hash
	left int64
	buf  []byte
}

func (s *summer) all(e *fsx.Entry, ignore []string) error {
	dir, err := e.Dir()
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	var files []string
	n := 0
	err = dir.Walk(s.ctx, func(f fsx.Found) error {
		if n++; n > maxKept {
			return fsx.ErrTooBig
		}
		switch {
		case slices.Contains(ignore, path.Base(f.Path)):
			return fs.SkipDir
		case f.Skip != nil:
			return f.Skip
		case f.Info.Kind == fsx.Regular:
			files = append(files, f.Path)
		case f.Info.Kind == fsx.Symlink:
			return fsx.ErrSymlink
		case f.Info.Kind != fsx.Directory:
			return fsx.ErrKind
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(files, func(a, b string) int { return slices.Compare(strings.Split(a, "/"), strings.Split(b, "/")) })
	for _, name := range files {
		_, _ = io.WriteString(s.hash, name)
		if err := s.add(dir, name); err != nil {
			return err
		}
	}
	return nil
}

func (s *summer) add(dir *fsx.Dir, name string) error {
	f, err := dir.File(name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if s.buf == nil {
		s.buf = make([]byte, sumBuffer)
	}
	for off := int64(0); ; {
		if err := s.ctx.Err(); err != nil {
			return context.Cause(s.ctx)
		}
		n, err := f.ReadAt(s.buf, off)
		_, _ = s.hash.Write(s.buf[:n])
		off += int64(n)
		if s.left -= int64(n); s.left < 0 {
			return fsx.ErrTooBig
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}
