package s6run

import (
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// A pipe leads from producers to a logger or another consumer. Both of its ends are held here, so that what is in it
// survives either side. They block, as programs expect: the description is shared with who gets it.
type pipe struct {
	r, w *os.File

	mu   sync.Mutex
	shut bool // no producer will come any more
}

func newPipe() (*pipe, error) {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return nil, fmt.Errorf("open a pipe: %w", err)
	}
	return &pipe{r: os.NewFile(uintptr(ends[0]), "pipe"), w: os.NewFile(uintptr(ends[1]), "pipe")}, nil
}

// finish gives the writing end up: who reads comes to the end once the producers are gone.
func (p *pipe) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.shut {
		p.shut = true
		_ = p.w.Close()
	}
}

func (p *pipe) close() {
	p.finish()
	_ = p.r.Close()
}

// pipe gives the pipe of an id, which it makes where there is none.
func (r *Room) pipe(id string) (*pipe, error) {
	if id == "" {
		return nil, nil //nolint:nilnil // no pipe is none
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.pipes[id]; p != nil {
		return p, nil
	}
	p, err := newPipe()
	if err == nil {
		r.pipes[id] = p
	}
	return p, err
}

// drop gives a pipe back whose consumer is gone.
func (r *Room) drop(p *pipe) {
	if p == nil {
		return
	}
	p.close()
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, q := range r.pipes {
		if q == p {
			delete(r.pipes, id)
		}
	}
}
