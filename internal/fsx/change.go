package fsx

import (
	"slices"
	"sync"
	"sync/atomic"
)

var (
	frozen atomic.Int32
	hookMu sync.Mutex
	hooks  atomic.Pointer[[]*hook]
)

type hook struct{ f func(op, path string) }

// Freeze has every changing call answer [ErrFrozen], in the whole process, until thaw is called: a plan only looks, and
// this holds it to its word. Freezes nest.
func Freeze() (thaw func()) {
	frozen.Add(1)
	return sync.OnceFunc(func() { frozen.Add(-1) })
}

// OnChange has f called before every single change: an atomic replace is several (create, chown, chmod, write, rename).
// A crash test panics in f; the panic passes through, and what was half made stays as a kill -9 would leave it.
func OnChange(f func(op, path string)) (remove func()) {
	h := &hook{f}
	edit(func(all []*hook) []*hook { return append(all, h) })
	return func() {
		edit(func(all []*hook) []*hook { return slices.DeleteFunc(all, func(x *hook) bool { return x == h }) })
	}
}

func edit(f func([]*hook) []*hook) {
	hookMu.Lock()
	defer hookMu.Unlock()
	var all []*hook
	if p := hooks.Load(); p != nil {
		all = slices.Clone(*p)
	}
	all = f(all)
	hooks.Store(&all)
}

// change is called before each change; an error forbids it.
func change(op, path string) error {
	if frozen.Load() > 0 {
		return ErrFrozen
	}
	if p := hooks.Load(); p != nil {
		for _, h := range *p {
			h.f(op, path)
		}
	}
	return nil
}

// watched says whether change has anything to say, for callers to whom even the path's words are too dear.
func watched() bool {
	if frozen.Load() > 0 {
		return true
	}
	p := hooks.Load()
	return p != nil && len(*p) > 0
}
