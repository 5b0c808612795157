package logs

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/berth-init/berth/internal/fsx"
)

// A packer packs archives, one at a time, in the background, with at most a quarter of one CPU: in a flood most
// archives are pruned before it would be their turn.
type packer struct {
	ctx    context.Context //nolint:containedctx // it is the packer's life, ended by close
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu      sync.Mutex
	wanted  []Place
	running bool
}

const packRest = 3 // times as long as the last packing took

func newPacker() *packer {
	p := &packer{}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p
}

// close ends the packing; what is half packed is removed.
func (p *packer) close() {
	p.cancel()
	p.done.Wait()
}

// want has a place's archives but the youngest packed.
func (p *packer) want(at Place) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if slices.ContainsFunc(p.wanted, func(w Place) bool { return w.Dir == at.Dir && w.Path == at.Path }) {
		return
	}
	p.wanted = append(p.wanted, at)
	if !p.running && p.ctx.Err() == nil {
		p.running = true
		p.done.Go(p.work)
	}
}

func (p *packer) take() (Place, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.wanted) == 0 || p.ctx.Err() != nil {
		p.running = false
		return Place{}, false
	}
	at := p.wanted[0]
	p.wanted = p.wanted[1:]
	return at, true
}

func (p *packer) work() {
	for {
		at, ok := p.take()
		if !ok {
			return
		}
		for p.ctx.Err() == nil {
			begun := time.Now()
			more, err := at.packOne(p.ctx)
			if err != nil || !more {
				break // the next rotation asks again
			}
			rest := time.NewTimer(packRest * time.Since(begun))
			select {
			case <-rest.C:
			case <-p.ctx.Done():
				rest.Stop()
			}
		}
	}
}

// packOne packs the oldest archive that isn't, and says whether there was one. The youngest stays as it is: who reads
// along may be reading it.
func (p Place) packOne(ctx context.Context) (more bool, err error) {
	var from *fsx.File
	var to *fsx.Making
	var dir *fsx.Dir
	name := ""
	err = p.do(func() error {
		if dir, err = p.open(); err != nil {
			return err
		}
		all, err := archives(dir)
		if err != nil {
			return err
		}
		for _, a := range all[:max(len(all)-1, 0)] {
			switch {
			case a.plain && a.packed: // a crash came between the packing and the removing
				if err := dir.Remove(a.name); err != nil {
					return err
				}
			case a.plain && name == "":
				name = a.name
			}
		}
		if name == "" {
			return nil
		}
		if from, err = dir.File(name); err != nil {
			return err
		}
		in, err := from.Info()
		if err != nil {
			return err
		}
		to, err = dir.Begin(name+packedEnd, fsx.Attr{Mode: in.Perm & 0o777})
		return err
	})
	if from != nil {
		defer func() { _ = from.Close() }()
	}
	if dir != nil {
		defer func() { _ = dir.Close() }()
	}
	if err != nil || name == "" {
		return false, err
	}
	defer func() { _ = to.Close() }()
	err = pack(ctx, to, from, 0)
	if err == nil {
		err = to.Sync() // before the other copy is removed
	}
	end := p.do(func() error {
		if err == nil {
			err = to.Publish()
		}
		if err == nil {
			err = dir.Remove(name)
		} else {
			_ = to.Drop()
		}
		if errors.Is(err, fs.ErrNotExist) {
			// Pruned meanwhile: its packed form has outlived it.
			_ = dir.Remove(name + packedEnd)
			err = nil
		}
		return err
	})
	return true, end
}

// pack writes what a file holds from a place on as one zstd frame. A small window: a log repeats itself within a few lines, and PID 1
// is to stay small.
func pack(ctx context.Context, to io.Writer, from io.ReaderAt, at int64) error {
	z, err := zstd.NewWriter(to, zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true),
		zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(256<<10))
	if err != nil {
		return err
	}
	if err := copyFrom(ctx, z, from, at); err != nil {
		return err
	}
	return z.Close()
}

// copyFrom copies what a file holds from a place on, until its end or the end of ctx.
func copyFrom(ctx context.Context, to io.Writer, from io.ReaderAt, at int64) error {
	buf := make([]byte, 64<<10)
	for ctx.Err() == nil {
		n, err := from.ReadAt(buf, at)
		if n > 0 {
			if _, werr := to.Write(buf[:n]); werr != nil {
				return werr
			}
			at += int64(n)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}
