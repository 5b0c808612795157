package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// who prints uid, gid and every group as main sees them.
const who = `echo "$(id -u):$(id -g) $(id -G)"`

func TestA22_TheDefaultUser(t *testing.T) {
	needs(t, hermes)
	c := startUp(t, hermes)
	for _, p := range c.named(t, "sleep") {
		if p.uid != 10000 || p.gid != 10000 {
			t.Errorf("main is %+v, want uid and gid 10000", p)
		}
	}
	for _, p := range c.processes(t) {
		if p.pid == 1 && p.uid != 0 {
			t.Errorf("PID 1 runs as %d, want root", p.uid)
		}
	}
	same(t, "main", output(t, hermes, "sh", "-c", who), "10000:10000 10000")
	same(t, "main's capabilities", output(t, hermes, "sh", "-c", `sed -n 's/^Cap\(Prm\|Eff\|Amb\):\t*//p' /proc/self/status`),
		"0000000000000000\n0000000000000000\n0000000000000000")
}

func TestA23_AForeignUserIsRefused(t *testing.T) {
	needs(t, hermes)
	roots := prepared(t, "mkdir -p skills && chmod 755 .")
	fresh := newVolume(t)
	bind := prepared(t, "echo mine > photo && chmod 755 .")
	for name, mount := range map[string]string{
		"a fresh named volume":     fresh.data(),
		"a named volume of root's": roots.data(),
		"a bind mount of root's":   "--volume=" + bind.source(t) + ":/opt/data",
		"no volume":                "--label=x=y",
	} {
		t.Run(name, func(t *testing.T) {
			r := runs(t, 1, "--user", "1000:1000", mount, hermes, "sh", "-c", "echo MARK")
			hasNot(t, r.all(), "MARK")
			has(t, r.err, "berth: ", "berth: hint: ", "container started with --user", "1000", "not supported", "HERMES_UID", "HERMES_GID", "PUID", "PGID", "BERTH_OTHER_USERS")
			noTrace(t, r)
		})
	}
	bind.wants(t, map[string]string{"photo": "0:0"})
}

func TestA24_TheAppsOwnUserBootsWithoutRoot(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	same(t, "main", output(t, "--user", "10000:10000", v.data(), hermes, "sh", "-c", who), "10000:10000 10000")
	v.wants(t, map[string]string{".env": "10000:10000 600", "config.yaml": "10000:10000 640", "logs/gateways": "10000:10000"})
	quiet(t, runs(t, 0, "--user", "10000:10000", v.data(), hermes, "true").err)
}

func TestA26_RemapMovesUserAndFiles(t *testing.T) {
	needs(t, hermes)
	for _, c := range []struct {
		env  []string
		want string
	}{
		{[]string{"HERMES_UID=4242", "HERMES_GID=4242"}, "4242:4242"},
		{[]string{"PUID=1000", "PGID=1000"}, "1000:1000"},
		{[]string{"PUID=99", "PGID=100"}, "99:100"},
	} {
		t.Run(c.want, func(t *testing.T) {
			v := newVolume(t)
			args := []string{"-e", c.env[0], "-e", c.env[1], v.data(), hermes}
			r := startUp(t, args...)
			same(t, "the user's line", r.sh(t, `getent passwd hermes | cut -d: -f1,3,4,6`), "hermes:"+c.want+":/opt/data")
			_, gid, _ := strings.Cut(c.want, ":")
			for _, p := range r.named(t, "sleep") {
				if got := fmt.Sprintf("%d:%d", p.uid, p.gid); got != c.want || p.groups != "" && p.groups != ","+gid {
					t.Errorf("main runs as %s with groups %s, want %s and no others", got, p.groups, c.want)
				}
			}
			v.wants(t, map[string]string{
				".": c.want, ".env": c.want + " 600", "config.yaml": c.want + " 640", "SOUL.md": c.want, "skills": c.want, "logs/gateways": c.want,
			})
			has(t, docker(t, "logs", r.id).err, "berth: Changing hermes UID to", "berth: Changing hermes GID to")
			r.sh(t, "true")
			must(t, "exec", "--user", c.want, r.id, "touch", "/opt/data/made")
		})
	}
}

