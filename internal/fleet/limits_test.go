package fleet

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/supervise"
)

// tells is a service that writes down what it may, and stays.
const tells = `[sh, -c, 'cat /proc/self/status >status; cat /proc/self/limits >limits; nice >nice; umask >umask; ` +
	`id -u >uid; id -g >gid; id -G >groups; env >env; echo >told; exec sleep 300']`

// limited runs it under limits, in a directory that everybody may write.
func limited(t *testing.T, limits string) *rig {
	t.Helper()
	g := newRig(t, `services: {web: {limits: {`+limits+`}, command: `+tells+`}}`)
	ok(t, os.Chmod(g.dir, 0o777))
	return g.up()
}

// said waits for what it wrote into a file.
func (g *rig) said(file string) string {
	g.t.Helper()
	until(g.t, "it has told, or failed", func() bool {
		s := g.status("web")
		return g.read("told") != "" || s.State == supervise.Holding && g.when("web", supervise.Up) == 0
	})
	if s := g.status("web"); s.State == supervise.Holding {
		g.t.Fatal(s.Why)
	}
	return strings.TrimSpace(g.read(file))
}

// field gives a line of its status.
func (g *rig) field(name string) string {
	g.t.Helper()
	for line := range strings.Lines(g.said("status")) {
		if value, found := strings.CutPrefix(line, name+":"); found {
			return strings.TrimSpace(value)
		}
	}
	g.t.Fatalf("its status has no %s", name)
	return ""
}

// resourceOf wants a resource limit in force, by its name in /proc/PID/limits.
func resourceOf(key, text, name, soft, hard string) func(*testing.T) {
	return func(t *testing.T) {
		if key == "rtprio" {
			needsResource(t) // its hard limit is usually 0
		}
		g := limited(t, fmt.Sprintf("%s: %q", key, text))
		for line := range strings.Lines(g.said("limits")) {
			if rest, found := strings.CutPrefix(line, name); found {
				if got := strings.Fields(rest); got[0] != soft || got[1] != hard {
					t.Errorf("%s: got %s and %s, want %s and %s", key, got[0], got[1], soft, hard)
				}
				return
			}
		}
		t.Errorf("there is no %s in %s", name, g.read("limits"))
	}
}

// raises says whether limits can be raised here.
func raises(t *testing.T) bool {
	t.Helper()
	all, err := proc.Effective()
	ok(t, err)
	return all.Has(unix.CAP_SYS_RESOURCE)
}

func needsResource(t *testing.T) {
	t.Helper()
	if !raises(t) {
		t.Skip("needs the capability SYS_RESOURCE: it raises a limit")
	}
}

// refusedAs wants a service that can't run as somebody to say why.
func refusedAs(t *testing.T, user, why string) {
	t.Helper()
	g := limited(t, "user: "+user)
	if s := g.is("web", supervise.Holding); !strings.Contains(s.Why, why) {
		t.Errorf("as %s: %s", user, s.Why)
	}
}

