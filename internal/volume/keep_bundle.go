package volume

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

// maxNested bounds the directories above an entry.
const maxNested = 32

// A bundle is what the image brings. It is read with the app's rights where there are any: directories on the way may be
// the app's, and a link there would lead root to what only root may read.
type bundle struct {
	dir     *fsx.Dir
	entries []bundled
	beside  []bundled
	odd     []string        // what can't be laid, and why
	known   map[string]bool // the keys of all entries, also of those that can't be laid
	blind   bool            // there may be entries that weren't seen
}

// A bundled entry.
type bundled struct {
	key  string // in the manifest: the last component of its path, or all of it where two have the same
	path string // below the tree
	sum  string
}

func openBundle(ctx context.Context, w *boot.World, say spec.Keep) (*bundle, error) {
	from := say.From
	if value, _ := w.Lookup(say.FromEnv); say.FromEnv != "" && value != "" {
		from = value
	}
	if !path.IsAbs(from) {
		from = path.Join(w.Spec.Install.Path, from)
	}
	b := &bundle{}
	err := asReader(w, func() (err error) {
		b.dir, err = w.Root.Sub(strings.TrimPrefix(path.Clean(from), "/"))
		if errors.Is(err, fsx.ErrSymlink) || errors.Is(err, fsx.ErrMount) {
			b.dir, err = throughLinks(filepath.Join(w.Root.Path(), from)) // with the app's rights that does no harm
		}
		if err != nil {
			return err
		}
		return b.read(ctx, say)
	})
	if err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

// throughLinks opens a directory that lies behind links or mounts of the image's or the operator's.
func throughLinks(name string) (*fsx.Dir, error) {
	at, err := filepath.EvalSymlinks(name)
	if err != nil {
		return nil, err
	}
	return fsx.Open(at)
}

// asReader reads the image with the app's rights, or in a plan with berth's own, as nothing of it is shown.
func asReader(w *boot.World, f func() error) error {
	if w.Actor == nil {
		return f()
	}
	return w.AsApp(f)
}

func (b *bundle) close() {
	if b.dir != nil {
		_ = b.dir.Close()
	}
}

func (b *bundle) read(ctx context.Context, say spec.Keep) error {
	f := &finder{ctx: ctx, say: say, found: func(e bundled) { b.entries = append(b.entries, e) }, beside: func(e bundled) { b.beside = append(b.beside, e) }}
	f.blind = func(at string, err error) {
		b.blind = true
		b.odd = append(b.odd, fmt.Sprintf("%s is left out: %s", boot.Word(at), boot.Cause(err)))
	}
	if err := f.find(b.dir, "", 1); err != nil {
		return err
	}
	top := map[string]bool{} // their path is their short key
	for _, e := range b.entries {
		top[e.path] = true
	}
	b.known = map[string]bool{}
	var good []bundled
	for _, e := range b.entries {
		sum, err := treeSum(ctx, b.dir, e.path, say.Ignore)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if e.key = path.Base(e.path); b.known[e.key] || top[e.key] && e.path != e.key {
			e.key = e.path
		}
		b.known[e.key] = true
		if err == nil && strings.ContainsAny(e.path, "\n\r") {
			err = errors.New("its name has a line break")
		}
		if err != nil {
			b.odd = append(b.odd, fmt.Sprintf("%s is left out: %s", boot.Word(e.path), boot.Cause(err)))
			continue
		}
		e.sum = sum
		good = append(good, e)
	}
	b.entries = good
	return nil
}

// A finder finds the entries of a tree: the directories that hold the marker, or without one whatever stands at its top.
type finder struct {
	ctx           context.Context //nolint:containedctx // it lives exactly as long as the call to find
	say           spec.Keep
	found, beside func(bundled)
	blind         func(at string, err error) // hears of what couldn't be looked into
}

func (f *finder) find(dir *fsx.Dir, prefix string, depth int) error {
	if err := f.ctx.Err(); err != nil {
		return context.Cause(f.ctx)
	}
	items, err := dir.List()
	if err != nil {
		return err
	}
	own := []string{f.say.Manifest, f.say.OptOut, f.say.Suppress}
	for _, it := range items {
		e := bundled{path: path.Join(prefix, it.Name)}
		switch {
		case slices.Contains(f.say.Ignore, it.Name), prefix == "" && slices.Contains(own, it.Name), fsx.IsTemp(it.Name):
		case f.say.Marker == "":
			f.found(e)
		case it.Kind == fsx.Regular && slices.Contains(f.say.Beside, it.Name) && f.beside != nil:
			f.beside(e)
		case it.Kind == fsx.Directory && depth < maxNested:
			if err := f.below(dir, it.Name, e, depth); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *finder) below(dir *fsx.Dir, name string, e bundled, depth int) error {
	sub, err := dir.Sub(name)
	if err != nil {
		if notInTree(err) || errors.Is(err, fsx.ErrMount) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			return f.skipped(e.path, err)
		}
		return err
	}
	defer func() { _ = sub.Close() }()
	marked, err := sub.Exists(f.say.Marker)
	if err == nil && marked {
		f.found(e)
		return nil
	}
	if err == nil {
		err = f.find(sub, e.path, depth+1)
	}
	if errors.Is(err, fs.ErrPermission) {
		return f.skipped(e.path, err)
	}
	return err
}

func (f *finder) skipped(at string, err error) error {
	if f.blind != nil {
		f.blind(at, err)
	}
	return nil
}

// notInTree says whether something other than a directory stands on the way.
func notInTree(err error) bool {
	return errors.Is(err, fsx.ErrSymlink) || errors.Is(err, fsx.ErrKind) || errors.Is(err, syscall.ENOTDIR)
}
