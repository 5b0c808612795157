package daemon

import (
	"strings"
	"syscall"
	"testing"

	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/spec"
)

func TestRunEndsWithMainsCode(t *testing.T) {
	for _, c := range []struct {
		about, script string
		want          int
	}{
		{"success", "exit 0", 0},
		{"a code of its own", "exit 7", 7},
		{"the largest code", "exit 255", 255},
		{"main is killed", "kill -KILL $$", 137},
		{"main ends by a signal that berth forwards", "kill -USR1 $$", 128 + int(syscall.SIGUSR1)},
		{"without a terminal main leads a session of its own", "set -- $(cat /proc/$$/stat); [ $$ = $6 ] && exit 8", 8},
		{"main's child ending is not main's end", "sh -c 'exit 3'; exit 4", 4},
	} {
		t.Run(c.about, func(t *testing.T) {
			p := shell(t, c.script).off(t)
			if got := p.ends(); got != (proc.Status{Code: c.want}) {
				t.Errorf("got %s, want %d\n%s", got, c.want, p.err)
			}
		})
	}
	none(t)
}

func TestRunThatCanNotStartMain(t *testing.T) {
	denied := program(t, open(t)+"/denied", 0o644)
	for _, c := range []struct {
		about string
		words []string
		text  string
	}{
		{"nothing to run", nil, "no command was given and the spec names none"},
		{"a word that is no program", []string{"no-such-program"}, `find "no-such-program": no such file or directory`},
		{"a path that leads nowhere", []string{"/no/such"}, `run "/no/such": no such file or directory`},
		{"a file that can't be executed", []string{denied}, `run "` + denied + `": permission denied`},
	} {
		t.Run(c.about, func(t *testing.T) {
			p := newRide(t, c.words...).off(t)
			if got := p.ends(); got.Code != 100 || !strings.Contains(p.err.String(), c.text) {
				t.Errorf("got %s, want %q in\n%s", got, c.text, p.err)
			}
		})
	}
	none(t)
}

func TestMainGetsTheDirectoryAndTheSpecsWords(t *testing.T) {
	r := newRide(t, "--flag", "a b", "$X")
	r.Spec.Main.Command = []spec.Text{"sh", "-c", `printf '<%s>' "$@" "$HOME" "$DATA" "$X" "${TOKEN-gone}"; pwd -P >"$DATA/pwd"`, "${NAME:-main}"}
	r.Spec.Env.Set = map[string]spec.Text{"X": "${DATA}/x"}
	r.Spec.Seed = []spec.Seed{{Path: "token", FromEnv: "TOKEN", Secret: true}}
	r.Environ = append(r.Environ, "TOKEN=s3cret", "DATA=/elsewhere")
	p := r.off(t)
	got := p.ends()
	if want := "<--flag><a b><$X><" + r.Dir + "><" + r.Dir + "><" + r.Dir + "/x><gone>"; !got.Success() || p.out.String() != want {
		t.Fatalf("got %s %q, want %q\n%s", got, p.out, want, p.err)
	}
	if said := p.err.String(); !strings.Contains(said, "changed: Setup complete; starting sh\n") || strings.Contains(said, "s3cret") {
		t.Errorf("it said\n%s", said)
	}
}

// awake is a child that says when it can be told to end: one that a shell has only just forked would take the shell's traps along.
const awake = "sh -c 'echo ready; exec sleep 300'"

// known makes a script say that it got WINCH, which nobody else cares for: berth knows it then as main.
const known = "trap 'echo known' WINCH\n"

func TestSignalsReachMain(t *testing.T) {
	names := []string{"HUP", "INT", "QUIT", "USR1", "USR2", "ALRM", "TSTP", "CONT", "37"}
	var script strings.Builder
	for _, name := range names {
		script.WriteString("trap 'echo got " + name + "' " + name + "\n")
	}
	p := shell(t, script.String()+known+awake+" & while :; do wait; done").off(t)
	p.says(p.out, "ready\n")
	p.known(p.p.Pid())
	for _, name := range names {
		sig, err := proc.ParseSignal(name)
		ok(t, err)
		p.signal(sig)
		p.says(p.out, "got "+name+"\n")
	}
	p.signal(syscall.SIGPIPE) // berth's own
	p.signal(syscall.SIGTERM)
	if got := p.ends(); got.Code != 143 {
		t.Errorf("got %s\n%s", got, p.err)
	}
	none(t)
}

