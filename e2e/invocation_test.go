package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// asArgv has the stand-in print its arguments as JSON and end.
const asArgv = "--env=HERMES_STANDIN_ARGV=1"

// argv runs the Hermes image and gives the arguments that reached hermes, less its own name.
func argv(t *testing.T, args ...string) []string {
	t.Helper()
	out := output(t, append([]string{asArgv}, args...)...)
	var got []string
	if err := json.Unmarshal([]byte(out), &got); err != nil || len(got) == 0 {
		t.Fatalf("hermes printed no argv: %v: %q", err, out)
	}
	return got[1:]
}

// noTrace fails the test if a program died of a bug in front of the user.
func noTrace(t *testing.T, r result) {
	t.Helper()
	hasNot(t, r.all(), "panic:", "Traceback", "goroutine ", "can't cd", "can only run as pid 1")
}

func TestA1_HelpAndVersionGoToHermes(t *testing.T) {
	needs(t, hermes)
	for _, args := range [][]string{{"--help"}, {"--version"}, {"chat", "--help"}, {"dashboard", "--help"}} {
		r := runs(t, 0, append([]string{hermes}, args...)...)
		noTrace(t, r)
		has(t, strings.ToLower(r.out), "hermes")
		if got := argv(t, append([]string{hermes}, args...)...); !slices.Equal(got, args) {
			t.Errorf("%q reached hermes as %q", args, got)
		}
	}
}

func TestA2_NoArgumentsStartHermes(t *testing.T) {
	needs(t, hermes)
	if got := argv(t, hermes); len(got) != 0 {
		t.Errorf("hermes got %q, want no arguments", got)
	}
}

func TestA3_ArgumentsArriveVerbatim(t *testing.T) {
	needs(t, hermes)
	for _, want := range [][]string{
		{"chat", "-q", "two  words; $x"},
		{"chat", "", "a\nb", `"quoted"`, `'single'`, `back\slash`, "$(id)", "`id`", "--", "-", "--flag=x y", "ünï"},
	} {
		if got := argv(t, append([]string{hermes}, want...)...); !slices.Equal(got, want) {
			t.Errorf("%q reached hermes as %q", want, got)
		}
	}
}

func TestA4_TheExitCodeIsMains(t *testing.T) {
	needs(t, hermes)
	for _, code := range []int{0, 42, 255} {
		runs(t, code, hermes, "sh", "-c", fmt.Sprintf("exit %d", code))
	}
}

func TestA5_AMainThatASignalKillsGives128AndItsNumber(t *testing.T) {
	needs(t, hermes)
	runs(t, 143, hermes, "sh", "-c", "kill -TERM $$")
	runs(t, 137, hermes, "sh", "-c", "kill -KILL $$")
}

func TestA6_AProgramOnPathRunsDirectlyAsTheUser(t *testing.T) {
	needs(t, hermes)
	c := start(t, hermes, "sleep", "infinity")
	p := c.one(t, "sleep")
	if p.uid != 10000 || p.gid != 10000 || p.parent != 1 {
		t.Errorf("sleep is %+v, want uid and gid 10000, a child of PID 1", p)
	}
	if all := c.processes(t); len(all) != 3 { // PID 1, sleep and the shell that looks
		t.Errorf("the container runs %+v, want PID 1 and sleep alone", all)
	}
	if !c.running(t) {
		t.Error("the container did not stay up")
	}
}

func TestA7_BashRuns(t *testing.T) {
	needs(t, hermes)
	same(t, "bash", output(t, hermes, "bash", "-c", "echo ok"), "ok")
}

func TestA8_AVerbThatShadowsAProgramGoesToHermes(t *testing.T) {
	needs(t, hermes)
	image := withProbe(t)
	same(t, "the shadowed program", output(t, image, "/usr/local/bin/mcp"), "shadow")
	if got := argv(t, image, "mcp", "--help"); !slices.Equal(got, []string{"mcp", "--help"}) {
		t.Errorf("mcp --help reached hermes as %q", got)
	}
	if got := argv(t, hermes, "login", "--help"); !slices.Equal(got, []string{"login", "--help"}) {
		t.Errorf("login --help reached hermes as %q", got)
	}
	has(t, output(t, hermes, "login", "--help"), "usage: hermes login")
}

