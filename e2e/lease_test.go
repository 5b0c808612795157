package e2e

import (
	"strings"
	"sync"
	"testing"
	"time"
)

// A57: containers that start at once on an empty volume generate one key.
func TestA57_TwoContainersAtOnceMakeOneKey(t *testing.T) {
	needs(t, hermes)
	for range 3 {
		v := newVolume(t)
		var all sync.WaitGroup
		boxes := make([]*container, 3)
		for i := range boxes {
			boxes[i] = start(t, append([]string{v.data(), hermes}, "true")...)
		}
		for _, c := range boxes {
			all.Go(func() {
				if code := c.code(t); code != 0 {
					t.Errorf("a container ended with %d", code)
				}
			})
		}
		all.Wait()
		keys := strings.Fields(v.sh(t, "grep ^API_SERVER_KEY= .env"))
		if len(keys) != 1 || len(keys[0]) != len("API_SERVER_KEY=")+64 {
			t.Errorf("the keys are %q", keys)
		}
		made := 0
		for _, c := range boxes {
			made += strings.Count(docker(t, "logs", c.id).all(), "API_SERVER_KEY")
		}
		if made != 1 {
			t.Errorf("%d containers say that they made a key", made)
		}
	}
}

// awaitStandby waits until a slot stands by for a container.
func (c *container) awaitStandby(t *testing.T, slot string, holder *container) {
	t.Helper()
	host := holder.inspect(t, "{{.Config.Hostname}}")
	c.awaitSlot(t, slot, "stands by for "+host, func(s slotState) bool {
		return s.State == "standby" && s.Pid == 0 && strings.HasPrefix(s.Why, "container "+host+" (boot ") && strings.Contains(s.Why, "holds its lease since ")
	})
}

// healthy holds a container to its health check.
func (c *container) healthy(t *testing.T) {
	t.Helper()
	if r := c.exec(t, "berth", "ready"); r.code != 0 {
		t.Errorf("berth ready ended with %d:\n%s", r.code, r.all())
	}
}

// tookOver gives how long after a time a slot left its standby.
func (c *container) tookOver(t *testing.T, slot string, after time.Time) time.Duration {
	t.Helper()
	for _, e := range c.events(t, slot) {
		if e.From == "standby" && e.To == "waiting" && e.Time.After(after) {
			return e.Time.Sub(after)
		}
	}
	t.Fatalf("%s never took over", slot)
	return 0
}

func TestA109_TwoContainersOneGatewayEach(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, marked(map[string]string{"default": wantsRunning, "coder": wantsRunning}))
	a := serving(t, v.data(), hermes)
	a.awaitGateway(t, "default", 0)
	first := a.awaitGateway(t, "coder", 0)

	b := serving(t, v.data(), hermes)
	for _, slot := range []string{"gateway-default", "gateway-coder"} {
		b.awaitStandby(t, slot, a)
	}
	b.healthy(t)
	if n := len(b.gateways(t)); n != 0 {
		t.Errorf("%d gateways run in the second container", n)
	}
	has(t, docker(t, "logs", b.id).all(), "gateway-coder: standby: container "+a.inspect(t, "{{.Config.Hostname}}"))
	// Who gives an order in the wrong container is told which is the right one; nothing is stopped or written down.
	host := a.inspect(t, "{{.Config.Hostname}}")
	for verb, code := range map[string]int{"stop": 1, "restart": 1, "start": 0, "status": 0} {
		r := b.exec(t, "hermes", "-p", "coder", "gateway", verb)
		has(t, r.all(), "runs in container "+host)
		has(t, r.all(), "docker exec "+host+" hermes -p coder gateway ")
		if r.code != code {
			t.Errorf("gateway %s ended with %d:\n%s", verb, r.code, r.all())
		}
	}
	has(t, v.sh(t, "tail -n 2 logs/container-boot.log"), "action=registered held_by="+host)
	if s := a.slots(t)["gateway-coder"]; s.Pid != first.Pid || s.Restarts != 0 || s.Desired != "up" {
		t.Errorf("the first's gateway is %+v, want it undisturbed", s)
	}
	// It is said once: no loop. An interval in which nothing may happen.
	before := docker(t, "logs", b.id).all()
	<-time.After(5 * time.Second)
	same(t, "what the second says while it waits", docker(t, "logs", b.id).all(), before)

	// The first dies without a word.
	died := time.Now()
	must(t, "kill", "-s", "KILL", a.id)
	b.awaitGateway(t, "default", 0)
	b.awaitGateway(t, "coder", 0)
	b.healthy(t)
	if took := b.tookOver(t, "gateway-coder", died); took > 4*time.Second {
		t.Errorf("it was taken over after %v", took)
	}

	// It comes back and waits in its turn; a stop in the order of things hands over as well.
	must(t, "start", a.id)
	a.awaitUp(t)
	a.supervised(t)
	a.awaitStandby(t, "gateway-coder", b)
	a.healthy(t)

	// Who is told to stop is stopped for both.
	b.does(t, "-p", "coder", "gateway", "stop")
	a.wantsDownSoon(t, "gateway-coder")
	a.awaitStandby(t, "gateway-default", b)
	must(t, "stop", b.id)
	a.awaitGateway(t, "default", 0)
	a.wantsDown(t, "gateway-coder")
}

