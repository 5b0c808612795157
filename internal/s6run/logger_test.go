package s6run

import (
	"context"
	"testing"

	"github.com/berth-init/berth/internal/supervise"
)

// What a logger's script needs is made by those that its service waits for: the directory that it writes to, a variable that
// an init script has set.
func TestALoggerWaitsForWhatItsServiceWaitsFor(t *testing.T) {
	g := newRig(t)
	made := make(chan struct{})
	first := Slot{Service: supervise.Service{Name: "first", Desired: true}, Start: Oneshot(func(ctx context.Context) (int, error) {
		select {
		case <-made:
			return 0, nil
		case <-ctx.Done():
			return 1, ctx.Err()
		}
	}, nil, 0, 0)}
	web := g.slot("web", files{"run": "#!/bin/sh\necho line\nexec sleep 1000\n", "log/run": "#!/bin/sh\nexec cat >>$TOP/lines\n"}, "first")
	g.begin(first, web)
	g.is("web/log", supervise.Waiting)
	if text := g.read("lines"); text != "" || g.when("web/log", supervise.Up) != 0 {
		t.Errorf("the logger ran before its time, and wrote %q", text)
	}
	close(made)
	g.has("lines", "line\n")
	if ready, logs, up := g.when("first", supervise.Ready), g.when("web/log", supervise.Starting), g.when("web", supervise.Starting); ready == 0 || ready > logs || logs > up {
		t.Errorf("first was ready at %d, the logger began at %d, the service at %d", ready, logs, up)
	}
}
