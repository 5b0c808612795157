package boot

import (
	"maps"
	"slices"
	"sync"
)

// Refusals gathers what several goroutines were refused, as many as there may be, in an order that doesn't hang on which of
// them was where. The zero value is ready.
type Refusals struct {
	mu  sync.Mutex
	all map[string]*denial // by cause
}

type denial struct {
	err   error
	names []string // the first by name
	n     int
}

// Add adds one.
func (f *Refusals) Add(target string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	cause := Cause(err)
	d := f.all[cause]
	if d == nil {
		if f.all == nil {
			f.all = map[string]*denial{}
		}
		d = &denial{err: err}
		f.all[cause] = d
	}
	d.n++
	if at, _ := slices.BinarySearch(d.names, target); at < maxNamed {
		d.names = slices.Insert(d.names, at, target)
		d.names = d.names[:min(len(d.names), maxNamed)]
	}
}

// Flush hands them to a run, as refusals of one verb.
func (f *Refusals) Flush(r *Run, verb string) {
	for _, cause := range slices.Sorted(maps.Keys(f.all)) {
		d := f.all[cause]
		for _, target := range d.names {
			r.Refuse(verb, target, d.err)
		}
		r.refused[verb+"\x00"+cause].n += d.n - len(d.names)
	}
	f.all = nil
}
