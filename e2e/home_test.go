package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// canonical are the directories that each boot makes sure of.
var canonical = []string{
	"backups", "cron", "sessions", "logs", "logs/gateways", "hooks", "memories", "skills", "skins", "plans", "workspace", "home",
	"profiles", "pairing", "platforms/pairing", "lazy-packages",
}

func TestA37_AnotherHomeIsMade(t *testing.T) {
	needs(t, hermes)
	script := "cd /custom/a/b && pwd && stat -c '%n|%u:%g %a' . .env config.yaml " + strings.Join(canonical, " ") + " && touch made && echo $HOME"
	lines := output(t, "-e", "HERMES_HOME=/custom/a/b", hermes, "sh", "-euc", script)
	same(t, "HOME", lines[strings.LastIndex(lines, "\n")+1:], "/custom/a/b")
	got := parseOwners(lines)
	for _, path := range append([]string{".", ".env"}, canonical...) {
		if !strings.HasPrefix(got[path], "10000:10000 ") {
			t.Errorf("%s belongs to %q, want 10000:10000", path, got[path])
		}
	}
	same(t, "the parent", output(t, "-e", "HERMES_HOME=/custom/a/b", hermes, "stat", "-c", "%u:%g", "/custom/a"), "0:0")
}

func TestA38_AHomeWithBlanksAndShellSignsIsOnlyAName(t *testing.T) {
	needs(t, hermes)
	home := `/opt/data/da ta;$(touch /pwn)"'` + "`touch /pwn`"
	out := output(t, "-e", "HERMES_HOME="+home, hermes, "sh", "-euc", `stat -c '%u' "$HERMES_HOME/.env"; [ ! -e /pwn ]; echo "$HOME"`)
	same(t, "owner of the seed, and HOME", out, "10000\n"+home)
}

func TestA39_TheDirectoriesAreThere(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	runs(t, 0, v.data(), hermes, "true")
	want := map[string]string{".": "10000:10000"}
	for _, dir := range canonical {
		want[dir] = "10000:10000"
	}
	v.wants(t, want)
}

func TestA40_OnlyTheListedTreesAreReowned(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, `mkdir -p photos skills/deep; echo x > photos/x; echo s > host_secret.json; chmod 600 host_secret.json; echo x > skills/x; echo y > skills/deep/y`)
	r := runs(t, 0, v.data(), hermes, "true")
	v.wants(t, map[string]string{
		".": "10000:10000", "skills": "10000:10000", "skills/x": "10000:10000", "skills/deep/y": "10000:10000",
		"photos": "0:0", "photos/x": "0:0", "host_secret.json": "0:0 600",
	})
	has(t, r.err, "berth: ", "Fixing ownership of", "(targeted)")
}

func TestA41_ListedTopLevelFilesAreReownedEachBoot(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := startUp(t, v.data(), hermes)
	files := []string{"auth.json", "state.db", "state.db-wal", "state.db-shm", "gateway.lock", "gateway_state.json", "active_profile"}
	c.sh(t, "cd /opt/data; for f in host_secret.json "+strings.Join(files, " ")+"; do echo '{}' > $f; chown 0:0 $f; done")
	c.restart(t)
	want := map[string]string{"host_secret.json": "0:0"}
	for _, f := range files {
		want[f] = "10000:10000"
	}
	v.wants(t, want)
}

func TestA42_ListedTreesAreReownedEachBootThoughTheTopIsRight(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := startUp(t, v.data(), hermes)
	c.sh(t, "cd /opt/data; mkdir -p profiles/p sessions/a/b; touch profiles/p/marker cron/jobs.json sessions/a/b/c; chown -R 0:0 profiles/p cron/jobs.json logs/gateways sessions/a")
	c.restart(t)
	v.wants(t, map[string]string{
		"profiles/p": "10000:10000", "profiles/p/marker": "10000:10000", "cron/jobs.json": "10000:10000", "logs/gateways": "10000:10000", "sessions/a/b/c": "10000:10000",
	})
}

func TestA44_NothingIsChangedThroughALink(t *testing.T) {
	needs(t, hermes)
	outside := prepared(t, "echo OUTSIDE=1 > secret; chmod 644 secret; mkdir dir; echo x > dir/x")
	v := prepared(t, `ln -s /etc/shadow auth.json; ln -s /etc logs; ln -s /outside/secret .env; mkdir profiles; ln -s / profiles/x; ln -s /outside/dir skills
		ln -s /outside/not-there gateway_state.json; ln -s /outside/stamp .install_method; ln -s config.real config.yaml; echo real > config.real`)
	outside.sh(t, "printf docker > stamp")
	// The image's own directories too: what the container sees before and after.
	const look = "stat -c '%n %u:%g %a' / /etc /etc/shadow /etc/gateways 2>&1 || :; md5sum /etc/shadow; ls /etc | wc -l"
	before := outside.snapshot(t)
	c := startUp(t, v.data(), outside.at("/outside"), "-e", "HERMES_GATEWAY_BOOTSTRAP_STATE=running",
		"-e", `HERMES_AUTH_JSON_BOOTSTRAP={"x":1}`, hermes)
	same(t, "the image's own files", c.sh(t, look), must(t, "run", "--rm", "--network", "none", "--entrypoint", "sh", hermes, "-c", look))
	same(t, "the other volume", outside.snapshot(t), before)
	same(t, "the links", v.sh(t, "for l in auth.json logs .env profiles/x skills gateway_state.json config.yaml .install_method; do readlink $l; done"),
		"/etc/shadow\n/etc\n/outside/secret\n/\n/outside/dir\n/outside/not-there\nconfig.real\n/outside/stamp")
	v.wants(t, map[string]string{"config.real": "0:0"})
	logs := docker(t, "logs", c.id).err
	has(t, logs, "berth: refusing", "through symlinked path", "auth.json", "logs", ".env", "skills", "gateway_state.json", "profiles/x")
}

