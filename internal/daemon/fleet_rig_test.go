package daemon

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/spec"
)

// instances is the part of a spec that tests with profiles share.
const instances = `
profiles: {dir: profiles, marker: SOUL.md, state: gateway_state.json}
`

// stays is a command that runs until it is told to end.
const stays = `[sleep, "300"]`

// serving is a ride with services: the spec is what a berth.yaml would say, the control socket lies beside the volume.
func serving(t *testing.T, text string, words ...string) *ride {
	t.Helper()
	r := newRide(t, words...)
	s, complaints := spec.Read(func(string) ([]byte, error) {
		return []byte("version: 1\napp: app\nvolume: {path: \"${DATA:-/data}\"}\n" + strings.ReplaceAll(text, "\t", "  ")), nil
	}, "/berth.yaml")
	for _, c := range complaints {
		t.Errorf("%s", c.Text)
	}
	if s == nil {
		t.FailNow()
	}
	r.Spec = *s
	// Where only berth may rename what lies in it. Its path has no test's name in it, or a long one leaves no room for a socket (unix(7)).
	beside, err := os.MkdirTemp("", "berth")
	ok(t, err, os.Chmod(beside, 0o755))
	t.Cleanup(func() { _ = os.RemoveAll(beside) })
	r.Environ = append(r.Environ, api.SocketEnv+"="+filepath.Join(beside, "control.sock"))
	return r
}

// with lays a file on the ride's volume before it starts.
func (r *ride) with(t *testing.T, name, text string) {
	t.Helper()
	at := filepath.Join(r.Dir, name)
	ok(t, os.MkdirAll(filepath.Dir(at), 0o777), os.WriteFile(at, []byte(text), 0o666))
	for dir := at; dir != r.Dir; dir = filepath.Dir(dir) {
		if os.Geteuid() == 0 {
			ok(t, os.Chown(dir, 1000, 1000))
		}
	}
}

// wanting lays a profile with what is wanted of it.
func (r *ride) wanting(t *testing.T, profile, state string) *ride {
	t.Helper()
	dir := ""
	if profile != "default" {
		dir = "profiles/" + profile + "/"
		r.with(t, dir+"SOUL.md", "")
	}
	if state != "" {
		r.with(t, dir+"gateway_state.json", `{"desired_state":"`+state+`"}`)
	}
	return r
}

// A console is who asks a ride by its socket.
type console struct {
	*api.Client

	t *testing.T
	r *ride
	p *player
}

// ask starts the ride and gives who asks it.
func (r *ride) ask(t *testing.T) *console {
	t.Helper()
	o := r.options()
	return &console{api.NewClient(func(name string) string {
		value, _ := o.lookup(name)
		return value
	}), t, r, r.off(t)}
}

// is waits until a slot is in a state.
func (c *console) is(slot, state string) api.Service {
	c.t.Helper()
	var v api.Service
	until(c.t, slot+" is "+state, func() bool {
		st, err := c.Status(deadline(c.t), slot)
		if err == nil {
			v = st.Services[0]
		}
		return err == nil && v.State == state
	})
	return v
}

// do gives an order and waits for it.
func (c *console) do(order func(context.Context, api.Action) (api.Status, error), slots ...string) {
	c.t.Helper()
	_, err := order(deadline(c.t), api.Action{Slots: slots, Wait: true, TimeoutMS: patience.Milliseconds()})
	ok(c.t, err)
}

// refused wants an error of a code.
func (c *console) refused(err error, code api.Code) (text, hint string) {
	c.t.Helper()
	e, is := errors.AsType[*api.Error](err)
	if !is || e.Code != code {
		c.t.Errorf("got %v, want the code %s", err, code)
		return "", ""
	}
	return e.Text, e.Hint
}

// read gives a file of the volume; nothing where there is none.
func (c *console) read(name string) string {
	data, _ := os.ReadFile(filepath.Join(c.r.Dir, name))
	return string(data)
}

// has waits until a file of the volume holds a text.
func (c *console) has(name, text string) {
	c.t.Helper()
	until(c.t, name+" has "+text, func() bool { return strings.Contains(c.read(name), text) })
}

// put makes a file on the volume while the ride goes on.
func (c *console) put(name string) {
	c.t.Helper()
	ok(c.t, os.WriteFile(filepath.Join(c.r.Dir, name), nil, 0o666))
}

// tell sends TERM, not before a main that runs forever listens: it would end of it otherwise.
func (c *console) tell() {
	c.t.Helper()
	if slices.ContainsFunc(c.r.Args, func(word string) bool { return strings.Contains(word, forever) }) {
		c.p.says(c.p.out, "ready\n")
	}
	c.p.signal(syscall.SIGTERM)
}

// term ends the ride and wants its code.
func (c *console) term(code int) {
	c.t.Helper()
	c.tell()
	c.ends(code)
}

// ends waits for the ride's end and wants its code.
func (c *console) ends(code int) {
	c.t.Helper()
	if got := c.p.ends(); got.Code != code || got.Signal != 0 {
		c.t.Errorf("got %s, want %d\n%s\n%s", got, code, c.p.out, c.p.err)
	}
	none(c.t)
}
