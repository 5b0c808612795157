package supervise

import (
	"context"
	"fmt"
	"time"
)

// reloadBound is how long a reload may take if the caller doesn't say.
const reloadBound = 30 * time.Second

// Reload has slots take up their configuration without another run, one after the other, and returns what came of it.
func (s *Supervisor) Reload(ctx context.Context, who string, names ...string) error {
	ctx, cancel := context.WithTimeout(ctx, reloadBound)
	defer cancel()
	var err error
	var list []*slot
	var processes []Process
	s.do(func() {
		if list, err = s.find("reload", names); err != nil {
			return
		}
		for _, x := range list {
			switch {
			case x.Reload == nil:
				err = refuse("berth restart "+x.Name, "reload %s: it has no reload action", x.Name)
			case x.state != Up && x.state != Ready:
				err = refuse("berth start "+x.Name, "reload %s: it is %s", x.Name, x.state)
			default:
				processes = append(processes, x.process)
				continue
			}
			return
		}
	})
	if err != nil {
		return err
	}
	for i, x := range list {
		if err := s.reload(ctx, x, processes[i], who); err != nil {
			return fmt.Errorf("reload %s: %w", x.Name, err)
		}
	}
	return nil
}

// reload calls the action on a goroutine of its own: it may hang.
func (s *Supervisor) reload(ctx context.Context, x *slot, p Process, who string) error {
	done := make(chan error, 1)
	go func() { done <- x.Reload(ctx, p) }()
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		err = ctx.Err()
	}
	s.post(func() {
		by := x.by
		x.by = who
		if err != nil {
			s.note(x, "reload: "+err.Error())
		} else {
			s.note(x, "reloaded")
		}
		x.by = by
	})
	return err
}