func TestA9_ALeadingDashGoesToHermes(t *testing.T) {
	needs(t, hermes)
	for _, want := range [][]string{{"-p", "prof", "chat", "-q", "x"}, {"--profile=prof", "mcp"}, {"-x", "gateway", "run"}} {
		if got := argv(t, append([]string{hermes}, want...)...); !slices.Equal(got, want) {
			t.Errorf("%q reached hermes as %q", want, got)
		}
	}
	// Words that berth answers under hermes's name are hermes's too.
	r := runs(t, 1, hermes, "-p", "prof", "gateway", "run")
	has(t, r.err, "no such gateway 'prof'")
}

func TestA19_DirectoryAndHome(t *testing.T) {
	needs(t, hermes)
	same(t, "working directory of -w", output(t, "-w", "/tmp", hermes, "pwd"), "/tmp")
	same(t, "home with an empty HERMES_HOME", output(t, "-e", "HERMES_HOME=", hermes, "sh", "-c", `cd "$HOME" && pwd`), "/opt/data")
	same(t, "home", output(t, hermes, "sh", "-c", `echo "$HOME $HERMES_HOME $(pwd)"`), "/opt/data /opt/data /opt/data")
	same(t, "home with another HERMES_HOME", output(t, "-e", "HERMES_HOME=/opt/data/deeper", hermes, "sh", "-c", `echo "$HOME"`), "/opt/data/deeper")
	same(t, "who it is", output(t, hermes, "sh", "-c", `echo "$USER $LOGNAME"`), "hermes hermes")
}

func TestA20_TheEnvironmentReachesMainByteForByte(t *testing.T) {
	needs(t, hermes)
	image := withProbe(t)
	var got struct{ Env []string }
	out := output(t, "-e", "FOO=a b;c", "-e", "MULTI=x\ny\"'$(id)\t", "-e", "EMPTY=", image, "probe", "about")
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v: %q", err, out)
	}
	for _, want := range []string{"FOO=a b;c", "MULTI=x\ny\"'$(id)\t", "EMPTY=", "HOME=/opt/data"} {
		if !slices.Contains(got.Env, want) {
			t.Errorf("main's environment lacks %q: %q", want, got.Env)
		}
	}
	names := map[string]bool{}
	for _, e := range got.Env {
		name, value, _ := strings.Cut(e, "=")
		if names[name] {
			t.Errorf("main's environment has %s twice", name)
		}
		names[name] = true
		if name == "PATH" && !strings.HasPrefix(value, "/opt/hermes/bin:/opt/hermes/.venv/bin:/opt/data/.local/bin:") {
			t.Errorf("PATH starts with other than the app's directories: %s", value)
		}
	}
}

func TestA21_AnUnknownWordIsHermesUsageError(t *testing.T) {
	needs(t, hermes)
	alone := run(t, "--entrypoint", "/opt/hermes/.venv/bin/hermes", hermes, "no-such-word")
	if alone.code == 0 {
		t.Fatalf("the app itself takes an unknown word: %s", alone.all())
	}
	r := runs(t, alone.code, hermes, "no-such-word")
	has(t, r.err, strings.TrimSpace(alone.err))
}

func TestA16_BesideAnInitOfTheEngine(t *testing.T) {
	needs(t, hermes)
	r := runs(t, 0, "--init", hermes, "--help")
	noTrace(t, r)
	runs(t, 42, "--init", hermes, "sh", "-c", "exit 42")
	v := newVolume(t)
	c := startUp(t, "--init", v.data(), hermes)
	v.wants(t, map[string]string{".env": "10000:10000 600", "skills": "10000:10000"})
	must(t, "stop", c.id)
	if code := c.code(t); code != 143 {
		t.Errorf("stopped main ended the container with %d, want 143", code)
	}
}

