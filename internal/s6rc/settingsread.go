package s6rc

import (
	"path"
	"strconv"
	"strings"
	"time"
)

// maxGrace is the longest S6_KILL_GRACETIME.
const maxGrace = 300 * time.Second

// ReadSettings reads s6-overlay's variables. A value that can't be is complained of, and the default counts.
func ReadSettings(lookup func(string) (string, bool)) (Settings, []Complaint) {
	v := &variables{lookup: lookup}
	s := &v.out
	s.KeepEnv = v.flag("S6_KEEP_ENV", Honoured, "programs get the container's environment, and with-contenv changes nothing")
	s.Logging = v.number("S6_LOGGING", 0, 2, Honoured, "0: all to stdout; 1: services' output to /run/uncaught-logs; 2: the command's too")
	s.CatchallUser = v.text("S6_CATCHALL_USER", "root", Honoured, "the account of the logger of /run/uncaught-logs, where berth is root")
	s.LoggingScript = v.text("S6_LOGGING_SCRIPT", "n20 s1000000 T", Honoured, "what s6-log is told by that logger and by logutil-service")
	s.Behaviour = v.number("S6_BEHAVIOUR_IF_STAGE2_FAILS", 0, 2, Honoured, "0: go on; 1: say so and go on; 2: stop the container with the code")
	s.WaitMax = v.time("S6_CMD_WAIT_FOR_SERVICES_MAXTIME", 0, 0, Honoured, "how long the command waits for services; 0: as long as something happens, and 5 minutes (BERTH_S6_PATIENCE) for services that run and don't say that they are ready")
	s.WaitForServices = v.flag("S6_CMD_WAIT_FOR_SERVICES", Honoured, "the command waits for the services of services.d as well")
	s.ReadyTime = v.time("S6_SERVICES_READYTIME", 50*time.Millisecond, 0, Unnecessary, "a pause in front of that wait; berth knows when a service runs")
	s.ServicesGrace = v.time("S6_SERVICES_GRACETIME", 3*time.Second, 0, Honoured, "how long services of services.d have to stop, within BERTH_STOP_TIMEOUT")
	s.KillGrace = v.time("S6_KILL_GRACETIME", 3*time.Second, maxGrace, Honoured, "the longest wait between TERM and KILL of what is left; it ends when nothing is left")
	s.KillFinishMax = v.time("S6_KILL_FINISH_MAXTIME", 5*time.Second, 0, Honoured, "how long each script of cont-finish.d may take; 0: without limit of its own")
	s.CmdArg0 = strings.Fields(v.text("S6_CMD_ARG0", "", Honoured, "words in front of the command"))
	s.CmdUseTerminal = v.flag("S6_CMD_USE_TERMINAL", Unnecessary, "the command has the terminal anyway")
	s.CmdReceiveSignals = v.flag("S6_CMD_RECEIVE_SIGNALS", Honoured, "signals go to the command, and don't stop the container")
	s.FixAttrsHidden = v.flag("S6_FIX_ATTRS_HIDDEN", Honoured, "fix-attrs.d includes files whose names start with a dot")
	s.ReadOnlyRoot = v.flag("S6_READ_ONLY_ROOT", Unnecessary, "a read-only root needs no preparation: berth writes to /run only")
	s.SyncDisks = v.flag("S6_SYNC_DISKS", Honoured, "what is written is synced to disk before the container ends")
	s.Stage2Hook = strings.Fields(v.text("S6_STAGE2_HOOK", "", Honoured, "a command that is run before the services are read"))
	s.Verbosity = v.number("S6_VERBOSITY", 2, 5, Honoured, "0: errors; 1: warnings; 2: what is started and stopped")
	v.flag("S6_YES_I_WANT_A_WORLD_WRITABLE_RUN_BECAUSE_KUBERNETES", Unnecessary, "any /run that can be written to is accepted")
	s.WaitForClosingFD = v.number("S6_WAIT_FOR_CLOSING_FD", 0, maxFD, Unnecessary, "for runtimes that prepare a container while it starts; none that berth runs on does")
	s.BundleDir = v.path("S6_RUNTIME_BUNDLEDIR", "where the bundles user and user2 are, instead of /etc/s6-overlay/user-bundles.d")
	s.Profile = v.profile("S6_RUNTIME_PROFILE", "/etc/cont-profile.d/NAME instead of /etc")
	for _, name := range []string{"S6_OVERLAY_VERSION", "S6_ARCH", "S6_OVERLAY_ARCH"} {
		if _, given := lookup(name); given {
			v.text(name, "", Unnecessary, "it is for the build of the image, and was left behind")
		}
	}
	return *s, v.complaints
}

// variables reads one variable after the other.
type variables struct {
	lookup     func(string) (string, bool)
	out        Settings
	complaints []Complaint
}