func TestTermEndsTheTree(t *testing.T) {
	for _, c := range []struct {
		about, script string
		want          int
	}{
		{"a program that doesn't listen for it", "echo ready; exec sleep 300", 143},
		{"a shell that waits for its child isn't stuck behind it", "trap 'exit 4' TERM; " + awake + "; exit 9", 4},
		{"a program that takes its time to end", "trap 'sleep 0.1; exit 5' TERM; " + awake + " & wait", 5},
		{"a child in a session of its own ends as well", "trap 'exit 6' TERM; setsid " + awake + " & wait", 6},
		{"a process whose parent is gone ends as well", "trap 'exit 6' TERM; (setsid " + awake + " &); " + awake + " & wait", 6},
	} {
		t.Run(c.about, func(t *testing.T) {
			p := shell(t, c.script).off(t)
			p.says(p.out, strings.Repeat("ready\n", max(1, strings.Count(c.script, awake))))
			p.signal(syscall.SIGTERM)
			if got := p.ends(); got.Code != c.want {
				t.Errorf("got %s, want %d\n%s", got, c.want, p.err)
			}
			if strings.Contains(p.err.String(), "time is up") {
				t.Errorf("it was killed:\n%s", p.err)
			}
		})
	}
	none(t)
}

// A boot beside a main that runs doesn't wait for its end: the volume's lock is for the preparation alone.
func TestTheLockIsGivenBackBeforeMain(t *testing.T) {
	first := shell(t, "echo ready; exec sleep 300")
	p := first.off(t)
	p.says(p.out, "ready\n")
	second := shell(t, "exit 5")
	second.Dir = first.Dir
	second.Environ = append(second.Environ, "BERTH_LOCK_TIMEOUT=0")
	if got := second.off(t); got.ends().Code != 5 {
		t.Errorf("got\n%s", got.err)
	}
	p.signal(syscall.SIGTERM)
	if got := p.ends(); got.Code != 143 {
		t.Errorf("got %s\n%s", got, p.err)
	}
	none(t)
}

// Whoever says TERM twice means it: the second one is main's to hear, not a stop that has begun already.
func TestASecondTermIsMains(t *testing.T) {
	// It forks nothing: a shell's child that is signalled before it has reset the traps would play main.
	p := shell(t, known+"n=0; trap 'n=$((n+1)); echo got $n; [ $n = 2 ] && exit 5' TERM; echo ready; while :; do :; done").off(t)
	p.says(p.out, "ready\n")
	p.known(p.p.Pid())
	p.signal(syscall.SIGTERM)
	p.says(p.out, "got 1\n")
	p.signal(syscall.SIGTERM)
	if got := p.ends(); got.Code != 5 {
		t.Errorf("got %s\n%s", got, p.err)
	}
	none(t)
}

func TestADeafMainIsKilledWhenTheTimeIsUp(t *testing.T) {
	r := shell(t, "trap '' TERM; echo ready; while :; do sleep 0.05; done")
	r.Environ = append(r.Environ, StopTimeoutEnv+"=0.2")
	p := r.off(t)
	p.says(p.out, "ready\n")
	p.signal(syscall.SIGTERM)
	if got := p.ends(); got.Code != 137 || !strings.Contains(p.err.String(), "warning: stop: time is up (200ms): main is killed\n") {
		t.Errorf("got %s\n%s", got, p.err)
	}
	none(t)
}

