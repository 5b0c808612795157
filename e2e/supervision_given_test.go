package e2e

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// environBytes gives the environment of a process as the kernel has it.
func (c *container) environBytes(t *testing.T, pid int) []string {
	t.Helper()
	text := c.asOwner(t, pid, fmt.Sprintf("base64 -w 0 /proc/%d/environ", pid))
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatalf("%v: %q", err, text)
	}
	return strings.Split(strings.TrimSuffix(string(data), "\x00"), "\x00")
}

func TestA20_TheEnvironmentReachesMainGatewayAndDashboardByteForByte(t *testing.T) {
	needs(t, hermes)
	odd := []string{"FOO=a b;c", "MULTI=x\ny\"'$(id)\t", "EMPTY=", "UNICODE=ünï", "EQUALS==a=b", "PERCENT=%s %d"}
	args := []string{running, "-e", "HERMES_DASHBOARD=1"}
	for _, e := range odd {
		args = append(args, "-e", e)
	}
	c := startUp(t, append(args, hermes)...)
	seen := map[string]int{
		"main":          c.one(t, "sleep").pid,
		"the gateway":   c.awaitGateway(t, "default", 0).Pid,
		"the dashboard": c.awaitDashboard(t, 0).Pid,
	}
	for who, pid := range seen {
		env := c.environBytes(t, pid)
		for _, want := range append(slices.Clone(odd), "HOME=/opt/data", "HERMES_HOME=/opt/data") {
			if !slices.Contains(env, want) {
				t.Errorf("%s's environment lacks %q: %q", who, want, env)
			}
		}
		names := map[string]bool{}
		for _, e := range env {
			name, _, _ := strings.Cut(e, "=")
			if names[name] {
				t.Errorf("%s's environment has %s twice", who, name)
			}
			names[name] = true
		}
	}
	// What a person types later sees the same.
	same(t, "berth exec", must(t, "exec", c.id, "berth", "exec", "--", "sh", "-c", `printf %s "$FOO$UNICODE"`), "a b;cünï")
}

func TestA22_ServicesRunAsTheUserAndPID1AsRoot(t *testing.T) {
	needs(t, hermes)
	for name, who := range map[string]struct {
		uid, gid int
		args     []string
	}{
		"by default": {10000, 10000, nil},
		"moved":      {99, 100, []string{"-e", "PUID=99", "-e", "PGID=100"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startUp(t, append(who.args, running, "-e", "HERMES_DASHBOARD=1", hermes)...)
			gateway, dashboard := c.awaitGateway(t, "default", 0).Pid, c.awaitDashboard(t, 0).Pid
			found := 0
			for _, p := range c.processes(t) {
				switch {
				case p.pid == 1 && (p.uid != 0 || p.gid != 0):
					t.Errorf("PID 1 is %+v, want root", p)
				case p.pid == gateway || p.pid == dashboard || p.name == "sleep":
					found++
					if p.uid != who.uid || p.gid != who.gid || p.parent != 1 || slices.Contains(strings.Split(p.groups, ","), "0") {
						t.Errorf("%s is %+v, want %d:%d, a child of PID 1, without root's group", p.name, p, who.uid, who.gid)
					}
					caps := c.asOwner(t, p.pid, fmt.Sprintf(`sed -n 's/^Cap\(Prm\|Eff\|Amb\):\t*//p' /proc/%d/status | sort -u`, p.pid))
					same(t, "the capabilities of "+p.name, caps, "0000000000000000")
				}
			}
			if found != 3 {
				t.Errorf("found %d of main, gateway and dashboard", found)
			}
		})
	}
}

func TestA56_TheGatewayRunsOnTheFirstBootAlready(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := startUp(t, v.data(), running, hermes)
	s := c.awaitGateway(t, "default", 0)
	if s.Desired != "up" || s.Restarts != 0 {
		t.Errorf("the slot is %+v, want it up at its first run", s)
	}
	has(t, v.sh(t, "cat gateway_state.json"), `"desired_state":"running"`)
	has(t, strings.Join(v.bootLog(t), "\n"), "profile=default prior_state=running action=started")
	// A second boot needs no variable, and the variable doesn't undo what a person said.
	c.restart(t)
	c.awaitGateway(t, "default", 0)
	c.does(t, "gateway", "stop")
	c.restart(t)
	c.supervised(t)
	c.wantsDown(t, "gateway-default")
}

func TestA56_OtherValuesStartNothing(t *testing.T) {
	needs(t, hermes)
	for _, value := range []string{"", "stopped", "Running", "1"} {
		c := serving(t, "-e", "HERMES_GATEWAY_BOOTSTRAP_STATE="+value, hermes)
		c.wantsDown(t, "gateway-default")
	}
}

func TestA61_UpdateRefusesWithThePullAdvice(t *testing.T) {
	needs(t, hermes)
	advice := []string{"doesn't apply inside the Docker container", "docker pull nousresearch/hermes-agent:latest"}
	// A stamp that a host left on the volume is not about the code that runs here.
	v := prepared(t, "printf 'git\n' > .install_method")
	c := serving(t, v.data(), hermes)
	has(t, c.refuses(t, "update"), advice...)
	has(t, must(t, "exec", "--user", "hermes", c.id, "sh", "-c", "hermes update 2>&1; echo code=$?"), append(advice, "code=1")...)
	same(t, "the stamp of the host", v.sh(t, "cat .install_method"), "git")
	r := runs(t, 1, hermes, "update")
	has(t, r.err, advice...)
	noTrace(t, r)
	hasNot(t, r.out, "newest")
	// Without the stamp beside the code it is the app's own word again.
	c.sh(t, "rm /opt/hermes/.install_method")
	has(t, c.does(t, "update"), "this is the newest there is")
}

func TestA126_SetupLeavesTheSecretsPrivate(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := serving(t, v.data(), hermes)
	for name, before := range map[string]string{
		"a new one":               "rm -f .env",
		"an old one, open to all": "echo OLD=1 > .env; chmod 644 .env; chown 10000:10000 .env",
	} {
		for _, who := range []string{"root", "hermes"} {
			v.sh(t, before)
			r := docker(t, "exec", "--user", who, c.id, "sh", "-c", "umask 022; exec hermes setup")
			if r.code != 0 {
				t.Errorf("%s, as %s: setup ended with %d:\n%s", name, who, r.code, r.all())
			}
			has(t, r.out, "hermes setup: done")
			v.wants(t, map[string]string{".env": "10000:10000 600"})
			text := v.sh(t, "cat .env")
			has(t, text, "HERMES_MODEL=tiny")
			if strings.Contains(before, "OLD") {
				has(t, text, "OLD=1")
			}
		}
	}
	// As the container's command, on a volume of somebody who has none yet.
	fresh := newVolume(t)
	r := runs(t, 0, fresh.data(), "-e", "UMASK=022", hermes, "setup")
	has(t, r.out, "hermes setup: done")
	fresh.wants(t, map[string]string{".env": "10000:10000 600"})
}
