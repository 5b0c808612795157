package e2e

import (
	"strings"
	"testing"
)

func TestA99_DockerExecFindsHermes(t *testing.T) {
	needs(t, hermes)
	c := serving(t, hermes)
	for _, words := range [][]string{{"--help"}, {"--version"}, {"chat", "--help"}, {"gateway", "--help"}, {"profile", "create", "--help"}} {
		r := c.hermes(t, words...)
		noTrace(t, r)
		if r.code != 0 {
			t.Errorf("docker exec … hermes %s ended with %d:\n%s", strings.Join(words, " "), r.code, r.all())
		}
		has(t, strings.ToLower(r.out), "hermes")
	}
	// With nothing of an environment, by its path.
	r := c.exec(t, "env", "-i", "/opt/hermes/bin/hermes", "--help")
	if r.code != 0 {
		t.Errorf("without an environment it ended with %d:\n%s", r.code, r.all())
	}
}

func TestA100_WhatRootTypesIsTheAppsUsers(t *testing.T) {
	needs(t, hermes)
	for name, c := range map[string]struct {
		options []string
		owner   string
	}{
		"as the image has it": {nil, "10000:10000"},
		"after a remap":       {[]string{"-e", "PUID=4242", "-e", "PGID=4243"}, "4242:4243"},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVolume(t)
			owner := c.owner
			c := serving(t, append(append([]string{v.data()}, c.options...), hermes)...)
			write := func(options []string, command ...string) result {
				v.sh(t, "rm -f config.yaml")
				return docker(t, append(append(append([]string{"exec"}, options...), c.id), command...)...)
			}
			set := []string{"hermes", "config", "set", "a", "1"}
			for about, r := range map[string]result{
				"root, as docker exec has it": write(nil, set...),
				"root with HOME of its own":   write([]string{"-e", "HOME=/root"}, set...),
				"root without an environment": write(nil, "env", "-i", "HOME=/root", "/opt/hermes/bin/hermes", "config", "set", "a", "1"),
				"root elsewhere":              write([]string{"-w", "/"}, set...),
				"root with a loose umask":     write(nil, "sh", "-c", "umask 0; hermes config set a 1"),
				"the app's own user":          write([]string{"--user", owner}, set...),
			} {
				if r.code != 0 {
					t.Errorf("%s: exit code %d\n%s", about, r.code, r.all())
				}
			}
			// Each of them alone.
			for about, command := range map[string][]string{
				"root":                        set,
				"root without an environment": {"env", "-i", "HOME=/root", "/opt/hermes/bin/hermes", "config", "set", "a", "1"},
			} {
				if r := write(nil, command...); r.code != 0 {
					t.Errorf("%s: exit code %d\n%s", about, r.code, r.all())
				}
				v.wants(t, map[string]string{"config.yaml": owner})
			}
			same(t, "what lies elsewhere", v.sh(t, "ls -Ad .hermes 2>/dev/null || echo none")+c.sh(t, "ls -Ad /root/.hermes 2>/dev/null || echo none"), "nonenone")

			for _, value := range []string{"1", "Yes"} {
				if r := write([]string{"-e", "HERMES_DOCKER_EXEC_AS_ROOT=" + value}, set...); r.code != 0 {
					t.Errorf("as root on purpose: exit code %d\n%s", r.code, r.all())
				}
				v.wants(t, map[string]string{"config.yaml": "0:0"})
			}
			for _, value := range []string{"0", "", "garbage"} {
				if r := write([]string{"-e", "HERMES_DOCKER_EXEC_AS_ROOT=" + value}, set...); r.code != 0 {
					t.Errorf("with %q: exit code %d\n%s", value, r.code, r.all())
				}
				v.wants(t, map[string]string{"config.yaml": owner})
			}
			// By the words that berth answers itself, and by its own way in.
			c.does(t, "profile", "create", "coder")
			c.does(t, "-p", "coder", "gateway", "start")
			must(t, "exec", c.id, "berth", "exec", "--", "touch", "/opt/data/touched")
			same(t, "what isn't the app's user's", v.sh(t, "find . ! -user "+strings.Split(owner, ":")[0]), "")
		})
	}
}

func TestA100_AGatewayOfRootsIsRefused(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := serving(t, v.data(), "-e", "HERMES_DOCKER_EXEC_AS_ROOT=1", "-e", "HERMES_STANDIN_EXIT=75", hermes)
	has(t, c.refuses(t, "gateway", "run", "--no-supervise"), "root", "HERMES_ALLOW_ROOT_GATEWAY")
	same(t, "what isn't the app's user's", v.sh(t, "find . ! -user 10000"), "")
	// On purpose it may, and ends as it does.
	r := docker(t, "exec", "-e", "HERMES_ALLOW_ROOT_GATEWAY=1", c.id, "hermes", "gateway", "run", "--no-supervise")
	if r.code != 75 {
		t.Errorf("a gateway of root's that is allowed ended with %d, want its own 75:\n%s", r.code, r.all())
	}
}

