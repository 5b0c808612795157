package volume

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/spec"
)

// holding takes the volume as a boot does and keeps it until the world is closed.
func (g *rig) holding() *boot.World {
	g.t.Helper()
	w := g.world()
	g.check(boot.NewBoot(w, nil).Phases(context.Background(), Directory(), Take()))
	return w
}

// A boot that hangs in a hook must not hang all others for ever: the wait ends, and the words name who holds the lock, so that
// a person knows what to stop.
func TestTheWaitForTheLockEnds(t *testing.T) {
	for _, limit := range []string{"0", "0s", "1ms"} {
		g := newRig(t).full()
		w := g.holding()
		before := snapshot(t, g.vol)
		g.env = append(g.env, lockEnv+"="+limit)
		r, err := g.boot()
		host, _ := os.Hostname()
		failure(t, err, codeBerth, "another boot holds its lock", g.vol, "container "+host+", boot of 20", "wait for that container's boot, or stop it; BERTH_LOCK_TIMEOUT=5m waits longer")
		g.idle(r)
		g.spared(g.vol, before)
		// A plan waits for nobody: it makes nothing that two could make.
		if _, err := g.plan(); err != nil {
			t.Errorf("a plan beside a boot: %v", err)
		}
		g.check(w.Close())
		g.must()
	}
}

// The app's user may write the holder's name: it is shown quoted and short, and no name is no error.
func TestTheHoldersName(t *testing.T) {
	for note, want := range map[string]string{
		"":                              "it left no name",
		" \n":                           "it left no name",
		"x\nberth: all is well\x1b[2J":  `"x\nberth: all is well\x1b[2J"`,
		strings.Repeat("y", 300):        strings.Repeat("y", 200),
		strings.Repeat("y", 1<<20):      "it left no name",
		"container a, boot of tomorrow": `"container a, boot of tomorrow"`,
	} {
		g := newRig(t)
		w := g.holding()
		g.check(os.WriteFile(g.at(boot.LedgerDir+"/"+lockName), []byte(note), 0o600))
		g.env = []string{lockEnv + "=0"}
		_, err := g.boot()
		failure(t, err, codeBerth, "for 0s: "+want)
		if strings.ContainsAny(err.Error(), "\n\x1b") || len(err.Error()) > 500 {
			t.Errorf("it says %q", err)
		}
		g.check(w.Close())
	}
}

// waiting starts a boot that has to wait, and comes back once it says so.
func (g *rig) waiting(ctx context.Context) (says string, ended chan error) {
	g.t.Helper()
	w := g.world()
	told := make(chan string, 10)
	ended = make(chan error, 1)
	r := boot.NewBoot(w, func(n boot.Note) {
		if n.Level == boot.Progress {
			told <- n.Text
		}
	})
	go func() { ended <- errors.Join(r.Phases(ctx, Directory(), Take()), w.Close()) }()
	select {
	case says = <-told:
	case err := <-ended:
		g.t.Fatalf("it didn't wait: %v", err)
	}
	return says, ended
}

// Who waits says for whom and how long, and goes on as soon as the lock is given back: at the end of the preparation, not of main.
func TestTheLockIsGivenBack(t *testing.T) {
	g := newRig(t)
	w := g.holding()
	g.env = []string{lockEnv + "=1h"}
	says, ended := g.waiting(t.Context())
	if !strings.HasPrefix(says, "waiting up to 1h0m0s for the lock of "+boot.Word(g.vol)+`: "container `) {
		t.Errorf("it says %q", says)
	}
	g.check(w.Unlock())
	g.check(<-ended)
	g.check(w.Unlock(), w.Close())
	g.must()
}

// docker stop while a boot waits: the stop's cause ends it at once, and nothing is held.
func TestAStopEndsTheWait(t *testing.T) {
	g := newRig(t)
	w := g.holding()
	g.env = []string{lockEnv + "=1h"}
	stopped := errors.New("SIGTERM")
	ctx, stop := context.WithCancelCause(t.Context())
	_, ended := g.waiting(ctx)
	stop(stopped)
	if err := <-ended; !errors.Is(err, stopped) {
		t.Errorf("it ended with %v", err)
	}
	g.check(w.Close())
	g.env = []string{lockEnv + "=0"}
	g.must()
}

// A boot that fails lets go as well: the container that is started in its place finds the lock free.
func TestAFailedBootLetsGo(t *testing.T) {
	g := newRig(t)
	g.env = []string{lockEnv + "=0"}
	broken := errors.New("broken")
	_, err := g.boot(boot.Func("fails", func(context.Context, *boot.Run) error { return broken }))
	if !errors.Is(err, broken) {
		t.Errorf("it ended with %v", err)
	}
	g.must()
}

// holderEnv names the volume to the process that TestKillFreesTheLock starts and kills.
const holderEnv = "BERTH_TEST_HOLDS"

