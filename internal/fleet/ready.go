package fleet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/probe"
	"github.com/berth-init/berth/internal/proc"
)

// askAgain is the longest wait between two askings whether a service is ready.
const askAgain = 250 * time.Millisecond

// A question is what a run is asked before its dependants start. The zero value asks nothing.
type question struct {
	f     *Fleet
	s     *slot
	ask   probe.Question
	watch func(line []byte) (more bool) // sees the run's lines
	said  *notified
	child *os.File // an end that the child gets
	ours  interface{ Close() error }
}

// question prepares the question of one run and what its command needs for the answer.
func (f *Fleet) question(s *slot, c *proc.Command) (*question, error) {
	q := &question{f: f, s: s}
	r := s.service.Ready
	if r == nil {
		return q, nil
	}
	switch {
	case r.TCP != "":
		q.ask = probe.TCP(address(expandText(r.TCP, c.Env)))
	case r.HTTP != "":
		q.ask = probe.HTTP(expandText(r.HTTP, c.Env))
	case len(r.Exec) > 0:
		q.ask = probe.Exec{Argv: expand(r.Exec, c.Env), Runner: runner{f, s}}
	case r.Log != "":
		re, err := regexp.Compile(r.Log)
		if err != nil {
			return nil, fmt.Errorf("read ready.log: %w", err)
		}
		line := probe.NewLine(re)
		q.ask, q.watch = line, line.See
	case r.File != "":
		q.ask = f.fileQuestion(r.File)
	case r.FD != 0:
		line, end, err := probe.NewNewline()
		if err != nil {
			return nil, err
		}
		q.ask, q.child, q.ours = line, end, line
		for len(c.ExtraFiles) < r.FD-3 {
			c.ExtraFiles = append(c.ExtraFiles, f.null)
		}
		c.ExtraFiles = append(c.ExtraFiles, end)
	case r.Notify:
		said, err := f.listen(s)
		if err != nil {
			return nil, err
		}
		q.ask, q.said, q.ours = said, said, said
		c.Env = with(slices.Clone(c.Env), "NOTIFY_SOCKET", said.socket.Name()) // the container's own may be its engine's
	}
	return q, nil
}

// fileQuestion asks about a file; a relative name lies on the volume and is looked at with the app user's rights.
func (f *Fleet) fileQuestion(name string) probe.Question {
	volume := f.o.World.Volume
	if filepath.IsAbs(name) || volume == nil {
		return probe.NewFile(name, nil)
	}
	return probe.NewFile(name, func(name string) error {
		return f.asApp(func() error {
			e, err := volume.Look(name)
			if err == nil {
				err = e.Close()
			}
			if errors.Is(err, fsx.ErrKind) {
				err = nil
			}
			return err
		})
	})
}

// handedOver gives up the ends that the child has by now.
func (q *question) handedOver() {
	if q.child != nil {
		_ = q.child.Close()
	}
}

// giveUp closes what there is where no run came about.
func (q *question) giveUp() {
	q.handedOver()
	if q.ours != nil {
		_ = q.ours.Close()
	}
}

// begin asks until there is an answer or the run has ended.
func (q *question) begin(r *run) {
	if q.ask == nil {
		return
	}
	r.ready, r.failed = make(chan struct{}), make(chan error, 1)
	if q.said != nil {
		q.said.serve(r.p)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer cancel()
		select {
		case <-r.p.Done():
		case <-ctx.Done():
		}
	}()
	go func() {
		err := probe.Wait(ctx, q.ask, askAgain)
		switch {
		case err == nil:
			close(r.ready)
		case ctx.Err() == nil:
			r.failed <- err
		}
		cancel()
		if q.ours != nil && q.said == nil {
			_ = q.ours.Close()
		}
	}()
}

// address gives HOST:PORT for what may be a port alone.
func address(text string) string {
	if _, err := strconv.Atoi(text); err == nil || !strings.Contains(text, ":") {
		return "127.0.0.1:" + text
	}
	return text
}