// keep writes down what counts. It can be shown: none of these holds a secret.
func (v *variables) keep(name, value string, fate Fate, why string) {
	_, given := v.lookup(name)
	v.out.Set = append(v.out.Set, Setting{Name: name, Value: value, Given: given, Fate: fate, Why: why})
}

func (v *variables) wrong(name, text, hint string) {
	v.complaints = append(v.complaints, Complaint{Path: name, Text: text, Hint: hint})
}

func (v *variables) text(name, otherwise string, fate Fate, why string) string {
	value, given := v.lookup(name)
	if !given || value == "" {
		value = otherwise
	}
	v.keep(name, value, fate, why)
	return value
}

// integer reads a number. An empty value is none.
func (v *variables) integer(name string) (n int64, raw string, ok bool) {
	raw, given := v.lookup(name)
	if !given || raw == "" {
		return 0, "", false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(raw), 10, 64)
	return n, raw, err == nil
}

func (v *variables) number(name string, otherwise, most int, fate Fate, why string) int {
	out := otherwise
	switch n, raw, ok := v.integer(name); {
	case raw == "":
	case !ok || n < 0:
		v.wrong(name, quote(raw)+" is no number; "+strconv.Itoa(otherwise)+" counts", "use a number from 0 to "+strconv.Itoa(most))
	default:
		out = int(min(n, int64(most))) // s6-overlay takes more for the most
	}
	v.keep(name, strconv.Itoa(out), fate, why)
	return out
}

// flag reads a number that says yes if it isn't 0.
func (v *variables) flag(name string, fate Fate, why string) bool {
	out := false
	switch n, raw, ok := v.integer(name); {
	case raw == "":
	case ok:
		out = n != 0
	default:
		said := "no"
		switch strings.ToLower(strings.TrimSpace(raw)) {
		case "true", "yes", "on", "y":
			out, said = true, "yes"
		}
		v.wrong(name, quote(raw)+" is no number; taken for "+said, "use 1 for yes and 0 for no")
	}
	value := "0"
	if out {
		value = "1"
	}
	v.keep(name, value, fate, why)
	return out
}

func (v *variables) time(name string, otherwise, most time.Duration, fate Fate, why string) time.Duration {
	out := otherwise
	switch n, raw, ok := v.integer(name); {
	case raw == "":
	case !ok || n < 0:
		hint := "use milliseconds, as 5000 for five seconds"
		if d, err := time.ParseDuration(strings.TrimSpace(raw)); err == nil && d >= 0 {
			hint = "use milliseconds: " + strconv.FormatInt(d.Milliseconds(), 10)
		}
		v.wrong(name, quote(raw)+" is no number of milliseconds; "+strconv.FormatInt(otherwise.Milliseconds(), 10)+" counts", hint)
	case most > 0 && n > most.Milliseconds():
		v.wrong(name, quote(raw)+" is more than can be waited; "+strconv.FormatInt(most.Milliseconds(), 10)+" counts", "use at most "+strconv.FormatInt(most.Milliseconds(), 10))
		out = most
	default:
		out = time.Duration(min(n, maxMilliseconds)) * time.Millisecond
	}
	v.keep(name, strconv.FormatInt(out.Milliseconds(), 10), fate, why)
	return out
}

func (v *variables) path(name, why string) string {
	value, _ := v.lookup(name)
	if value != "" && (!path.IsAbs(value) || strings.IndexByte(value, 0) >= 0) {
		v.wrong(name, quote(value)+" is no absolute path; left out", "use an absolute path")
		value = ""
	}
	v.keep(name, value, Honoured, why)
	return value
}

func (v *variables) profile(name, why string) string {
	value, _ := v.lookup(name)
	if !sane(value) {
		v.wrong(name, quote(value)+" is no name of a profile; left out", "use the name of a directory in "+profiles)
		value = ""
	}
	v.keep(name, value, Honoured, why)
	return value
}

// Misspelt complains of variables that look like s6-overlay's and are none.
func Misspelt(environment []string) []Complaint {
	s, _ := ReadSettings(func(string) (string, bool) { return "", false })
	known := make([]string, 0, len(s.Set)+4)
	for _, k := range s.Set {
		known = append(known, k.Name)
	}
	known = append(known, "S6_OVERLAY_VERSION", "S6_ARCH", "S6_OVERLAY_ARCH")
	var out []Complaint
	for _, e := range environment {
		name, _, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(name, "S6_") {
			continue
		}
		exact := false
		for _, k := range known {
			exact = exact || k == name
		}
		if best := guess(name, known); !exact && best != "" {
			out = append(out, Complaint{Path: name, Text: "no variable of s6-overlay's has this name; without effect", Hint: "did you mean " + best + "?"})
		}
	}
	return out
}