func limitKeys() map[string]func(*testing.T) {
	all := map[string]func(*testing.T){
		"limits.user": func(t *testing.T) {
			refusedAs(t, "nobody-here", "the image has no such user")
			if euid := os.Geteuid(); euid != 0 {
				refusedAs(t, "root", "berth is uid "+strconv.Itoa(euid)+" and can't become another user")
				if got := limited(t, fmt.Sprintf("user: %q", strconv.Itoa(euid))).said("uid"); got != strconv.Itoa(euid) {
					t.Errorf("it is uid %s", got)
				}
				return
			}
			refusedAs(t, "guest:nothing", "the image has no such group")
			for _, c := range []struct{ user, uid, gid, groups, env string }{
				{"", "4242", "4343", "4343", "USER=app\n"},
				{"guest", "4500", "4501", "4501 4600", "HOME=/home/guest\n"},
				{"guest:helpers", "4500", "4600", "4600", "LOGNAME=guest\n"},
				{`"4500"`, "4500", "4501", "4501 4600", "USER=guest\n"},
				{`"4700:4701"`, "4700", "4701", "4701", ""},
				{"root", "0", "0", "0", "HOME=/root\n"},
				{`"0:0"`, "0", "0", "0", "USER=root\n"},
			} {
				limits := "user: " + c.user
				if c.user == "" {
					limits = "nice: 0"
				}
				g := limited(t, limits)
				if uid, gid, groups := g.said("uid"), g.said("gid"), g.said("groups"); uid != c.uid || gid != c.gid || groups != c.groups || !strings.Contains(g.read("env"), c.env) {
					t.Errorf("as %q: uid %s, gid %s, groups %s, %s", c.user, uid, gid, groups, g.read("env"))
				}
			}
		},
		"limits.umask": func(t *testing.T) {
			if got := limited(t, `umask: "031"`).said("umask"); got != "0031" {
				t.Errorf("got %s", got)
			}
		},
		"limits.no-new-privs": func(t *testing.T) {
			if got := limited(t, `no-new-privs: true`).field("NoNewPrivs"); got != "1" {
				t.Errorf("got %s", got)
			}
		},
		"limits.capabilities": func(t *testing.T) {
			if os.Geteuid() != 0 {
				g := limited(t, `capabilities: []`)
				if s := g.is("web", supervise.Holding); !strings.Contains(s.Why, "drop capabilities") {
					t.Errorf("without the right to: %s", s.Why)
				}
				return
			}
			ours := uint64(0)
			for _, one := range proc.AllCapabilities() {
				ours |= 1 << one
			}
			for limits, want := range map[string]uint64{
				"capabilities: []": 0, "capabilities: [NET_BIND_SERVICE, CHOWN]": 1<<unix.CAP_NET_BIND_SERVICE | 1<<unix.CAP_CHOWN, "nice: 0": ours,
			} {
				if got := limited(t, limits).field("CapBnd"); got != fmt.Sprintf("%016x", want&ours) {
					t.Errorf("%s: got %s, want %x of %x", limits, got, want, ours)
				}
			}
			if got := limited(t, "user: root, capabilities: [CHOWN]").field("CapEff"); got != fmt.Sprintf("%016x", 1<<unix.CAP_CHOWN&ours) {
				t.Errorf("root has %s", got)
			}
		},
		"limits.nice": func(t *testing.T) {
			if got := limited(t, "nice: 7").said("nice"); got != "7" {
				t.Errorf("got %s", got)
			}
			if os.Geteuid() == 0 {
				if got := limited(t, "nice: -3").said("nice"); got != "-3" {
					t.Errorf("got %s", got)
				}
			}
		},
		"limits.oom-score-adj": func(t *testing.T) {
			data, err := os.ReadFile("/proc/self/oom_score_adj")
			ok(t, err)
			ours, err := strconv.Atoi(strings.TrimSpace(string(data)))
			ok(t, err)
			want := map[string]int{"no-new-privs: false": min(ours+100, 1000), "nice: 0": min(ours+100, 1000), "oom-score-adj: 777": 777}
			if raises(t) {
				want["oom-score-adj: -5"] = -5
			}
			for limits, want := range want {
				g := limited(t, limits)
				g.said("told")
				file := "/proc/" + itoa(g.is("web", supervise.Ready).Pid) + "/oom_score_adj"
				until(t, limits+" is "+itoa(want), func() bool { // it is raised from outside, a moment after the start
					data, err := os.ReadFile(file)
					return err == nil && strings.TrimSpace(string(data)) == itoa(want)
				})
			}
		},
	}
	for _, r := range []struct{ key, text, name, soft, hard string }{
		{"nofile", "200:300", "Max open files", "200", "300"},
		{"nproc", "4000:5000", "Max processes", "4000", "5000"},
		{"core", "0", "Max core file size", "0", "0"},
		{"memlock", "16KiB:32KiB", "Max locked memory", "16384", "32768"},
		{"stack", "2MiB:4MiB", "Max stack size", "2097152", "4194304"},
		{"data", "1GiB:2GiB", "Max data size", "1073741824", "2147483648"},
		{"as", "8GiB:9GiB", "Max address space", "8589934592", "9663676416"},
		{"fsize", "1MB", "Max file size", "1000000", "1000000"},
		{"msgqueue", "4KiB:8KiB", "Max msgqueue size", "4096", "8192"},
		{"sigpending", "100:200", "Max pending signals", "100", "200"},
		{"rtprio", "3:5", "Max realtime priority", "3", "5"},
		{"cpu", "1000:unlimited", "Max cpu time", "1000", "unlimited"},
	} {
		all["limits."+r.key] = resourceOf(r.key, r.text, r.name, r.soft, r.hard)
	}
	return all
}

// The limits are the service's, not berth's: nothing of them sticks to this process.
func TestLimitsAreTheChildsAlone(t *testing.T) {
	t.Parallel()
	g := limited(t, `umask: "077", nofile: 64, nice: 9, no-new-privs: true`)
	if got := g.said("umask") + " " + g.said("nice"); got != "0077 9" {
		t.Errorf("got %s", got)
	}
	var r unix.Rlimit
	ok(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &r))
	nice, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	ok(t, err)
	status, err := os.ReadFile("/proc/self/status")
	ok(t, err)
	if r.Cur == 64 || nice != 20 || strings.Contains(string(status), "NoNewPrivs:\t1") {
		t.Errorf("nofile %d, nice %d\n%s", r.Cur, nice, status)
	}
}

// Every resource that the spec can name has its number here.
func TestResourcesHaveNumbers(t *testing.T) {
	for key := range limitKeys() {
		name := strings.TrimPrefix(key, "limits.")
		n, known := resource(name)
		switch name {
		case "user", "umask", "no-new-privs", "capabilities", "nice", "oom-score-adj":
			if known {
				t.Errorf("%s is no resource", name)
			}
		default:
			if !known || n < 0 {
				t.Errorf("%s has no number", name)
			}
		}
	}
}

// An image may have no accounts at all: numbers do.
func TestAnImageWithoutAccounts(t *testing.T) {
	t.Parallel()
	needsRoot(t)
	for user, uid := range map[string]string{`"4700"`: "4700", `"0"`: "0", `"4700:0"`: "4700", "guest": ""} {
		g := newRig(t, `services: {web: {limits: {user: `+user+`}, command: `+tells+`}}`)
		ok(t, os.Chmod(g.dir, 0o777), os.RemoveAll(g.root+"/etc"))
		g.up()
		if uid == "" {
			if s := g.is("web", supervise.Holding); !strings.Contains(s.Why, "no such user") {
				t.Error(s.Why)
			}
		} else if got := g.said("uid"); got != uid {
			t.Errorf("as %s it is uid %s", user, got)
		}
	}
}