func TestA27_TheFirstVariableWins(t *testing.T) {
	needs(t, hermes)
	for _, c := range []struct {
		env  string
		want string
	}{
		{"HERMES_UID=1001 PUID=1002", "1001:10000"},
		{"HERMES_UID=1001 PGID=1003", "1001:1003"},
		{"HERMES_UID= PUID=1002 HERMES_GID=1004 PGID=1005", "1002:1004"},
		{"NOTHING=1", "10000:10000"},
	} {
		args := []string{}
		for e := range strings.FieldsSeq(c.env) {
			args = append(args, "-e", e)
		}
		if got := output(t, append(args, hermes, "sh", "-c", "echo $(id -u):$(id -g)")...); got != c.want {
			t.Errorf("%s: main runs as %s, want %s", c.env, got, c.want)
		}
	}
}

func TestA28_ABadUidWarnsAndTheDefaultStays(t *testing.T) {
	needs(t, hermes)
	for _, value := range []string{"0", "65535", "-1", "1 2", "4294967295"} {
		r := runs(t, 0, "-e", "HERMES_UID="+value, "-e", "PUID=1002", hermes, "id", "-u")
		same(t, "uid with HERMES_UID="+value, strings.TrimSpace(r.out), "10000")
		has(t, r.err, "berth: ", "HERMES_UID")
	}
	same(t, "uid with an empty HERMES_UID", output(t, "-e", "HERMES_UID=", hermes, "id", "-u"), "10000")
	same(t, "a high uid", output(t, "-e", "HERMES_UID=1000660000", hermes, "id", "-u"), "1000660000")
	r := runs(t, 0, "-e", "PGID=0", hermes, "id", "-g")
	same(t, "gid with PGID=0", strings.TrimSpace(r.out), "10000")
	has(t, r.err, "PGID")
}

func TestA29_AGidThatAnotherGroupHas(t *testing.T) {
	needs(t, hermes)
	for _, gid := range []string{"20", "44", "100"} {
		v := newVolume(t)
		same(t, "main", output(t, "-e", "PGID="+gid, v.data(), hermes, "sh", "-c", who), "10000:"+gid+" "+gid)
		v.wants(t, map[string]string{".env": "10000:" + gid + " 600"})
	}
}

func TestA30_ARestartWithTheSameRemapReownsNothing(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, "mkdir -p sessions/a/b; touch sessions/a/b/c auth.json; chown -R 1000:1000 sessions")
	c := startUp(t, "-e", "PUID=4242", "-e", "PGID=4242", v.data(), hermes)
	v.wants(t, map[string]string{"sessions/a/b/c": "4242:4242", "auth.json": "4242:4242"})
	before := v.snapshot(t)
	quiet(t, c.restart(t))
	same(t, "the volume after a restart", v.snapshot(t), before)
}

func TestA31_ARestartWithAnotherRemapReowns(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, "mkdir -p sessions/a/b; touch sessions/a/b/c")
	runs(t, 0, "-e", "PUID=4242", "-e", "PGID=4242", v.data(), hermes, "true")
	v.wants(t, map[string]string{"sessions/a/b/c": "4242:4242", ".env": "4242:4242 600"})
	r := runs(t, 0, "-e", "PUID=4343", "-e", "PGID=4344", v.data(), hermes, "true")
	has(t, r.err, "Fixing ownership of", "(targeted)")
	v.wants(t, map[string]string{".": "4343:4344", "sessions": "4343:4344", "sessions/a/b/c": "4343:4344", ".env": "4343:4344 600", "logs": "4343:4344"})
}

// withSocket makes a volume that holds a unix socket of a group, and gives the option that mounts it as Docker's.
func withSocket(t *testing.T, gid string) string {
	t.Helper()
	v := prepared(t, "probe socket ./docker.sock && chown 0:"+gid+" docker.sock && chmod 660 docker.sock")
	return "--volume=" + v.source(t) + "/docker.sock:/var/run/docker.sock"
}

func TestA32_TheGroupOfTheDockerSocketIsJoined(t *testing.T) {
	needs(t, hermes)
	c := startUp(t, withSocket(t, "998"), hermes)
	groups := func() []string {
		return strings.Split(strings.Trim(c.one(t, "sleep").groups, ","), ",")
	}
	if got := groups(); !slices.Contains(got, "998") {
		t.Errorf("main's groups are %v, want the socket's 998 among them", got)
	}
	entry := c.sh(t, "grep -c ':998:' /etc/group; getent group 998")
	has(t, entry, "1\nhostdocker:", "hermes")
	quiet(t, c.restart(t))
	if got := groups(); !slices.Contains(got, "998") {
		t.Errorf("main's groups after a restart are %v, want 998 among them", got)
	}
	same(t, "the group's entry after a restart", c.sh(t, "grep -c ':998:' /etc/group; getent group 998"), entry)
}

