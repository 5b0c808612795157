package hermes

import (
	"errors"
	"os"
	"strings"
	"testing"
)

func TestDoctorOnSupervision(t *testing.T) {
	g := newRig(t)
	g.profile("coder")
	up(&g.sup.slots[0])
	g.sup.slots = append(g.sup.slots, Slot{Name: "worker", State: "failed", Wanted: true, Verdict: "failed: 10 short runs"})
	g.gets(0, says(
		"s6 Supervision", "berth (container supervisor)", "main-hermes: up", "dashboard: down (expected if not enabled via env)",
		"per-profile gateways: 1 up / 2", "worker: failed, failed: 10 short runs",
	), "doctor")
	g.sup.slots[1] = Slot{Name: "dashboard", State: "ready", Wanted: true, Pid: 5}
	g.sup.slots[0].Verdict = "failing"
	g.sup.slots[3] = Slot{Name: "worker", State: "down"}
	g.gets(0, says("dashboard: up (pid 5)", "gateway-default: running, failing", "worker: down\n"), "doctor")
	g.sup.slots = nil
	g.gets(0, says("per-profile gateways: none", "hermes profile create"), "doctor")
	g.sup.errs["status"] = errors.New("no answer")
	g.gets(0, says("no answer"), "doctor")
	g.nobody(true)
	g.gets(0, says("nobody supervises this container"), "doctor")
	g.nobody(false)
	g.gets(0, says("no container"), "doctor")
	g.gets(2, says(`unknown flag "--all"`), "doctor", "--all")
}

func TestDoctorFixes(t *testing.T) {
	g := newRig(t)
	g.gets(0, says(".env is missing", "config.yaml is missing", "hermes doctor --fix"), "doctor")
	g.is(!g.there(".env") && !g.there("config.yaml"), "it fixed without being told to")
	g.gets(0, says("Created empty "+g.at(".env"), "Created "+g.at("config.yaml")), "doctor", "--fix")
	g.is(g.mode(".env") == 0o600 && g.read(".env") == "", ".env is %o: %q", g.mode(".env"), g.read(".env"))
	g.is(g.mode("config.yaml") == 0o640 && g.read("config.yaml") == "model: {}\n", "config.yaml is %o", g.mode("config.yaml"))
	g.owned(".env", "config.yaml")
	ok(t, os.Chmod(g.at(".env"), 0o644))
	g.write("config.yaml", "mine\n", 0o600)
	g.gets(0, says("0644, others may read it"), "doctor")
	g.gets(0, says("Tightened "+g.at(".env"), "config.yaml is there"), "doctor", "--fix")
	g.is(g.mode(".env") == 0o600 && g.read("config.yaml") == "mine\n", ".env is %o", g.mode(".env"))
	g.gets(0, says(".env: 0600"), "doctor", "--fix")
	g.gets(0, says(".env: 0600"), "doctor")

	g.profile("coder")
	g.gets(0, says("profiles/coder/.env"), "-p", "coder", "doctor", "--fix")
	g.is(g.mode("profiles/coder/.env") == 0o600, "the profile's .env is %o", g.mode("profiles/coder/.env"))
	g.gets(1, says("no such profile"), "-p", "x", "doctor")
	g.gets(1, says("no name of a profile"), "-p", "../x", "doctor")
}

func TestDoctorRefuses(t *testing.T) {
	g := newRig(t)
	g.write("outside", "precious")
	g.link("outside", ".env")
	g.gets(0, says("is no file but a symbolic link"), "doctor")
	g.gets(1, says("refusing to chmod through symlinked path"), "doctor", "--fix")
	g.is(g.mode("outside") == 0o644, "the link's target is %o", g.mode("outside"))
	ok(t, os.Remove(g.at(".env")))
	g.mkdir(".env")
	g.gets(1, says("another kind of file"), "doctor", "--fix")
	ok(t, os.Remove(g.at(".env")), os.Remove(g.at("config.yaml")))
	g.link("nowhere", "config.yaml")
	g.gets(0, says("config.yaml is there"), "doctor", "--fix")
	g.is(!g.there("nowhere"), "it wrote through a link")
}

// owned checks whose files are.
func (g *rig) owned(names ...string) {
	g.t.Helper()
	for _, name := range names {
		uid := ownerOf(g.t, g.at(name))
		g.is(uid == uint32(g.uid), "%s belongs to %d", name, uid)
	}
}

func TestSetup(t *testing.T) {
	old := umask(0o022)
	defer umask(old)
	g := newRig(t)
	g.gets(0, says("Created "+g.at(".env")), "setup", "--quick")
	g.is(strings.Join(g.exec, " ") == "setup --quick", "the app was asked %q", g.exec)
	g.is(g.mode(".env") == 0o600 && g.read(".env") == "# settings\n", ".env is %o: %q", g.mode(".env"), g.read(".env"))
	g.owned(".env")
	for _, mode := range []os.FileMode{0o644, 0o666, 0o640, 0o400} {
		g.write(".env", "A=b\n", mode)
		g.gets(0, says("Tightened"), "setup")
		g.is(g.mode(".env") == 0o600 && g.read(".env") == "A=b\n", "from %o it is %o: %q", mode, g.mode(".env"), g.read(".env"))
	}
	g.gets(0, nil, "setup")
	g.is(g.err.Len() == 0, "nothing changed, and it says %s", &g.err)

	g.profile("coder")
	g.gets(0, says("profiles/coder/.env"), "-p", "coder", "setup")
	g.is(strings.Join(g.exec, " ") == "-p coder setup", "the app was asked %q", g.exec)
	for _, name := range []string{"x", "../x"} { // the app has its own words
		g.gets(0, nil, "-p", name, "setup")
		g.is(len(g.exec) == 3 && g.err.Len() == 0, "asked %q, said %s", g.exec, &g.err)
	}
}

func TestSetupGoesOn(t *testing.T) {
	g := newRig(t)
	g.e.Exec = func([]string) int { return 127 }
	g.write("outside", "precious")
	g.link("outside", ".env")
	g.gets(127, says("could not make .env private", "refusing"), "setup")
	g.is(g.mode("outside") == 0o644, "the link's target is %o", g.mode("outside"))
	g.e.Exec = nil
	g.gets(1, says("no app"), "setup")
	g = newRig(t)
	g.e.Tree = nil
	g.gets(0, says("Created"), "setup")
	g.is(g.mode(".env") == 0o600 && g.read(".env") == "", ".env is %q", g.read(".env"))
}

func TestDump(t *testing.T) {
	g := newRig(t)
	g.profile("coder")
	up(&g.sup.slots[0])
	g.lay(".install_method", "docker")
	g.lay(".hermes_build_sha", "0123456789abcdef0123\n")
	g.gets(0, says(
		"build:          01234567\n", "docker", "/.dockerenv", g.home, "running (berth (container supervisor)) (pid 115)", "1 up / 2",
	), "dump")
	g.lay(".hermes_build_sha", "nonsense")
	g.e.S6 = true
	g.sup.slots[2].Verdict = "final code 78"
	g.gets(0, says("(unknown)", "stopped (s6 (container supervisor))", "final code 78"), "-p", "coder", "dump")
	g.gets(0, says("not registered"), "-p", "x", "dump")
	g.gets(1, says("no name"), "-p", "../x", "dump")
	g.gets(2, says("unexpected word"), "dump", "x")
	g.sup.errs["status"] = errors.New("no answer")
	g.gets(1, says("no answer"), "dump")
	g.nobody(false)
	g.gets(0, says("container:      no", "supervisor:     none"), "dump")
}
