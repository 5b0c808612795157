package s6rcwords

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/chain"
)

// rcFake plays the daemon: slots that start and stop at once, unless a test says otherwise.
type rcFake struct {
	mu    sync.Mutex
	up    map[string]bool
	told  []string
	fails map[string]error // a slot that doesn't do what it is told
	hangs map[string]bool
}

func (f *rcFake) Status() []api.Service {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []api.Service
	for name, up := range f.up {
		s := api.Service{Name: name, State: "down", Desired: "down"}
		if up {
			s = api.Service{Name: name, State: "ready", Desired: "up", Ready: true, Pid: 7}
		}
		if name == "odd" { // wanted, and not running
			s.Desired = "up"
		}
		out = append(out, s)
	}
	return out
}

func (f *rcFake) order(ctx context.Context, verb string, o api.Order, up bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = append(f.told, verb+" "+strings.Join(o.Slots, ","))
	var bad error
	for _, s := range o.Slots {
		switch {
		case f.fails[s] != nil:
			bad = f.fails[s]
		case f.hangs[s]:
			<-ctx.Done()
			return ctx.Err()
		default:
			f.up[s] = up
		}
	}
	return bad
}

func (f *rcFake) Start(ctx context.Context, o api.Order) error { return f.order(ctx, "start", o, true) }

func (f *rcFake) Stop(ctx context.Context, o api.Order) error { return f.order(ctx, "stop", o, false) }

func (f *rcFake) Restart(ctx context.Context, o api.Order) error {
	return f.order(ctx, "restart", o, true)
}
func (f *rcFake) Reload(context.Context, api.Order) error { return nil }
func (f *rcFake) Ready() api.Ready                        { return api.Ready{Ready: true} }
func (f *rcFake) Record(api.Change)                       {}

// An rcRig is an image, and a daemon that runs it.
type rcRig struct {
	t    *testing.T
	fake *rcFake
	root string
	env  []string
}

func newRC(t *testing.T) *rcRig {
	t.Helper()
	root := t.TempDir()
	define := func(name, kind string, files ...string) {
		at := filepath.Join(root, "etc/s6-overlay/s6-rc.d", name)
		rcWrite(t, at+"/type", kind+"\n")
		for _, f := range files {
			key, text, _ := strings.Cut(f, "=")
			rcWrite(t, at+"/"+key, text)
		}
	}
	define("user", "bundle", "contents.d/web=", "contents.d/pair=", "contents.d/pipe=")
	define("init", "oneshot", "up=echo \"a b\"\n", "down=echo c", "dependencies.d/base=", "timeout-up=1500")
	define("db", "longrun", "run=#!/bin/sh\n", "dependencies.d/init=", "flag-essential=")
	define("web", "longrun", "run=#!/bin/sh\n", "dependencies.d/db=")
	define("pair", "bundle", "contents=a\nb\n")
	define("a", "oneshot", "up=")
	define("b", "oneshot", "up=")
	define("out", "longrun", "run=#!/bin/sh\n", "producer-for=log")
	define("log", "longrun", "run=#!/bin/sh\n", "consumer-for=out", "producer-for=ship")
	define("ship", "longrun", "run=#!/bin/sh\n", "consumer-for=log", "pipeline-name=pipe")
	define("spare", "longrun", "run=#!/bin/sh\n", "dependencies.d/a=", "timeout-down=50")
	define("sick", "longrun", "dependencies.d/nobody=")

	f := &rcFake{up: map[string]bool{}, fails: map[string]error{}, hangs: map[string]bool{}}
	socket, err := os.MkdirTemp("/tmp", "rc")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(socket) })
	getenv := func(string) string { return socket + "/s" }
	l, err := api.Listen(context.Background(), api.Where{Getenv: getenv})
	if err != nil {
		t.Fatal(err)
	}
	server := api.New(api.Options{App: uint32(os.Getuid()), Supervisor: f, Recorder: f})
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		_ = server.Close(context.Background())
		if err := <-done; err != nil {
			t.Error(err)
		}
		_ = l.Close()
	})
	return &rcRig{t: t, fake: f, root: root, env: []string{api.SocketEnv + "=" + socket + "/s"}}
}

