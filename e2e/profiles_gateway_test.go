package e2e

import (
	"crypto/sha256"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestA89_WhatAGatewayIsGiven(t *testing.T) {
	needs(t, hermes)
	for _, home := range []string{"/opt/data", "/custom/deep/home"} {
		t.Run(home, func(t *testing.T) {
			v := newVolume(t)
			c := serving(t, v.at(home), "-e", "HERMES_HOME="+home, "-e", "FOO=a b;c", "-e", "HERMES_AUTH_JSON_BOOTSTRAP={}", "-w", "/tmp", hermes)
			c.does(t, "profile", "create", "coder")
			for _, name := range []string{"default", "coder"} {
				c.does(t, "-p", name, "gateway", "start")
				s := c.awaitRun(t, "gateway-"+name, 0)
				env := c.environOf(t, s.Pid)
				for _, want := range []string{"HOME=" + home, "HERMES_HOME=" + home, "HERMES_SUPERVISED_CHILD=1", "HERMES_S6_SUPERVISED_CHILD=1", "FOO=a b;c", "USER=hermes"} {
					if !slices.Contains(env, want) {
						t.Errorf("the environment of %s's gateway lacks %q:\n%s", name, want, strings.Join(env, "\n"))
					}
				}
				for _, e := range env {
					if strings.HasPrefix(e, "HERMES_AUTH_JSON_BOOTSTRAP=") {
						t.Errorf("%s's gateway sees the secret's variable", name)
					}
				}
				same(t, "the directory it works in", c.asOwner(t, s.Pid, fmt.Sprintf("readlink /proc/%d/cwd", s.Pid)), home)
				same(t, "who it is", c.sh(t, fmt.Sprintf(`awk '/^Uid:|^Gid:/{printf "%%s ", $3} /^CapEff:/{print $2}' /proc/%d/status`, s.Pid)), "10000 10000 0000000000000000")
				same(t, "what it reads", c.asOwner(t, s.Pid, fmt.Sprintf("readlink /proc/%d/fd/0", s.Pid)), "/dev/null")
			}
		})
	}
}

func TestA89_APortOfItsOwn(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := serving(t, v.data(), hermes)
	for _, name := range []string{"default", "coder", "other"} {
		if name != "default" {
			c.does(t, "profile", "create", name)
		}
		c.does(t, "-p", name, "gateway", "start")
		s := c.awaitRun(t, "gateway-"+name, 0)
		want := ""
		if name != "default" {
			sum := sha256.Sum256([]byte(name))
			rest := new(big.Int).Mod(new(big.Int).SetBytes(sum[:]), big.NewInt(600))
			want = fmt.Sprint(9200 + rest.Int64())
		}
		got := ""
		for _, e := range c.environOf(t, s.Pid) {
			if v, ok := strings.CutPrefix(e, "API_SERVER_PORT="); ok {
				got = v
			}
		}
		same(t, "API_SERVER_PORT of "+name, got, want)
	}
}

func TestA90_TwentyProfilesAreAllUp(t *testing.T) {
	needs(t, hermes)
	states := map[string]string{"default": wantsRunning}
	for i := range 20 {
		states[fmt.Sprintf("p%02d", i)] = wantsRunning
	}
	v := prepared(t, marked(states))
	c := serving(t, v.data(), hermes)
	eventually(t, "all are up and have said so", func() bool {
		return len(c.gateways(t)) == len(states) && v.sh(t, `grep -l '"gateway_state":"running"' gateway_state.json profiles/*/gateway_state.json | wc -l`) == strconv.Itoa(len(states))
	})
	pids := map[int]bool{}
	for name, s := range c.slots(t) {
		if !strings.HasPrefix(name, "gateway-") {
			continue
		}
		if !s.runs() || s.Restarts != 0 || pids[s.Pid] {
			t.Errorf("%s is %+v, want its first run up", name, s)
		}
		pids[s.Pid] = true
	}
	if r := c.exec(t, "berth", "ready"); r.code != 0 || len(pids) != len(states) {
		t.Errorf("berth ready ended with %d with %d gateways up, want 0 and %d:\n%s", r.code, len(pids), len(states), r.all())
	}
	if lines := v.awaitBootLog(t, len(states)); len(lines) != len(states) {
		t.Errorf("the boot log has %d lines, want %d", len(lines), len(states))
	}
	must(t, "stop", c.id)
	if code := c.code(t); code != 143 {
		t.Errorf("the container ended with %d, want main's own 143", code)
	}
	same(t, "the gateways that drained", v.sh(t, `grep -l '"gateway_state":"stopped"' gateway_state.json profiles/*/gateway_state.json | wc -l`), strconv.Itoa(len(states)))
}

func TestA91_OneGatewayForAllProfiles(t *testing.T) {
	needs(t, hermes)
	for name, c := range map[string]struct {
		options []string
		config  string
	}{
		"by the variable":            {[]string{"-e", "GATEWAY_MULTIPLEX_PROFILES=true"}, ""},
		"by the settings":            {nil, "multiplex_profiles: true"},
		"by the gateway's settings":  {nil, "gateway:\n  multiplex_profiles: true"},
		"the variable beats a false": {[]string{"-e", "GATEWAY_MULTIPLEX_PROFILES=1"}, "multiplex_profiles: false"},
	} {
		t.Run(name, func(t *testing.T) {
			v := prepared(t, marked(map[string]string{"default": wantsRunning, "coder": wantsRunning})+"printf '%s\\n' "+quoteAll([]string{c.config})+" > config.yaml")
			c := serving(t, append(append([]string{v.data()}, c.options...), hermes)...)
			c.awaitGateway(t, "default", 0)
			c.wantsDown(t, "gateway-coder")
			if prior, action := found(v.awaitBootLog(t, 2), "coder"); prior != "running" || action != "registered" {
				t.Errorf("the boot log says prior_state=%s action=%s, want running and registered", prior, action)
			}
			has(t, c.refuses(t, "-p", "coder", "gateway", "start"), "--force", "serves every profile")
			c.wantsDown(t, "gateway-coder")
			c.does(t, "-p", "coder", "gateway", "start", "--force")
			c.awaitGateway(t, "coder", 0)
			c.does(t, "-p", "coder", "gateway", "stop")
			c.wantsDown(t, "gateway-coder")
		})
	}
	t.Run("the variable's no beats the settings", func(t *testing.T) {
		v := prepared(t, marked(map[string]string{"coder": wantsRunning})+"echo 'multiplex_profiles: true' > config.yaml")
		c := serving(t, v.data(), "-e", "GATEWAY_MULTIPLEX_PROFILES=0", hermes)
		c.awaitGateway(t, "coder", 0)
	})
}

func TestA92_TheAppsUserDrivesItsGatewaysWithoutRoot(t *testing.T) {
	needs(t, hermes)
	for name, c := range map[string]struct {
		options []string
		user    string
	}{
		"as the image has it":            {nil, "hermes"},
		"after a remap":                  {[]string{"-e", "PUID=4242", "-e", "PGID=4243"}, "4242:4243"},
		"in a container without root":    {[]string{"--user", "10000:10000"}, "10000:10000"},
		"with a root that can't change":  {[]string{"--read-only", "--tmpfs", "/run", "--tmpfs", "/tmp"}, "10000:10000"},
		"without the power to gain more": {[]string{"--security-opt", "no-new-privileges"}, "10000:10000"},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVolume(t)
			user := c.user
			c := serving(t, append(append([]string{v.data()}, c.options...), hermes)...)
			types := func(words ...string) string {
				return must(t, append([]string{"exec", "--user", user, c.id, "hermes"}, words...)...)
			}
			types("profile", "create", "coder")
			types("-p", "coder", "gateway", "start")
			first := c.awaitGateway(t, "coder", 0)
			types("-p", "coder", "gateway", "restart")
			second := c.awaitGateway(t, "coder", first.Pid)
			has(t, types("-p", "coder", "gateway", "status"), "running", strconv.Itoa(second.Pid))
			types("-p", "coder", "gateway", "stop")
			c.wantsDown(t, "gateway-coder")
			types("profile", "delete", "coder", "--yes")
			if _, there := c.slots(t)["gateway-coder"]; there {
				t.Error("the slot of a profile that was deleted is there")
			}
		})
	}
}

func TestA92_AStrangerDrivesNothing(t *testing.T) {
	needs(t, hermes)
	c := serving(t, hermes)
	for _, user := range []string{"1234:1234", "65534:65534", "1234:10000"} {
		for _, words := range [][]string{{"berth", "start", "gateway-default"}, {"berth", "stop", "gateway-default"}, {"hermes", "gateway", "start"}} {
			r := docker(t, append([]string{"exec", "--user", user, c.id}, words...)...)
			noTrace(t, r)
			if r.code == 0 {
				t.Errorf("%v as %s ended with 0:\n%s", words, user, r.all())
			}
		}
	}
	c.wantsDown(t, "gateway-default")
}