// TestHolder is that process. It ends with its stdin, should nobody kill it.
func TestHolder(t *testing.T) {
	dir := os.Getenv(holderEnv)
	if dir == "" {
		t.Skip("only another test starts this one, as a process to kill")
	}
	g := newRig(t)
	g.vol = dir
	g.spec.Volume.Path = spec.Text(dir)
	w := g.holding()
	if w.Lock == nil {
		t.Fatal("it holds no lock")
	}
	if _, err := os.Stdout.WriteString("held\n"); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// kill -9, the OOM killer or a power cut end a boot without a word. Nobody removes a stale lock by hand: the kernel lets it go.
func TestKillFreesTheLock(t *testing.T) {
	g := newRig(t)
	exe, err := os.Executable()
	g.check(err)
	c := exec.CommandContext(t.Context(), exe, "-test.run=^TestHolder$", "-test.count=1")
	c.Env = append(os.Environ(), holderEnv+"="+g.vol, "TMPDIR="+t.TempDir()) // nobody tidies up after a kill
	stdin, err := c.StdinPipe()
	g.check(err)
	defer func() { _ = stdin.Close() }()
	stdout, err := c.StdoutPipe()
	g.check(err)
	g.check(c.Start())
	lines := bufio.NewScanner(stdout)
	for lines.Scan() && lines.Text() != "held" {
		t.Logf("it says %s", lines.Text())
	}
	g.env = []string{lockEnv + "=0"}
	_, err = g.boot()
	failure(t, err, codeBerth, "another boot holds its lock")
	g.check(c.Process.Kill())
	_ = c.Wait()
	g.silent(g.must())
}

// The app's user owns the lock's place: what it makes of it costs only itself the lock, in one line, and nothing outside is
// written, owned or waited for.
func TestWhatIsNoLock(t *testing.T) {
	const dir, file = boot.LedgerDir, boot.LedgerDir + "/" + lockName
	for _, c := range []struct {
		about, says string
		make        func(g *rig) error
	}{
		{"a file for a directory", "lock .berth: refused: ", func(g *rig) error { return os.WriteFile(g.at(dir), nil, 0o600) }},
		{"a link for a directory", "refusing lock through symlinked path .berth", func(g *rig) error { return os.Symlink(g.root+"/victim", g.at(dir)) }},
		{"a FIFO for a directory", "lock .berth: refused: ", func(g *rig) error { return unix.Mkfifo(g.at(dir), 0o600) }},
		{"a link", "refusing lock through symlinked path .berth/lock", func(g *rig) error {
			return errors.Join(os.Mkdir(g.at(dir), 0o700), os.Symlink(g.root+"/victim/file", g.at(file)))
		}},
		{"a link to nothing", "refusing lock through symlinked path .berth/lock", func(g *rig) error {
			return errors.Join(os.Mkdir(g.at(dir), 0o700), os.Symlink(g.root+"/victim/new", g.at(file)))
		}},
		{"a FIFO", "lock .berth/lock: refused: it is not a regular file", func(g *rig) error {
			return errors.Join(os.Mkdir(g.at(dir), 0o700), unix.Mkfifo(g.at(file), 0o600))
		}},
		{"a directory", "lock .berth/lock: refused: it is not a regular file", func(g *rig) error { return os.MkdirAll(g.at(file), 0o700) }},
		{"another name of root's file", "lock .berth/lock: refused: the file has other names", func(g *rig) error {
			return errors.Join(os.Mkdir(g.at(dir), 0o700), os.Link(g.root+"/victim/file", g.at(file)))
		}},
	} {
		t.Run(c.about, func(t *testing.T) {
			if strings.Contains(c.about, "root's") {
				needRoot(t)
			}
			g := newRig(t)
			g.write(g.root+"/victim/file", "root's own", 0o600)
			g.check(c.make(g))
			before := snapshot(t, g.root)
			r := g.must()
			g.silentBut(r, c.says)
			if r.World.Lock != nil {
				t.Error("it holds a lock")
			}
			g.spared(g.root, before)
		})
	}
}

// A slip in the variable must neither end a boot nor make it wait for nothing.
func TestTheLocksTimeout(t *testing.T) {
	for value, want := range map[string]string{
		"": "1m0s", "90": "1m30s", "90s": "1m30s", "5m": "5m0s", "1h2m": "1h2m0s", "0": "0s", "-1s": "1m0s!", "-1": "1m0s!", "soon": "1m0s!", "5 m": "1m0s!",
		"9223372036854775807": "1m0s!", "99999999999h": "1m0s!", "1e3": "1m0s!",
	} {
		r := boot.NewBoot(&boot.World{Environ: []string{lockEnv + "=" + value}}, nil)
		got := timeout(r).String()
		if warned := notes(r); warned != "" {
			got += "!"
			if !regexp.MustCompile(`^warning: BERTH_LOCK_TIMEOUT=".*" is no duration: 1m0s it is \(hint: write it like 90s or 5m\)\n$`).MatchString(warned) {
				t.Errorf("%q warns %q", value, warned)
			}
		}
		if got != want {
			t.Errorf("%q gives %s, want %s", value, got, want)
		}
	}
}