// wantsDownSoon waits until a slot is wanted down and is.
func (c *container) wantsDownSoon(t *testing.T, slot string) {
	t.Helper()
	c.awaitSlot(t, slot, "is down", func(s slotState) bool { return s.State == "down" && s.Desired == "down" })
}

func TestA109_AGatewayAndADashboard(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, marked(map[string]string{"default": wantsRunning}))
	a := serving(t, v.data(), hermes)
	first := a.awaitGateway(t, "default", 0)
	b := start(t, v.data(), hermes, "dashboard", "--no-open")
	b.supervised(t)
	b.healthy(t)
	for name := range b.slots(t) {
		if strings.HasPrefix(name, "gateway-") {
			t.Errorf("the dashboard's container has the slot %s", name)
		}
	}
	if s := a.slots(t)["gateway-default"]; s.Pid != first.Pid || s.Restarts != 0 {
		t.Errorf("the gateway is %+v, want it undisturbed", s)
	}
}

// Two containers whose users differ: the second hands the volume to its own user, and still sees the first's lease.
func TestA109_WithAnotherUser(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, marked(map[string]string{"default": wantsRunning}))
	a := serving(t, v.data(), hermes)
	a.awaitGateway(t, "default", 0)
	b := serving(t, v.data(), "-e", "PUID=4242", "-e", "PGID=4243", hermes)
	b.awaitStandby(t, "gateway-default", a)
	b.healthy(t)
	must(t, "kill", "-s", "KILL", a.id)
	b.awaitRun(t, "gateway-default", 0)
}

// The app's user holds the lease's file itself: nobody hangs, and the words say what is seen.
func TestA109_TheAppHoldsTheLock(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, marked(map[string]string{"coder": wantsRunning})+"mkdir -p .berth/leases; : > .berth/leases/gateway-coder; chown -R 10000:10000 .berth; chmod 700 .berth")
	holder := start(t, v.data(), "--entrypoint", "flock", hermes, "/opt/data/.berth/leases/gateway-coder", "sleep", "infinity")
	eventually(t, "it holds the lock", func() bool {
		return holder.exec(t, "flock", "-n", "/opt/data/.berth/leases/gateway-coder", "true").code == 1
	})
	c := serving(t, v.data(), hermes)
	c.awaitSlot(t, "gateway-coder", "stands by", func(s slotState) bool {
		return s.State == "standby" && strings.Contains(s.Why, "somebody holds its lease (.berth/leases/gateway-coder) who left no name")
	})
	c.healthy(t)
	must(t, "kill", "-s", "KILL", holder.id)
	c.awaitGateway(t, "coder", 0)
}