func TestA32_SocketsWhoseGroupNeedsNoEntryOrMustNotBeJoined(t *testing.T) {
	needs(t, hermes)
	r := runs(t, 0, withSocket(t, "44"), hermes, "sh", "-c", who+"; getent group 44; grep -c : /etc/group")
	has(t, r.out, " 44", "video:x:44:hermes")
	same(t, "groups that exist", r.out[strings.LastIndex(strings.TrimSpace(r.out), "\n")+1:], output(t, hermes, "sh", "-c", "grep -c : /etc/group")+"\n")

	r = runs(t, 0, withSocket(t, "0"), hermes, "sh", "-c", who)
	same(t, "main with root's socket", strings.TrimSpace(r.out), "10000:10000 10000")
	has(t, r.err, "berth: ", "docker.sock", "hint")

	quiet(t, warm(t, hermes).err)

	v := prepared(t, "touch docker.sock && chown 0:998 docker.sock")
	r = runs(t, 0, "--volume="+v.source(t)+"/docker.sock:/var/run/docker.sock", hermes, "sh", "-c", who)
	same(t, "main with a file in the socket's place", strings.TrimSpace(r.out), "10000:10000 10000")
}

// warm runs a boot on a volume that an earlier boot has made right: options and image.
func warm(t *testing.T, args ...string) result {
	t.Helper()
	v := newVolume(t)
	full := append([]string{v.data()}, append(args, "true")...)
	runs(t, 0, full...)
	return runs(t, 0, full...)
}

func TestA33_TheGroupsOfRenderDevicesAreJoined(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, `mknod renderD128 c 226 128; chown 0:4105 renderD128; mknod card0 c 226 0; chown 0:44 card0; mknod card1 c 226 1; chown 0:0 card1`)
	c := startUp(t, "--volume="+v.source(t)+":/dev/dri", hermes)
	got := strings.Split(strings.Trim(c.one(t, "sleep").groups, ","), ",")
	if !slices.Contains(got, "4105") || !slices.Contains(got, "44") || slices.Contains(got, "0") {
		t.Errorf("main's groups are %v, want the nodes' 4105 and 44, and not 0", got)
	}
	again := c.restart(t)
	hasNot(t, again, "4105", "Added")
	got = strings.Split(strings.Trim(c.one(t, "sleep").groups, ","), ",")
	if !slices.Contains(got, "4105") {
		t.Errorf("main's groups after a restart are %v, want 4105 among them", got)
	}
}

func TestA34_GroupsThatTheEngineGaveAreKept(t *testing.T) {
	needs(t, hermes)
	got := output(t, "--group-add", "4444", hermes, "sh", "-c", who)
	has(t, got, "10000:10000 ", "4444")
	hasNot(t, got+" ", " 0 ")
	has(t, output(t, "--group-add", "4444", "-e", "PUID=1000", "-e", "PGID=1000", hermes, "sh", "-c", who), "1000:1000 ", "4444")
}

func TestA35_WithoutAnyCapability(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	same(t, "main of the app's own user", output(t, "--cap-drop", "ALL", "--user", "10000:10000", v.data(), hermes, "sh", "-c", who), "10000:10000 10000")
	v.wants(t, map[string]string{".env": "10000:10000 600"})
	r := run(t, "--cap-drop", "ALL", hermes, "sh", "-c", "echo MARK $(id -u)")
	switch r.code {
	case 0:
		has(t, r.out, "MARK 10000")
	case 125:
		hasNot(t, r.out, "MARK")
		has(t, r.err, "berth: hint: ", "--user 10000:10000", "SETUID")
	default:
		t.Errorf("root without capabilities ended with %d:\n%s", r.code, r.all())
	}
	noTrace(t, r)
}

func TestA36_WithNoNewPrivileges(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	same(t, "main", output(t, "--security-opt", "no-new-privileges", "-e", "PUID=1000", "-e", "PGID=1000", v.data(), hermes, "sh", "-c", who+"; sed -n 's/^NoNewPrivs:\t//p' /proc/self/status"), "1000:1000 1000\n1")
	v.wants(t, map[string]string{".env": "1000:1000 600"})
}
