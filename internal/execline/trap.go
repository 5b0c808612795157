package execline

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/proc"
)

// A trapped signal starts a program, but not while the one of its last time still runs.
type trapped struct {
	sig     syscall.Signal
	prog    []string
	running int
}

// A trapper runs a program, and others when signals come.
type trapper struct {
	call     *chain.Call
	traps    []*trapped
	fallback []string // for signals without a trap of their own
	all      bool     // there is one
	forwards bool
	pid      int
}

// trap runs a program, and others when signals come.
func trap(c *chain.Call) int {
	t := trapper{call: c}
	rest, ok := chain.Options(c.Args, "x", func(byte, string) { t.forwards = true })
	const usage = "trap [ -x ] { signal { prog1... } ... } prog2..."
	if !ok {
		return c.Wrong(usage)
	}
	words, prog, there := block(c, rest)
	if !there {
		return chain.Usage
	}
	if len(words) == 0 {
		return c.Fail(chain.Usage, "the block is empty")
	}
	if len(prog) == 0 {
		return c.Wrong(usage)
	}
	for len(words) > 0 {
		inside, after, there := block(c, words[1:])
		if !there {
			return chain.Usage
		}
		if err := t.add(words[0], inside); err != nil {
			return c.Fail(chain.Usage, "%s", err)
		}
		words = after
	}
	return t.run(prog)
}

// add takes one directive.
func (t *trapper) add(name string, prog []string) error {
	if name == "default" {
		if t.all {
			return errors.New("default stands there twice")
		}
		t.fallback, t.all = prog, true
		return nil
	}
	sig, err := proc.ParseSignal(name)
	if name == "0" { // no signal at all, never comes
		return nil
	}
	if err != nil {
		return fmt.Errorf("%q is neither a signal nor default", name)
	}
	switch sig {
	case syscall.SIGKILL, syscall.SIGSTOP, syscall.SIGCHLD:
		return fmt.Errorf("%s can't be trapped", proc.SignalName(sig))
	case syscall.SIGURG:
		return errors.New("SIGURG can't be trapped: berth's own runtime sends it")
	}
	if t.of(sig) != nil {
		return fmt.Errorf("%s stands there twice", strings.ToLower(name))
	}
	t.traps = append(t.traps, &trapped{sig: sig, prog: prog})
	return nil
}

// of gives a signal's trap.
func (t *trapper) of(sig syscall.Signal) *trapped {
	for _, one := range t.traps {
		if one.sig == sig {
			return one
		}
	}
	return nil
}

// run starts the program, and answers to signals until it ends.
func (t *trapper) run(prog []string) int {
	came := make(chan os.Signal, 64)
	signal.Notify(came, syscall.SIGCHLD)
	for _, one := range t.traps {
		signal.Notify(came, one.sig)
	}
	if t.all || t.forwards {
		signal.Notify(came, proc.Forwarded()...)
	}
	var err error
	if t.pid, err = start(t.call, prog, t.call.Env, standard()); err != nil {
		return failed(t.call, prog[0], err)
	}
	for s := range came {
		sig, _ := s.(syscall.Signal)
		if sig == syscall.SIGCHLD {
			if code, over := t.reap(); over {
				return code
			}
			continue
		}
		if code := t.answer(sig); code != 0 {
			return code
		}
	}
	return 0
}

// reap takes what has ended. over says that the program has.
func (t *trapper) reap() (code int, over bool) {
	for {
		pid, s, err := proc.Await(-1, false)
		if err != nil || pid == 0 {
			return 0, false
		}
		if pid == t.pid {
			return approximate(s), true
		}
		for _, one := range t.traps {
			if one.running == pid {
				one.running = 0
			}
		}
	}
}

// answer does what a signal asks for.
func (t *trapper) answer(sig syscall.Signal) (code int) {
	one := t.of(sig)
	if one == nil {
		if !t.all {
			_ = proc.Forward(t.pid, sig)
			return 0
		}
		one = &trapped{sig: sig, prog: t.fallback}
		t.traps = append(t.traps, one)
	}
	if one.running != 0 || len(one.prog) == 0 {
		return 0
	}
	in := *t.call
	in.Set("!", strconv.Itoa(t.pid))
	in.Set("SIGNAL", strconv.Itoa(int(sig)))
	pid, err := start(t.call, one.prog, in.Env, standard())
	if err != nil {
		return failed(t.call, one.prog[0], err)
	}
	one.running = pid
	return 0
}
