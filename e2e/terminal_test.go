package e2e

import (
	"strings"
	"testing"
)

func TestA10_ATerminalIsMains(t *testing.T) {
	needs(t, hermes)
	x := onTerminal(t, hermes, "sh", "-c", `[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo "all-three $(tput cols) $(tty)"`)
	x.expect(t, "all-three 80 /dev/pts/0")
	if code := x.ends(t); code != 0 {
		t.Errorf("exit code %d:\n%s", code, x.shown())
	}
	same(t, "without a terminal", output(t, hermes, "sh", "-c", `[ -t 1 ] && echo terminal || echo none`), "none")
}

func TestA10_TheAppsTerminalInterfaceStarts(t *testing.T) {
	needs(t, hermes)
	x := onTerminal(t, asArgv, hermes, "--tui")
	x.expect(t, `"--tui"`)
	if code := x.ends(t); code != 0 {
		t.Errorf("exit code %d:\n%s", code, x.shown())
	}
}

func TestA11_AResizeReachesMain(t *testing.T) {
	needs(t, hermes)
	x := onTerminal(t, hermes, "bash", "-c", `trap 'echo "now $(stty size)"' WINCH; trap 'exit 0' TERM; echo main-"is"-ready; while :; do sleep 0.05; done`)
	x.expect(t, "main-is-ready")
	// The client may not listen for the first one yet: it is up before its own watch of the window is.
	eventually(t, "main hears of the new size", func() bool {
		x.resize(t, 100, 33)
		x.resize(t, 101, 33)
		return strings.Contains(x.shown(), "now 33 101")
	})
}

func TestA11_KeysReachTheForegroundProgramOnly(t *testing.T) {
	needs(t, hermes)
	x := onTerminal(t, hermes, "bash", "--norc", "-i")
	x.types(t, "PS1='>'; echo ready-$((20+3))\r")
	x.expect(t, "ready-23")
	hasNot(t, x.shown(), "no job control", "cannot set terminal process group")
	// Ctrl-C ends what runs in the foreground, not the shell.
	x.types(t, "(echo run-$((20+4)); exec sleep 1000)\r")
	x.expect(t, "run-24")
	x.types(t, "\x03")
	x.types(t, "echo after-$?-$((20+5))\r")
	x.expect(t, "after-130-25")
	// Ctrl-Z stops it, fg brings it back, Ctrl-C ends it.
	x.types(t, "(echo run-$((20+7)); exec sleep 2000)\r")
	x.expect(t, "run-27")
	x.types(t, "\x1a")
	x.expect(t, "Stopped")
	x.types(t, "jobs | wc -l | sed s/^/jobs-/\r")
	x.expect(t, "jobs-1")
	x.types(t, "fg\r")
	x.expect(t, "exec sleep 2000")
	x.types(t, "\x03")
	x.types(t, "echo gone-$?-$((20+6))\r")
	x.expect(t, "gone-130-26")
	x.types(t, "exit 12\r")
	if code := x.ends(t); code != 12 {
		t.Errorf("exit code %d, want the shell's 12:\n%s", code, x.shown())
	}
}

func TestA11_CtrlCOnAMainWithoutAShellEndsIt(t *testing.T) {
	needs(t, hermes)
	x := onTerminal(t, hermes, "sh", "-c", `echo main-"is"-ready; exec sleep 1000`)
	x.expect(t, "main-is-ready")
	x.types(t, "\x03")
	if code := x.ends(t); code != 130 {
		t.Errorf("exit code %d, want 130:\n%s", code, x.shown())
	}
}

func TestA12_StdinIsMains(t *testing.T) {
	needs(t, hermes)
	r := runFed(t, "hi\n", "-i", hermes, "cat")
	if r.code != 0 || r.out != "hi\n" {
		t.Errorf("cat ended with %d and wrote %q: %s", r.code, r.out, r.err)
	}
}

func TestA12_EndOfInputFromATerminal(t *testing.T) {
	needs(t, hermes)
	x := onTerminal(t, hermes, "sh", "-c", `echo main-"is"-ready; exec cat`)
	x.expect(t, "main-is-ready")
	x.types(t, "typed\r")
	x.expect(t, "typed\r\ntyped")
	x.types(t, "\x04")
	if code := x.ends(t); code != 0 {
		t.Errorf("exit code %d:\n%s", code, x.shown())
	}
}
