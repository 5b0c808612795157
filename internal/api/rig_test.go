package api

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// fake plays the daemon: it has slots, and writes down what it is told.
type fake struct {
	mu      sync.Mutex
	slots   []Service
	ready   Ready
	told    []string
	changes []Change
	do      func(ctx context.Context, verb string, o Order) error // what an order does; nil does nothing
}

func (f *fake) Status() []Service {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.slots)
}

func (f *fake) Ready() Ready { return f.ready }

func (f *fake) order(ctx context.Context, verb string, o Order) error {
	f.mu.Lock()
	f.told = append(f.told, fmt.Sprintf("%s %s wait=%v", verb, strings.Join(o.Slots, ","), o.Wait))
	do := f.do
	f.mu.Unlock()
	if do != nil {
		return do(ctx, verb, o)
	}
	return nil
}

func (f *fake) Start(ctx context.Context, o Order) error   { return f.order(ctx, "start", o) }
func (f *fake) Stop(ctx context.Context, o Order) error    { return f.order(ctx, "stop", o) }
func (f *fake) Restart(ctx context.Context, o Order) error { return f.order(ctx, "restart", o) }
func (f *fake) Reload(ctx context.Context, o Order) error  { return f.order(ctx, "reload", o) }

func (f *fake) Record(c Change) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.changes = append(f.changes, c)
}

func (f *fake) Profiles() []Profile {
	return []Profile{{Name: "default", Slots: []string{"gateway-default"}}}
}

func (f *fake) Register(_ context.Context, _ Peer, name string) (Profile, error) {
	if name == "there" {
		return Profile{}, Errorf(Conflict, "it needs nothing", "register %q: it is registered already", name)
	}
	return Profile{Name: name, Slots: []string{"gateway-" + name}}, nil
}

func (f *fake) Unregister(_ context.Context, _ Peer, name string) error {
	if name == "none" {
		return Errorf(UnknownName, "`berth status` names them", "unregister %q: there is no such profile", name)
	}
	return nil
}

func (f *fake) Heal(_ context.Context, who Peer, a HealAction, tell func(HealLine)) (Healed, error) {
	f.mu.Lock()
	f.told = append(f.told, fmt.Sprintf("heal full=%v by %d", a.Full, who.UID))
	f.mu.Unlock()
	tell(HealLine{Looked: 1, Total: 2, Rate: 3})
	return Healed{Looked: 2, Changed: 1, Steps: []HealStep{{Target: "skills/x", Verb: "chown", Before: "0:0", After: "1:1"}}}, nil
}

func (f *fake) Logs(ctx context.Context, q LogsQuery, emit func(...LogLine) error) error {
	for _, s := range q.Slots {
		if s == "unlogged" {
			return Errorf(UnknownSlot, "did you mean secret?", "read the log of %q: it has none", s)
		}
	}
	err := emit(
		NewLogLine("web", time.Unix(1, 0).UTC(), []byte("hello "+strings.Join(q.Slots, ","))),
		NewLogLine("web", time.Unix(2, 0).UTC(), []byte("\xff\x00 no text")),
	)
	if err == nil && q.Follow {
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}

func (f *fake) orders() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.told)
}

// rig is a server on a socket of its own, whose peers the test names.
type rig struct {
	*fake
	server *Server
	ring   *Ring
	path   string
	peer   atomic.Pointer[Peer] // who connects next; nil asks the kernel
	client *Client
	met    atomic.Int32 // connections that were accepted
}

const appUID = 10000

// grants are those of every rig.
func grants() []Grant {
	return []Grant{
		{UIDs: []uint32{2001}, See: []string{"web"}},
		{UIDs: []uint32{2002}, Control: []string{"web", "gateway-*"}},
		{GIDs: []uint32{3003}, See: []string{"db"}, Control: []string{"web"}},
		{See: []string{"*"}, Control: []string{"*"}}, // names nobody
	}
}

// newRig starts a server; prepare may change it first.
func newRig(t testing.TB, prepare ...func(*Server)) *rig {
	t.Helper()
	up := func(name string) Service {
		return Service{Name: name, State: "up", Desired: "up", Pid: 7, Since: time.Unix(1, 0).UTC()}
	}
	r := &rig{
		fake: &fake{slots: []Service{up("web"), up("db"), up("gateway-default")}, ready: Ready{Ready: true}},
		ring: NewRing(100), path: filepath.Join(shortTemp(t), "s"),
	}
	r.server = New(Options{
		App: appUID, Allow: grants(), About: Version{Version: "test", Pid: 1, Started: time.Unix(1, 0).UTC()},
		Supervisor: r.fake, Events: r.ring, Logs: r.fake, Profiles: r.fake, Healer: r.fake, Recorder: r.fake,
	})
	for _, p := range prepare {
		p(r.server)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: r.path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		done <- r.server.serve(l, func(c *net.UnixConn) (Peer, error) {
			r.met.Add(1)
			if p := r.peer.Load(); p != nil {
				return *p, nil
			}
			return peerWithGroups(c)
		})
	}()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_ = r.server.Close(ctx)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	r.as(Peer{UID: 0, PID: os.Getpid()})
	r.client = NewClient(env(map[string]string{SocketEnv: r.path}))
	return r
}

func (r *rig) as(p Peer) { r.peer.Store(&p) }

// shortTemp makes a directory whose path leaves room for a socket's name.
func shortTemp(t testing.TB) string {
	t.Helper()
	path, err := os.MkdirTemp("/tmp", "api")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(path) })
	return path
}

func env(m map[string]string) func(string) string { return func(name string) string { return m[name] } }

// dial connects without asking who listens.
func (r *rig) dial(t testing.TB) net.Conn {
	t.Helper()
	c, err := net.Dial("unix", r.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// raw sends bytes and gives the first answer.
func (r *rig) raw(t testing.TB, request string) (status int, head http.Header, body string) {
	t.Helper()
	c := r.dial(t)
	go func() { _, _ = io.WriteString(c, request) }() // a server that refuses early doesn't read it
	method, _, _ := strings.Cut(request, " ")
	res, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("no answer to %.80q: %v", request, err)
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(data)
}

// question makes the bytes of a request.
func question(method, path, body string) string {
	q := method + " " + path + " HTTP/1.1\r\nHost: berth\r\n"
	if body != "" {
		q += fmt.Sprintf("Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	return q + "\r\n" + body
}

// until waits for a condition.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("it never came about: %s", what)
		case <-time.After(time.Millisecond):
		}
	}
}
