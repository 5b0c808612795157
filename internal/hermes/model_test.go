package hermes

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A model is what a person believes after the words they typed: which profiles there are, which of them have slots,
// what is wanted of each, and what was recorded.
type model struct {
	profiles map[string]bool
	slots    map[string]bool // name to wanted
	recorded map[string]any
	active   string
}

// machine types words and compares.
type machine struct {
	g *rig
	m model
}

// names are few, so that the words meet; some are none.
func someName(t *rapid.T) string {
	return rapid.SampledFrom([]string{"default", "a", "b", "c", "Bad", "../a", ""}).Draw(t, "name")
}

func isReal(name string) bool { return slices.Contains([]string{"a", "b", "c"}, name) }

// expects asks and compares the code.
func (x *machine) expects(t *rapid.T, done bool, args ...string) {
	want := 0
	if !done {
		want = 1
	}
	if code, handled := x.g.ask(args...); !handled || code != want {
		t.Fatalf("%q: code %d, handled %v, want %d: %s%s", args, code, handled, want, &x.g.out, &x.g.err)
	}
}

func (x *machine) Create(t *rapid.T) {
	name := someName(t)
	fresh := isReal(name) && !x.m.profiles[name]
	args := []string{"profile", "create", name}
	if rapid.Bool().Draw(t, "clone") {
		args = append(args, rapid.SampledFrom([]string{"--clone", "--clone-all"}).Draw(t, "how"))
	}
	x.expects(t, fresh, args...)
	if fresh {
		x.m.profiles[name] = true
		if _, has := x.m.slots[name]; !has {
			x.m.slots[name] = false
		}
	}
}

func (x *machine) Delete(t *rapid.T) {
	name := someName(t)
	there := isReal(name) && x.m.profiles[name]
	x.expects(t, there, "profile", "delete", "--yes", name)
	if there {
		delete(x.m.profiles, name)
		delete(x.m.slots, name)
		delete(x.m.recorded, name)
		if x.m.active == name {
			x.m.active = ""
		}
	}
}

// Arrive is a profile that comes to the volume without a word.
func (x *machine) Arrive(t *rapid.T) {
	name := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "name")
	if x.m.profiles[name] {
		return
	}
	x.g.write("profiles/"+name+"/SOUL.md", "")
	x.m.profiles[name] = true
}

// Use is the app, told to use a profile from now on.
func (x *machine) Use(t *rapid.T) {
	x.m.active = someName(t)
	x.g.write("active_profile", x.m.active+"\n")
}

func (x *machine) Start(t *rapid.T) {
	name, args := x.target(t)
	there := name == "default" || x.m.profiles[name]
	x.expects(t, there, append(args, "gateway", "start")...)
	if there {
		x.m.slots[name], x.m.recorded[name] = true, "running"
	}
}

func (x *machine) Stop(t *rapid.T) {
	name, args := x.target(t)
	_, has := x.m.slots[name]
	x.expects(t, has, append(args, "gateway", "stop")...)
	if has {
		x.m.slots[name], x.m.recorded[name] = false, "stopped"
	}
}

func (x *machine) Restart(t *rapid.T) {
	name, args := x.target(t)
	_, has := x.m.slots[name]
	x.expects(t, has, append(args, "gateway", "restart")...)
	if has {
		x.m.slots[name], x.m.recorded[name] = true, "running"
	}
}

func (x *machine) StopAll(t *rapid.T) {
	x.expects(t, true, "gateway", "stop", "--all")
	for name := range x.m.slots {
		x.m.slots[name], x.m.recorded[name] = false, "stopped"
	}
}

func (x *machine) RestartAll(t *rapid.T) {
	x.expects(t, true, "gateway", "restart", "--all")
	for name, wanted := range x.m.slots {
		if wanted {
			x.m.recorded[name] = "running"
		}
	}
}

// target draws whom the words are about, and how that is said.
func (x *machine) target(t *rapid.T) (name string, args []string) {
	if rapid.Bool().Draw(t, "named") {
		name = someName(t)
		return name, []string{"-p", name}
	}
	if x.m.active == "default" || x.m.profiles[x.m.active] {
		return x.m.active, nil
	}
	return "default", nil
}

// Check compares what is with what a person believes.
func (x *machine) Check(t *rapid.T) {
	x.expects(t, true, "profile", "list")
	listed := []string{}
	for line := range strings.Lines(x.g.out.String()) {
		listed = append(listed, strings.Fields(strings.TrimPrefix(line, "*"))[0])
	}
	if want := append([]string{"default"}, slices.Sorted(maps.Keys(x.m.profiles))...); !slices.Equal(listed, want) {
		t.Fatalf("listed are %q, want %q", listed, want)
	}
	slots := map[string]bool{}
	for _, sl := range x.g.sup.slots {
		if name, ok := strings.CutPrefix(sl.Name, "gateway-"); ok {
			slots[name] = sl.Wanted
		}
	}
	if !maps.Equal(slots, x.m.slots) {
		t.Fatalf("slots are %v, want %v", slots, x.m.slots)
	}
	for _, name := range listed {
		dir := ""
		if name != "default" {
			dir = "profiles/" + name
		}
		if got := x.g.desired(dir); got != x.m.recorded[name] {
			t.Fatalf("of %s is recorded %v, want %v", name, got, x.m.recorded[name])
		}
		if x.g.there(dir+"/.env") && x.g.mode(dir+"/.env") != 0o600 && dir != "" {
			t.Fatalf(".env of %s is %o", name, x.g.mode(dir+"/.env"))
		}
	}
	for _, name := range x.g.below("profiles") {
		if strings.HasPrefix(name, ".") {
			t.Fatalf("left over: %s", name)
		}
	}
}

// Whatever is typed in whatever order: the profiles, the slots and what is recorded are what a person would believe.
func TestModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		g := quickRig(t)
		g.write(".env", "A=b\n")
		g.mkdir("profiles")
		x := &machine{g: g, m: model{profiles: map[string]bool{}, slots: map[string]bool{"default": false}, recorded: map[string]any{}}}
		r.Repeat(rapid.StateMachineActions(x))
	})
}