// The streams of a ride end when the last process has ended that inherited them, so that ends fails where one is left.
func TestWhatMainLeavesEndsWithIt(t *testing.T) {
	for about, script := range map[string]string{
		"a child":                           "sleep 300 & exit 3",
		"an orphan in a session of its own": "(setsid sleep 300 &); exit 3",
		"one that is deaf":                  "(trap '' TERM; exec setsid sleep 300) & exit 3",
		"one that begets another when told": "(trap 'sleep 300 & exit' TERM; echo ready >$HOME/ready; sleep 300 & wait) & while [ ! -s $HOME/ready ]; do sleep 0.01; done; exit 3",
	} {
		t.Run(about, func(t *testing.T) {
			r := shell(t, script)
			r.Environ = append(r.Environ, StopTimeoutEnv+"=300ms")
			p := r.off(t)
			if got := p.ends(); got.Code != 3 {
				t.Errorf("got %s\n%s", got, p.err)
			}
			if !children.Empty() {
				t.Error("a process outlived berth")
			}
		})
	}
	none(t)
}

func TestASignalBeforeMainEndsTheBoot(t *testing.T) {
	for _, c := range []struct {
		about, hook string
		sig         syscall.Signal
	}{
		{"TERM", "echo hooked; exec sleep 300", syscall.SIGTERM},
		{"INT", "echo hooked; exec sleep 300", syscall.SIGINT},
		{"QUIT", "echo hooked; exec sleep 300", syscall.SIGQUIT},
		{"HUP", "echo hooked; exec sleep 300", syscall.SIGHUP},
		{"a deaf hook is killed", "trap '' TERM; echo hooked; while :; do sleep 0.05; done", syscall.SIGTERM},
	} {
		t.Run(c.about, func(t *testing.T) {
			r := shell(t, "echo main ran").hook(spec.AfterSeed, c.hook).hook(spec.BeforeMain, "echo next hook")
			if strings.Contains(c.about, "deaf") {
				r.Environ = append(r.Environ, StopTimeoutEnv+"=200ms")
			}
			p := r.off(t)
			p.says(p.err, "hooked\n")
			p.signal(c.sig)
			got, said := p.ends(), p.err.String()
			if got.Code != 128+int(c.sig) || !strings.Contains(said, "stopped by "+proc.SignalName(c.sig)+" before main ran\n") {
				t.Errorf("got %s\n%s", got, said)
			}
			if p.out.String() != "" || strings.Contains(said, "next hook") {
				t.Errorf("it went on: %q\n%s", p.out, said)
			}
		})
	}
	none(t)
}

func TestHooksOfARun(t *testing.T) {
	r := shell(t, "cat $HOME/order")
	for _, at := range []spec.HookPoint{spec.BeforeMain, spec.AfterVolume, spec.AfterSeed, spec.AfterIdentity} {
		r.hook(at, "echo words; echo $BERTH_HOOK >>$BERTH_VOLUME/order")
	}
	p := r.off(t)
	if got := p.ends(); !got.Success() || p.out.String() != "after-identity\nafter-volume\nafter-seed\nbefore-main\n" {
		t.Errorf("got %s %q\n%s", got, p.out, p.err)
	}
	if n := strings.Count(p.err.String(), "words\n"); n != 4 {
		t.Errorf("what hooks print is on stderr %d times:\n%s", n, p.err)
	}
	r = shell(t, "echo main ran").hook(spec.AfterSeed, "exit 3")
	r.Spec.Hooks[0].Failure = spec.FailStop
	p = r.off(t)
	if got := p.ends(); got.Code != 100 || !strings.Contains(p.err.String(), "it ended with code 3") || p.out.String() != "" {
		t.Errorf("got %s %q\n%s", got, p.out, p.err)
	}
	none(t)
}

// Under nohup a hangup is meant to end nobody.
func TestAnIgnoredHangupStaysIgnored(t *testing.T) {
	c := shell(t, "kill -HUP $$; trap 'exit 4' USR1\n"+known+awake+" & while :; do wait; done").command(t)
	c.Path, c.Args = "/bin/sh", []string{"sh", "-c", `trap "" HUP; exec "$0"`, exe(t)}
	p := play(t, c)
	p.says(p.out, "ready\n")
	p.known(p.p.Pid())
	p.signal(syscall.SIGHUP)
	p.signal(syscall.SIGUSR1)
	if got := p.ends(); got.Code != 4 {
		t.Errorf("got %s\n%s", got, p.err)
	}
	none(t)
}
