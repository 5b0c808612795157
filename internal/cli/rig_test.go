package cli

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/api"
)

// A rig is a server in this process on a socket of its own, which BERTH_SOCKET names, and the daemon behind it.
type rig struct {
	mu      sync.Mutex
	slots   []api.Service
	answer  api.Ready
	told    []string
	said    []api.LogLine
	asked   api.LogsQuery
	refuses error // of every order
	ring    *api.Ring
	heard   chan struct{} // gets one for each follower of logs
	server  *api.Server
	path    string
	close   func()
}

// launched is when the rig's slots came into their states, some seconds ago whenever it is shown.
func launched() time.Time { return time.Now().Add(-90 * time.Second) }

// newRig starts a server with slots.
func newRig(t *testing.T, slots ...api.Service) *rig {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "cli") // t.TempDir's may be longer than a socket's path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	r := &rig{slots: slots, answer: api.Ready{Ready: true}, ring: api.NewRing(100), path: dir + "/s", heard: make(chan struct{}, 16)}
	t.Setenv(api.SocketEnv, r.path)
	r.server = api.New(api.Options{
		App: uint32(os.Geteuid()), About: api.Version{Version: "test", Pid: 1}, Supervisor: r, Events: r.ring, Logs: r, Recorder: r,
	})
	l, err := api.Listen(t.Context(), api.Where{Getenv: os.Getenv})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.server.Serve(l) }()
	r.close = sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = r.server.Close(ctx)
		if err := <-ended; err != nil {
			t.Error(err)
		}
		_ = l.Close()
	})
	t.Cleanup(r.close)
	return r
}

func (r *rig) Status() []api.Service {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.slots)
}

func (r *rig) Ready() api.Ready {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.answer
}

// set changes what the rig answers; its server runs already.
func (r *rig) set(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
}

// says adds lines to what was said.
func (r *rig) says(lines ...api.LogLine) { r.set(func() { r.said = append(r.said, lines...) }) }

// order does what it is told at once.
func (r *rig) order(ctx context.Context, verb, state string, o api.Order) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	left := time.Duration(0)
	if end, ok := ctx.Deadline(); ok {
		left = time.Until(end)
	}
	r.told = append(r.told, fmt.Sprintf("%s %s wait=%v within %v", verb, strings.Join(o.Slots, ","), o.Wait, left.Round(time.Second)))
	if r.refuses != nil {
		return r.refuses
	}
	for _, name := range o.Slots {
		i := slices.IndexFunc(r.slots, func(v api.Service) bool { return v.Name == name })
		if i < 0 {
			return api.Errorf(api.UnknownSlot, "did you mean web?", "%s %q: there is no such slot", verb, name)
		}
		if state != "" {
			r.slots[i].State, r.slots[i].Pid = state, map[string]int{"ready": 77}[state]
		}
	}
	return nil
}

func (r *rig) Start(ctx context.Context, o api.Order) error { return r.order(ctx, "start", "ready", o) }

func (r *rig) Stop(ctx context.Context, o api.Order) error { return r.order(ctx, "stop", "down", o) }

func (r *rig) Restart(ctx context.Context, o api.Order) error {
	return r.order(ctx, "restart", "ready", o)
}

func (r *rig) Reload(ctx context.Context, o api.Order) error { return r.order(ctx, "reload", "", o) }
func (r *rig) Record(api.Change)                             {}

// Logs says what the rig's slots said, and then, to a follower, nothing more.
func (r *rig) Logs(ctx context.Context, q api.LogsQuery, emit func(...api.LogLine) error) error {
	r.mu.Lock()
	r.asked = q
	var lines []api.LogLine
	for _, l := range r.said {
		if slices.Contains(q.Slots, l.Slot) {
			lines = append(lines, l)
		}
	}
	r.mu.Unlock()
	if slices.Contains(q.Slots, "none") {
		return api.Errorf(api.UnknownSlot, "did you mean web?", "read the log of %q: there is no such slot", "none")
	}
	if err := emit(lines...); err != nil || !q.Follow {
		return err
	}
	r.heard <- struct{}{}
	<-ctx.Done()
	return ctx.Err()
}

func (r *rig) orders() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.told)
}

func (r *rig) query() api.LogsQuery {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked
}

// service makes a slot that has been in its state for a minute and a half.
func service(name, state string, pid int, change ...func(*api.Service)) api.Service {
	v := api.Service{Name: name, State: state, Desired: "up", Pid: pid, Since: launched()}
	for _, c := range change {
		c(&v)
	}
	return v
}

// nobody names a socket at which nobody listens.
func nobody(t *testing.T) { t.Helper(); t.Setenv(api.SocketEnv, t.TempDir()+"/none") }

// impostor answers each connection with some bytes, then hangs up, and listens no longer if it is told to go.
func impostor(t *testing.T, answer string, goes bool) {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "cli")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	t.Setenv(api.SocketEnv, dir+"/s")
	l, err := net.Listen("unix", dir+"/s")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if goes {
				_ = l.Close()
			}
			_, _ = c.Read(make([]byte, 4096))
			_, _ = c.Write([]byte(answer))
			_ = c.Close()
		}
	}()
}