func rcWrite(t *testing.T, at, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// call calls a word with a command line, and gives what it said.
func (g *rcRig) call(line string) (code int, out, said string) {
	words := strings.Fields(line)
	var stdout, stderr strings.Builder
	c := &chain.Call{Name: words[0], Args: words[1:], Env: g.env, Stdout: &stdout, Stderr: &stderr}
	switch words[0] {
	case "s6-rc":
		code = rcIn(c, g.root)
	case "s6-rc-db":
		code = rcDBIn(c, g.root)
	default:
		code = Find(words[0])(c)
	}
	return code, stdout.String(), stderr.String()
}

func (g *rcRig) started(names ...string) {
	for _, n := range names {
		g.fake.up[n] = true
	}
}

// What s6-rc says about what is defined and what is up.
func TestRCLists(t *testing.T) {
	for _, c := range []struct {
		line, up string
		code     int
		out      string
		said     string
	}{
		{"s6-rc list", "", 0, "", ""},
		{"s6-rc list web pair", "", 0, "a b web", ""},
		{"s6-rc list pipe", "", 0, "ship log out", ""},
		{"s6-rc list top", "", 0, "a b fix-attrs ship legacy-cont-init log out web legacy-services", ""},
		{"s6-rc -a list", "fix-attrs web a", 0, "a fix-attrs web", ""},
		{"s6-rc -a list b", "a", 0, "a b", ""},
		{
			"s6-rc -da list",
			"a b fix-attrs ship legacy-cont-init log init out db web",
			0,
			"sick spare legacy-services",
			"",
		},
		{"s6-rc listall web", "", 0, "fix-attrs legacy-cont-init init db web", ""},
		{"s6-rc -u listall spare", "", 0, "a spare", ""},
		{"s6-rc -d listall init", "", 0, "init db web", ""},
		{"s6-rc -X listall web", "", 0, "fix-attrs legacy-cont-init init db", ""},
		{"s6-rc list nobody", "", 3, "", `s6-rc: fatal: there is no service "nobody"`},
		{"s6-rc list wep", "", 3, "", "s6-rc: hint: did you mean web?"},
		{"s6-rc list a/b", "", 3, "", `there is no service "a/b": a name can't have a slash`},
		{"s6-rc", "", 100, "", "usage: s6-rc"},
		{"s6-rc nonsense", "", 100, "", "usage: s6-rc"},
		{"s6-rc -z list", "", 100, "", "usage: s6-rc"},
		{"s6-rc -v x list", "", 100, "", "usage: s6-rc"},
		{"s6-rc -l /run/s6-rc -b -v 2 list a", "", 0, "a", ""},
		{"s6-rc diff", "web", 0, "", ""},
	} {
		t.Run(c.line, func(t *testing.T) {
			g := newRC(t)
			g.started(strings.Fields(c.up)...)
			code, out, said := g.call(c.line)
			if got := strings.Join(strings.Fields(out), " "); code != c.code || got != c.out || !strings.Contains(said, c.said) {
				t.Errorf("%d %q %q, want %d %q %q", code, got, said, c.code, c.out, c.said)
			}
		})
	}
}

// What s6-rc does, as the daemon is told of it, and the lines that scripts look for.
func TestRCChanges(t *testing.T) {
	for _, c := range []struct {
		line, up string
		fails    string
		code     int
		told     string
		said     string
	}{
		{
			line: "s6-rc -v 2 -u change web", up: "fix-attrs legacy-cont-init", told: "start init|start db|start web",
			said: "s6-rc: info: service init: starting\ns6-rc: info: service init: successfully started\ns6-rc: info: service db: starting\ns6-rc: info: service db: successfully started\ns6-rc: info: service web: starting\ns6-rc: info: service web: successfully started\n",
		},
		{line: "s6-rc start pair", told: "start a,b"},
		{line: "s6-rc -u change a", up: "a"},
		{line: "s6-rc -u change", up: "a"},
		{
			line: "s6-rc -v2 -d change init", up: "init web", told: "stop web|stop init",
			said: "s6-rc: info: service web: stopping\ns6-rc: info: service web: successfully stopped\ns6-rc: info: service init: stopping\ns6-rc: info: service init: successfully stopped\n",
		},
		{line: "s6-rc stop web", up: "web db", told: "stop web"},
		{
			line: "s6-rc stop db",
			up:   "web db init",
			told: "stop web",
			said: "s6-rc: warning: db is essential and stays up; -D stops it, too\n",
		},
		{
			line: "s6-rc -d change init",
			up:   "web db init",
			told: "stop web",
			said: "s6-rc: warning: db is essential and stays up; -D stops it, too\n",
		},
		{line: "s6-rc -D change init", up: "web db init", told: "stop web|stop db|stop init"},
		{line: "s6-rc -da change", up: "a out log ship", told: "stop out|stop log|stop a,ship"},
		{line: "s6-rc -up change a", up: "a b out", told: "stop out|stop b"},
		{
			line:  "s6-rc -u change spare",
			fails: "a",
			code:  1,
			told:  "start a",
			said:  "s6-rc: warning: unable to start service a\ns6-rc: fatal: start: a: it failed\ns6-rc: hint: `berth events` and the log tell what happened\n",
		},
		{
			line:  "s6-rc -t 50 -u change spare",
			fails: "hang a",
			code:  2,
			told:  "start a",
			said:  "s6-rc: fatal: timed out\n",
		},
		{
			line: "s6-rc -v2 -n 0 -u change spare",
			said: "s6-rc: info: service a: starting\ns6-rc: info: service a: successfully started\ns6-rc: info: service spare: starting\ns6-rc: info: service spare: successfully started\n",
		},
		{
			line: "s6-rc -u change sick",
			code: 4,
			said: "s6-rc: fatal: sick can't be started: /etc/s6-overlay/s6-rc.d/sick: a longrun needs a file run, and there is none\ns6-rc: hint: `berth s6 explain` shows what is wrong\n",
		},
		{line: "s6-rc -u change nobody", code: 3, said: "s6-rc: fatal: there is no service \"nobody\"\n"},
	} {
		t.Run(c.line+" "+c.up, func(t *testing.T) {
			g := newRC(t)
			g.started(strings.Fields(c.up)...)
			if name, hangs := strings.CutPrefix(c.fails, "hang "); hangs {
				g.fake.hangs[name] = true
			} else if c.fails != "" {
				g.fake.fails[c.fails] = fmt.Errorf("start: %s: it failed", c.fails)
			}
			code, out, said := g.call(c.line)
			if told := strings.Join(g.fake.told, "|"); code != c.code || told != c.told || said != c.said || out != "" {
				t.Errorf("%d %q %q %q, want %d %q %q", code, told, said, out, c.code, c.told, c.said)
			}
		})
	}
}

// A longrun has the time of its timeout-down, and no other one has it.
func TestRCTimeToGoDown(t *testing.T) {
	g := newRC(t)
	g.started("spare", "web")
	g.fake.hangs["spare"] = true
	code, _, said := g.call("s6-rc -d change spare")
	if code != 1 || !strings.Contains(said, "s6-rc: warning: unable to stop service spare\n") || !strings.Contains(said, "spare: not down after 50ms (timeout-down), and still told to go") {
		t.Errorf("%d %q", code, said)
	}
	if code, _, said = g.call("s6-rc -d -t 20 change spare"); code != 2 || !strings.Contains(said, "timed out") {
		t.Errorf("with -t: %d %q", code, said)
	}
	if code, _, said = g.call("s6-rc -D change web"); code != 0 || g.fake.up["web"] {
		t.Errorf("another service: %d %q", code, said)
	}
}

func TestRCDiff(t *testing.T) {
	g := newRC(t)
	g.started("web", "a")
	g.fake.up["db"] = false
	code, out, _ := g.call("s6-rc diff")
	if code != 0 || out != "" {
		t.Errorf("%d %q", code, out)
	}
	rcWrite(t, g.root+"/etc/s6-overlay/s6-rc.d/odd/type", "longrun")
	rcWrite(t, g.root+"/etc/s6-overlay/s6-rc.d/odd/run", "#!/bin/sh\n")
	g.fake.up["odd"] = false
	if code, out, _ = g.call("s6-rc diff"); code != 1 || out != "-odd\n" {
		t.Errorf("%d %q", code, out)
	}
}

func TestRCWithoutADaemon(t *testing.T) {
	g := newRC(t)
	g.env = []string{api.SocketEnv + "=/nowhere/s"}
	for line, want := range map[string]int{"s6-rc -a list": 111, "s6-rc -u change a": 111, "s6-rc diff": 111, "s6-rc list a": 0, "s6-rc-db type a": 0} {
		code, _, said := g.call(line)
		if code != want || want != 0 && !strings.Contains(said, "s6-rc: hint: is berth PID 1") {
			t.Errorf("%s: %d %q", line, code, said)
		}
	}
}

// Which profile counts may only be known from the container's environment, which a script that was called without it lacks.
func TestRCReadsTheProfileOfTheContainer(t *testing.T) {
	g := newRC(t)
	rcWrite(t, g.root+"/run/s6/container_environment/S6_RUNTIME_PROFILE", "p\n")
	rcWrite(t, g.root+"/etc/cont-profile.d/p/s6-overlay/s6-rc.d/only/type", "oneshot")
	rcWrite(t, g.root+"/etc/cont-profile.d/p/s6-overlay/s6-rc.d/only/up", "")
	if code, out, said := g.call("s6-rc-db list oneshots"); code != 0 || !strings.Contains(out, "only\n") || strings.Contains(out, "init\n") && !strings.Contains(out, "legacy-cont-init") {
		t.Errorf("%d %q %q", code, out, said)
	}
}

func TestRCDB(t *testing.T) {
	for _, c := range []struct {
		line string
		code int
		out  string
	}{
		{"s6-rc-db type web", 0, "longrun\n"},
		{"s6-rc-db type init", 0, "oneshot\n"},
		{"s6-rc-db type fix-attrs", 0, "oneshot\n"},
		{"s6-rc-db type pair", 0, "bundle\n"},
		{"s6-rc-db type pipe", 0, "bundle\n"},
		{"s6-rc-db type nobody", 3, ""},
		{"s6-rc-db type", 100, ""},
		{"s6-rc-db contents pair", 0, "a\nb\n"},
		{"s6-rc-db contents pipe", 0, "log\nout\nship\n"},
		{"s6-rc-db contents web", 1, ""},
		{"s6-rc-db dependencies web", 0, "db\n"},
		{"s6-rc-db -d dependencies init", 0, "db\n"},
		{"s6-rc-db -u all-dependencies web", 0, "db\nfix-attrs\ninit\nlegacy-cont-init\nweb\n"},
		{"s6-rc-db -d all-dependencies init", 0, "db\ninit\nweb\n"},
		{"s6-rc-db dependencies pair", 0, ""},
		{"s6-rc-db dependencies", 100, ""},
		{"s6-rc-db all-dependencies nobody", 3, ""},
		{"s6-rc-db atomics pair web", 0, "a\nb\nweb\n"},
		{"s6-rc-db pipeline log", 0, "out\nlog\nship\n"},
		{"s6-rc-db pipeline web", 0, "web\n"},
		{"s6-rc-db pipeline init", 1, ""},
		{"s6-rc-db script init", 0, "echo\x00a b\x00"},
		{"s6-rc-db -d script init", 0, "echo\x00c\x00"},
		{"s6-rc-db script web", 1, ""},
		{"s6-rc-db script pair", 1, ""},
		{"s6-rc-db timeout init", 0, "1500\n"},
		{"s6-rc-db -d timeout init", 0, "0\n"},
		{"s6-rc-db flags db", 0, "essential\n"},
		{"s6-rc-db flags web", 0, ""},
		{"s6-rc-db essentials", 0, "db\n"},
		{"s6-rc-db essentials x", 100, ""},
		{"s6-rc-db list bundles", 0, "base\npair\npipe\ntop\nuser\nuser2\n"},
		{"s6-rc-db list longruns", 0, "ship\nsick\nlog\nout\nspare\ndb\nweb\n"},
		{"s6-rc-db list nothing", 100, ""},
		{"s6-rc-db list", 100, ""},
		{"s6-rc-db nonsense", 100, ""},
		{"s6-rc-db", 100, ""},
		{"s6-rc-db -z list all", 100, ""},
		{"s6-rc-db check x", 100, ""},
	} {
		t.Run(c.line, func(t *testing.T) {
			code, out, said := newRC(t).call(c.line)
			if c.line == "s6-rc-db list longruns" { // the order of those that need nothing isn't told
				out = strings.Join(slices.Sorted(strings.Lines(out)), "")
				c.out = strings.Join(slices.Sorted(strings.Lines(c.out)), "")
			}
			if code != c.code || out != c.out {
				t.Errorf("%d %q %q, want %d %q", code, out, said, c.code, c.out)
			}
		})
	}
}

func TestRCDBLists(t *testing.T) {
	g := newRC(t)
	count := map[string]int{}
	for _, what := range []string{"all", "services", "longruns", "oneshots", "bundles"} {
		_, out, _ := g.call("s6-rc-db list " + what)
		count[what] = strings.Count(out, "\n")
	}
	if count["all"] != count["services"]+count["bundles"] || count["services"] != count["longruns"]+count["oneshots"] || count["oneshots"] != 6 {
		t.Errorf("%v", count)
	}
}

// check says what is wrong; that ends a boot only where a boot starts it.
func TestRCDBCheck(t *testing.T) {
	g := newRC(t)
	code, _, said := g.call("s6-rc-db check")
	if code != 0 || !strings.Contains(said, "s6-rc-db: warning: /etc/s6-overlay/s6-rc.d/sick: a longrun needs a file run") {
		t.Errorf("%d %q", code, said)
	}
	rcWrite(t, g.root+"/etc/s6-overlay/s6-rc.d/user/contents.d/sick", "")
	if code, _, said = g.call("s6-rc-db check"); code != 4 || !strings.Contains(said, "s6-rc-db: fatal: ") || !strings.Contains(said, "s6-rc-db: hint: ") {
		t.Errorf("%d %q", code, said)
	}
}

func TestRCHelp(t *testing.T) {
	g := newRC(t)
	for _, name := range []string{"s6-rc", "s6-rc-db"} {
		if code, out, said := g.call(name + " help"); code != 0 || !strings.HasPrefix(out, name+" ") || said != "" {
			t.Errorf("%d %q %q", code, out, said)
		}
	}
}

// What makes databases is refused, with what to do instead.
func TestRCRefusals(t *testing.T) {
	g := newRC(t)
	for name, hint := range map[string]string{
		"s6-rc-compile": "berth s6 explain", "s6-rc-init": "the boot has done it", "s6-rc-update": "start the container again", "s6-rc-bundle": "contents.d",
		"s6-rc-dryrun": "s6-rc -n 0", "s6-rc-format-upgrade": "no format",
	} {
		code, out, said := g.call(name + " x y")
		if code != 100 || out != "" || !strings.Contains(said, name+": fatal: berth keeps no compiled database") || !strings.Contains(said, name+": hint: ") || !strings.Contains(said, hint) {
			t.Errorf("%s: %d %q %q", name, code, out, said)
		}
	}
	if Find("s6-rc-nothing") != nil || Find("rc") != nil {
		t.Error("a name that nobody knows has a word")
	}
}

// What can't be stopped at once is waited for without a limit of the word's own, and -t is for all of it.
func TestRCTimeIsForAllOfIt(t *testing.T) {
	r := &rcCall{Call: &chain.Call{Name: "s6-rc", Stderr: &strings.Builder{}}, timeout: time.Millisecond}
	if _, err := r.order([]string{"a"}, false, time.Now().Add(-time.Second)); !errors.Is(err, errTime) {
		t.Errorf("behind the time: %v", err)
	}
}