func TestA17_InTheHostsPidNamespaceNothingElseIsTouched(t *testing.T) {
	needs(t, hermes)
	bystander := start(t, hermes, "sleep", "infinity")
	eventually(t, "the bystander runs", func() bool { return len(bystander.named(t, "sleep")) == 1 })
	started := bystander.inspect(t, "{{.State.Pid}} {{.State.StartedAt}}")
	r := runs(t, 3, "--pid=host", hermes, "sh", "-c", "exit 3")
	noTrace(t, r)
	// A stop with a child that ignores TERM: everything of its own is killed, and nothing else.
	c := startUp(t, "--pid=host", "-e", "BERTH_STOP_TIMEOUT=1s", hermes, "sh", "-c", `trap "" TERM; sleep 987654 & exec "$@"`, "-")
	must(t, "stop", "-t", "20", c.id)
	same(t, "the bystander", bystander.inspect(t, "{{.State.Pid}} {{.State.StartedAt}}"), started)
	if !bystander.running(t) {
		t.Error("the bystander was killed")
	}
	if found := kept(t, "/", `grep -lz 98765[4] /proc/[0-9]*/cmdline 2>/dev/null || :`); found != "" {
		t.Errorf("a child was left behind: %s", found)
	}
}

func TestA18_OldEntrypointsEndInTheSameBoot(t *testing.T) {
	needs(t, hermes)
	for _, c := range []struct {
		name  string
		entry string
		args  []string
		code  int
	}{
		{"tini with a group flag", "/usr/bin/tini", []string{"-g", "--", "sh", "-c", "exit 5"}, 5},
		{"tini with flags that take values", "/usr/bin/tini", []string{"-p", "SIGKILL", "-e", "143", "-v", "-v", "--", "sh", "-c", "exit 6"}, 6},
		{"the init path", "/init", []string{"sh", "-c", "exit 8"}, 8},
		{"the old script", "/opt/hermes/docker/entrypoint.sh", []string{"sh", "-c", "exit 7"}, 7},
		{"tini before the old script", "/usr/bin/tini", []string{"-g", "--", "/opt/hermes/docker/entrypoint.sh", "sh", "-c", "exit 9"}, 9},
		{"tini before the init", "/usr/bin/tini", []string{"--", "/init", "sh", "-c", "exit 10"}, 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVolume(t)
			r := runs(t, c.code, append([]string{v.data(), "--entrypoint", c.entry, hermes}, c.args...)...)
			noTrace(t, r)
			v.wants(t, map[string]string{".env": "10000:10000 600", "config.yaml": "10000:10000 640"})
		})
	}
	const foreground = "--env=HERMES_GATEWAY_NO_SUPERVISE=1" // else it becomes a service, which tells nobody its words
	if got := argv(t, foreground, "--entrypoint", "/usr/bin/tini", hermes, "-g", "--", "gateway", "run"); !slices.Equal(got, []string{"gateway", "run"}) {
		t.Errorf("tini -g -- gateway run reached hermes as %q", got)
	}
	if got := argv(t, "--entrypoint", "/usr/bin/tini", hermes); len(got) != 0 {
		t.Errorf("tini alone gave hermes %q", got)
	}
}

func TestAMissingProgramIs127AndOneThatCannotRunIs126(t *testing.T) {
	needs(t, hermes)
	for _, c := range []struct {
		name    string
		program string
		code    int
	}{
		{"a path at which nothing is", "/no/such/program", 127},
		{"a relative path at which nothing is", "./no-such-program", 127},
		{"a file without the run bit", "/etc/passwd", 126},
		{"a directory", "/etc/", 126},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := runs(t, c.code, hermes, c.program)
			has(t, r.err, "berth: ", "berth: hint: ", c.program)
			noTrace(t, r)
		})
	}
}
