package e2e

import (
	"strings"
	"testing"
)

// sealed is a spec that is the image's own, whose install tree stays root's.
func sealed(t *testing.T) []string {
	t.Helper()
	v := prepared(t, "printf 'version: 1\\nextends: /etc/berth/berth.yaml\\ninstall: {immutable: true}\\n' > berth.yaml")
	return []string{v.at("/spec"), "-e", "BERTH_SPEC=/spec/berth.yaml"}
}

func TestA117_TheAppWritesNothingOfRootsAndSignalsNothingOfIt(t *testing.T) {
	needs(t, hermes)
	c := startUp(t, append(sealed(t), "-e", "ROOTS_SECRET=only-for-pid-1", hermes)...)
	// The image's trees as an image has them that wants this: root's. A boot that finds them so leaves them so.
	c.sh(t, "cd /opt/hermes; chown -R 0:0 "+trees)
	c.restart(t)
	hasNot(t, c.treeTimes(t, trees), " 10000:")
	as := func(script string) result {
		return docker(t, "exec", "--user", "10000:10000", c.id, "sh", "-c", script)
	}
	for about, script := range map[string]string{
		"write the install tree":              "touch /opt/hermes/x",
		"write one of its trees":              "for d in " + trees + "; do touch /opt/hermes/$d/x && exit 0; done; exit 1",
		"replace the program":                 "cp /bin/true /opt/hermes/.venv/bin/hermes",
		"read root's environment":             "cat /proc/1/environ",
		"replace the spec that root acts on":  "echo version: 1 > /etc/berth/berth.yaml",
		"put another in its place":            "mv /etc/berth /etc/other",
		"replace berth":                       "cp /bin/true /usr/local/bin/berth",
		"replace a record that root believes": "echo > /run/berth/app.json",
		"put a record into its place":         "rm -f /run/berth/boot.json",
		"end PID 1":                           "kill -TERM 1",
		"kill PID 1":                          "kill -KILL 1",
		"stop PID 1":                          "kill -STOP 1",
		"trace PID 1":                         "cat /proc/1/mem",
		"give a file away":                    "touch /opt/data/f && chown 0:0 /opt/data/f",
	} {
		if r := as(script); r.code == 0 {
			t.Errorf("the app can %s:\n%s", about, r.all())
		}
	}
	if !c.running(t) {
		t.Error("the container has ended")
	}
	// Without it the trees follow the app's user, and the app writes them: the attempts above fail for their reason alone.
	open := startUp(t, hermes)
	if r := docker(t, "exec", "--user", "10000:10000", open.id, "sh", "-c", "touch /opt/hermes/.venv/x"); r.code != 0 {
		t.Errorf("in the image as it is the app can't write its own tree:\n%s", r.all())
	}
}

func TestA118_SecretsAreInNoLogAndNoRecord(t *testing.T) {
	needs(t, hermes)
	const token, operators = "s3cret-of-the-seed", "an-operators-key-that-is-long"
	for about, options := range map[string][]string{
		"text":              nil,
		"JSON":              {"-e", "BERTH_LOG_FORMAT=json"},
		"an operator's key": {"-e", "API_SERVER_KEY=" + operators},
	} {
		t.Run(about, func(t *testing.T) {
			v := newVolume(t)
			options := append([]string{v.data(), "-e", `HERMES_AUTH_JSON_BOOTSTRAP={"token":"` + token + `"}`}, options...)
			plan := run(t, append(append([]string{"--entrypoint", "berth"}, options...), hermes, "plan")...)
			c := startUp(t, append(options, hermes)...)
			c.restart(t)
			key := v.sh(t, "sed -n 's/^API_SERVER_KEY=//p' .env")
			said := map[string]string{
				"the plan":            plan.all(),
				"the engine's log":    docker(t, "logs", c.id).all(),
				"the boot":            docker(t, "exec", c.id, "berth", "boot").all(),
				"the boot as JSON":    docker(t, "exec", c.id, "berth", "boot", "--json").all(),
				"the history":         docker(t, "exec", c.id, "berth", "boot", "--history", "--json").all(),
				"the events":          docker(t, "exec", c.id, "berth", "events", "--json").all(),
				"a look":              docker(t, "exec", c.id, "berth", "heal", "--json").all(),
				"the records in /run": c.sh(t, "cat /run/berth/*.json"),
				"the ledger":          v.sh(t, "cat .berth/*"),
				"the log files":       v.sh(t, "find logs -type f -exec cat {} +"),
			}
			for where, text := range said {
				hasNot(t, text, token)
				if len(key) >= 16 && strings.Contains(text, key) || strings.Contains(text, operators) {
					t.Errorf("the key is in %s:\n%s", where, text)
				}
			}
			has(t, said["the boot as JSON"], `"outcome": "prepared"`)
			has(t, said["the history"], "auth.json")
			has(t, v.sh(t, "cat auth.json"), token)
			v.wants(t, map[string]string{"auth.json": "10000:10000 600", ".env": "10000:10000 600"})
		})
	}
}
