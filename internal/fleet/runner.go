package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"
)

// maxOutput bounds what is kept of a probe's output, in bytes: its end, which says why.
const maxOutput = 512

// A runner runs the programs that a service is asked and told by, with that service's rights and environment.
type runner struct {
	f *Fleet
	s *slot
}

// Run runs a program to its end; when ctx ends first it is killed with its group.
func (r runner) Run(ctx context.Context, argv []string) (code int, output string, err error) {
	c, err := r.f.command(r.s, argv)
	if err != nil {
		return 0, "", err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = read.Close() }()
	c.Stdout, c.Stderr, c.KillGroup = write, write, true
	p, err := r.f.o.Table.StartContext(ctx, c)
	_ = write.Close()
	if err != nil {
		return 0, "", err
	}
	said := make(chan string, 1)
	go func() { said <- tail(read) }()
	select {
	case <-p.Done():
	case <-ctx.Done():
		_ = p.SignalGroup(syscall.SIGKILL)
		return 0, "", context.Cause(ctx)
	}
	// What left the group may hold the pipe open for ever.
	_ = read.SetReadDeadline(time.Now().Add(time.Second))
	st := p.Status()
	output = <-said
	if st.Signal != 0 {
		return 0, output, errors.New("it was " + st.String())
	}
	return st.Code, output, nil
}

// succeed runs a program that has to end with 0.
func (r runner) succeed(ctx context.Context, argv []string) error {
	code, output, err := r.Run(ctx, argv)
	switch {
	case err != nil:
		return fmt.Errorf("run %s: %w", argv[0], err)
	case code != 0 && output != "":
		return fmt.Errorf("run %s: exit %d: %s", argv[0], code, output)
	case code != 0:
		return fmt.Errorf("run %s: exit %d", argv[0], code)
	}
	return nil
}

// tail reads to the end and keeps the last line's worth.
func tail(r io.Reader) string {
	var kept []byte
	buf := make([]byte, 4096)
	for {
		n, err := r.Read(buf)
		kept = append(kept, buf[:n]...)
		if len(kept) > maxOutput {
			kept = append(kept[:0], kept[len(kept)-maxOutput:]...)
		}
		if err != nil {
			break
		}
	}
	text := strings.TrimSpace(string(kept))
	if i := strings.LastIndexByte(text, '\n'); i >= 0 {
		text = text[i+1:]
	}
	return text
}
