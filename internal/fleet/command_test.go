package fleet

import (
	"crypto/sha256"
	"errors"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/supervise"
)

// dump is a service that writes its environment, sorted, and its words into a file, and stays.
const dump = `[sh, -c, 'env | sort >env; printf "<%s>" "$0" "$@" >words; pwd -P >>words; exec sleep 300'`

// derived is what the contract says of a port: the first of the range and the name's SHA-256 modulo its length.
func derived(first, last int, name string) string {
	sum := sha256.Sum256([]byte(name))
	n := new(big.Int).SetBytes(sum[:])
	return strconv.Itoa(first + int(n.Mod(n, big.NewInt(int64(last-first+1))).Int64()))
}

// ports boots three profiles with a port rule, and gives what each saw.
func ports(t *testing.T, rule string) map[string]string {
	g := newRig(t, profiles+`services: {gateway: {per-profile: true, port: {`+rule+`}, command: [sh, -c, 'echo "[$PORT]" >"port-{profile}"; exec sleep 300'], env: {}}}`)
	all := map[string]string{}
	for _, name := range []string{"default", "a", "b-c"} {
		g.profile(name, `{"desired_state":"running"}`)
	}
	g.up()
	for _, name := range []string{"default", "a", "b-c"} {
		g.has("port-"+name, "]\n")
		all[name] = strings.Trim(g.read("port-"+name), "[]\n")
	}
	return all
}

func commandKeys() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"command": func(t *testing.T) {
			g := newRig(t, `services: {web: {command: `+dump+`, "a b", "${HOME}", "$X", "${NO:-none}", ""]}}`).up()
			g.has("words", g.dir+"\n")
			if want := "<a b><" + g.dir + "><$X><none><>" + g.dir + "\n"; g.read("words") != want {
				t.Errorf("got %q, want %q", g.read("words"), want)
			}
			env := "\n" + g.read("env")
			for _, want := range []string{"\nHOME=" + g.dir + "\n", "\nUSER=app\n", "\nLOGNAME=app\n"} {
				if !strings.Contains(env, want) {
					t.Errorf("%q is not in\n%s", want, env)
				}
			}
			if strings.Contains(env, "SECRET") {
				t.Error("a seed's secret is in the environment")
			}
		},
		"env": func(t *testing.T) {
			g := newRig(t, `env: {set: {A: all, B: all}}
services: {web: {env: {A: own, C: "${B}-${OUT}", HOME: /own}, command: `+dump+`]}}`, "OUT=side", "C=container").up()
			g.has("words", g.dir)
			for _, want := range []string{"\nA=own\n", "\nB=all\n", "\nC=all-side\n", "\nHOME=/own\n"} {
				if env := "\n" + g.read("env"); strings.Count(env, want) != 1 {
					t.Errorf("%q is not in\n%s", want, env)
				}
			}
		},
		"profile-args": func(t *testing.T) {
			g := newRig(t, profiles+`services: {gateway: {per-profile: true, profile-args: [-c, 'echo "$0" "$1" >"{profile}"; exec sleep 300', "-p-{profile}"], command: [sh, run, "300"]}}`)
			g.put("run", "echo root $1 >default; exec sleep 300\n")
			g.profile("default", `{"desired_state":"running"}`)
			g.profile("a$b", "") // no name of the pattern
			g.profile("a", `{"desired_state":"running"}`)
			g.up()
			g.has("a", "-p-a run\n")
			g.has("default", "root 300\n")
		},
		"port.env": func(t *testing.T) {
			if got := ports(t, "env: PORT, range: [9200, 9799]")["a"]; got != derived(9200, 9799, "a") {
				t.Errorf("got %q, want %s", got, derived(9200, 9799, "a"))
			}
		},
		"port.from": func(t *testing.T) {
			if all := ports(t, "env: PORT, from: profile, range: [9200, 9799]"); all["a"] == all["b-c"] {
				t.Errorf("got %v", all)
			}
		},
		"port.range": func(t *testing.T) {
			for name, got := range ports(t, "env: PORT, range: [7000, 7000]") {
				if got != "7000" {
					t.Errorf("%s has %q", name, got)
				}
			}
		},
		"port.except": func(t *testing.T) {
			if all := ports(t, "env: PORT, range: [7000, 7000], except: default"); all["default"] != "" || all["a"] != "7000" {
				t.Errorf("got %v", all)
			}
		},
	}
}

// What can't be found or started is told by the slot, and doesn't keep the others.
func TestACommandThatCanNotRun(t *testing.T) {
	t.Parallel()
	g := newRig(t, `services:
	none: {command: [no-such-program]}
	path: {command: [/no/such]}
	never: {command: [/no/such], restart: {policy: never}}
	web: {command: `+stays+`}`).up()
	g.is("web", supervise.Ready)
	for slot, want := range map[string]string{"none": "no-such-program", "path": "/no/such"} {
		if s := g.is(slot, supervise.Holding); !strings.Contains(s.Why, want) {
			t.Errorf("%s: %s", slot, s.Why)
		}
	}
	if s := g.is("never", supervise.Failed); !strings.Contains(s.Why, "no such file") {
		t.Error(s.Why)
	}
}

// The name of a program is looked for by who knows what it means: PID 1, for whom the app's own name isn't the shim.
func TestAProgramIsFoundByTheOptions(t *testing.T) {
	t.Parallel()
	g := newRig(t, `services: {web: {command: [app, -c, "echo $0 >>ran; exec sleep 300"]}, other: {command: [other]}}`)
	g.program = func(name string) (string, error) {
		if name == "app" {
			return "/bin/sh", nil
		}
		return "", errors.New("find " + name + ": there is none")
	}
	g.up()
	g.has("ran", "app\n")
	if s := g.is("other", supervise.Holding); !strings.Contains(s.Why, "find other: there is none") {
		t.Error(s.Why)
	}
}