func TestA45_ModesAreRestored(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, "echo A=1 > .env; chmod 644 .env; echo a: 1 > config.yaml; chmod 600 config.yaml")
	runs(t, 0, v.data(), hermes, "true")
	v.wants(t, map[string]string{".env": "10000:10000 600", "config.yaml": "10000:10000 640"})
}

func TestA46_TheModeOfTheHomeStays(t *testing.T) {
	needs(t, hermes)
	for _, mode := range []string{"755", "2775", "700"} {
		v := prepared(t, "touch x; chown 10000:10000 .; chmod "+mode+" .")
		runs(t, 0, v.data(), hermes, "true")
		v.wants(t, map[string]string{".": "10000:10000 " + mode})
	}
}

func TestA47_AFileWithOtherNamesIsNotReowned(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, "echo s > root-secret; chmod 600 root-secret; mkdir -p home/sessions; ln root-secret home/sessions/innocent; ln root-secret home/SOUL.md")
	r := runs(t, 0, v.at("/mnt"), "-e", "HERMES_HOME=/mnt/home", hermes, "true")
	v.wants(t, map[string]string{"root-secret": "0:0 600", "home": "10000:10000"})
	has(t, r.err, "berth: ", "innocent")
}

func TestA49_WhereOwnersCannotBeChanged(t *testing.T) {
	needs(t, hermes)
	usable := prepared(t, "mkdir -p skills; touch skills/x; chown -R 10000:10000 .; chown 0:0 skills/x")
	r := runs(t, 0, "--cap-drop", "CHOWN", usable.data(), hermes, "sh", "-c", "touch /opt/data/made; id -u")
	same(t, "main", strings.TrimSpace(r.out), "10000")
	has(t, r.err, "berth: ", "chown failed (rootless container?)", "skills/x")
	usable.wants(t, map[string]string{"skills/x": "0:0", "made": "10000:10000", ".env": "10000:10000 600"})

	roots := prepared(t, "touch x; chmod 755 .")
	r = runs(t, 125, "--cap-drop", "CHOWN", roots.data(), hermes, "sh", "-c", "echo MARK")
	hasNot(t, r.out, "MARK")
	has(t, r.err, "berth: ", "berth: hint: ", "/opt/data")
}

func TestA50_AReadOnlyVolume(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	runs(t, 0, v.data(), hermes, "true")
	before := v.snapshot(t)
	r := runs(t, 0, v.data()+":ro", hermes, "--help")
	has(t, r.err, "berth: ", "read-only")
	if lines := berthLines(r.err); len(lines) > 2 {
		t.Errorf("a read-only volume is worth one line and a hint, not:\n%s", strings.Join(lines, "\n"))
	}
	same(t, "main", output(t, v.data()+":ro", hermes, "id", "-u"), "10000")
	same(t, "the volume", v.snapshot(t), before)

	wrong := prepared(t, "mkdir skills; echo x > .env; chmod 644 .env")
	before = wrong.snapshot(t)
	r = runs(t, 0, wrong.data()+":ro", hermes, "--help")
	has(t, r.err, "berth: ", "read-only")
	same(t, "a wrong volume", wrong.snapshot(t), before)
}

func TestA114_TwentyRestartsLeaveTheSameTree(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, "mkdir skills; touch skills/x")
	c := startUp(t, withSocket(t, "998"), "-e", "PUID=1000", v.data(), hermes)
	look := func() string {
		return v.snapshot(t) + c.sh(t, "cat /etc/passwd /etc/group; find / -xdev -newer /opt/hermes/.install_method -path /proc -prune -o -path /opt/data -prune -o -print | grep -c . || :") +
			c.one(t, "sleep").groups
	}
	before := look()
	files := func() string {
		return v.sh(t, "find . | grep -v -e '^./logs/' | wc -l; find .berth -type f -size +1024k")
	}
	count := files()
	for i := range 20 {
		if said := berthLines(c.restart(t)); len(said) > 0 {
			t.Errorf("restart %d had something to say: %s", i+1, strings.Join(said, "\n"))
		}
	}
	same(t, "the volume, the accounts and main's groups", look(), before)
	same(t, "the number of files", files(), count)
}

func TestASecondBootChangesNothing(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, `mkdir -p skills/a photos sessions/b; echo x > skills/a/x; echo p > photos/p; echo K=1 > .env; chmod 644 .env
		echo 'model: x  # mine' > config.yaml; printf docker > .install_method; chown -R 1000:1000 sessions; echo '{}' > auth.json`)
	runs(t, 0, v.data(), hermes, "true")
	before := v.snapshot(t)
	for range 2 {
		quiet(t, runs(t, 0, v.data(), hermes, "true").err)
		same(t, "the volume", v.snapshot(t), before)
	}
	has(t, before, "./photos/p 0:0 ", fmt.Sprintf("./config.yaml 10000:10000 %d", 640))
}