func TestA100_ASanitizedEnvironmentAndItsCodes(t *testing.T) {
	needs(t, hermes)
	c := serving(t, "-e", "FOO=bar", "-e", "HERMES_AUTH_JSON_BOOTSTRAP={}", hermes)
	// The services' environment, and what the caller says on top of it; the secret's variable is gone.
	env := must(t, "exec", "-e", "MINE=1", c.id, "berth", "exec", "--", "env")
	has(t, "\n"+env+"\n", "\nFOO=bar\n", "\nMINE=1\n", "\nHOME=/opt/data\n", "\nHERMES_HOME=/opt/data\n", "\nUSER=hermes\n")
	hasNot(t, "\n"+env, "\nHERMES_AUTH_JSON_BOOTSTRAP=")
	same(t, "who it is", must(t, "exec", c.id, "berth", "exec", "--", "sh", "-c", who), "10000:10000 10000")
	for code, command := range map[int][]string{
		0: {"true"}, 7: {"sh", "-c", "exit 7"}, 127: {"no-such-program"}, 126: {"/etc/passwd"},
	} {
		r := docker(t, append([]string{"exec", c.id, "berth", "exec", "--"}, command...)...)
		noTrace(t, r)
		if r.code != code {
			t.Errorf("berth exec -- %v ended with %d, want %d:\n%s", command, r.code, code, r.all())
		}
	}
}

func TestA101_ALoginShellFindsTheAppFirst(t *testing.T) {
	needs(t, hermes)
	c := serving(t, hermes)
	for _, options := range [][]string{{"--user", "hermes"}, {"--user", "hermes", "-e", "HOME=/opt/data"}, nil} {
		in := func(script string) string {
			return must(t, append(append([]string{"exec"}, options...), c.id, "bash", "-lc", script)...)
		}
		same(t, "hermes in a login shell", in("command -v hermes"), "/opt/hermes/bin/hermes")
		path := in("echo $PATH")
		if !strings.HasPrefix(path, "/opt/hermes/bin:/opt/hermes/.venv/bin:/opt/data/.local/bin:") {
			t.Errorf("PATH in a login shell is %s", path)
		}
		same(t, "PATH in a login shell in a login shell", in(`bash -lc 'echo $PATH'`), path)
		has(t, ":"+path+":", ":/usr/bin:", ":/bin:")
		has(t, in("hermes --version"), "hermes")
	}
	same(t, "PATH in main's login shell", output(t, hermes, "bash", "-lc", "command -v hermes"), "/opt/hermes/bin/hermes")
	same(t, "with a home of its own", output(t, "-e", "HERMES_HOME=/opt/data/deeper", hermes, "bash", "-lc", "echo $PATH | cut -d: -f3"), "/opt/data/deeper/.local/bin")
}

func TestA102_AfterAnyExecOfRootsTheAppCanReadItsFiles(t *testing.T) {
	needs(t, hermes)
	v := newVolume(t)
	c := serving(t, v.data(), hermes)
	c.sh(t, "umask 077; hermes config set a 1")
	for _, words := range [][]string{
		{"profile", "create", "coder"},
		{"profile", "create", "copy", "--clone-from", "coder"},
		{"-p", "coder", "gateway", "start"},
		{"-p", "coder", "gateway", "restart"},
		{"gateway", "start"},
		{"gateway", "stop"},
		{"doctor", "--fix"},
		{"dump"},
		{"profile", "list"},
		{"gateway", "status"},
		{"profile", "delete", "copy", "--yes"},
		{"-p", "coder", "config", "set", "b", "2"},
	} {
		c.sh(t, "umask 077; hermes "+quoteAll(words))
	}
	for _, words := range []string{"status", "ready", "logs gateway-coder", "events", "restart gateway-coder --wait", "stop gateway-coder --wait"} {
		c.sh(t, "umask 077; berth "+words)
	}
	unreadable := must(t, "exec", "--user", "hermes", c.id, "sh", "-c", `find /opt/data -maxdepth 2 \( ! -readable -o ! -user hermes -o -type d ! -executable \) -print`)
	same(t, "what the app's user can't read", unreadable, "")
	same(t, "what isn't the app's at all", v.sh(t, "find . ! -user 10000"), "")
}
