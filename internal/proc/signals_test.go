package proc

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"pgregory.net/rapid"
)

func TestForwarded(t *testing.T) {
	list := Forwarded()
	for _, sig := range []syscall.Signal{
		syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2,
		syscall.SIGWINCH, syscall.SIGCONT, syscall.SIGTSTP, syscall.SIGALRM, syscall.SIGPWR, 35, 37, 64,
	} {
		if !slices.Contains(list, os.Signal(sig)) {
			t.Errorf("%s is not forwarded", SignalName(sig))
		}
	}
	for _, sig := range []syscall.Signal{
		syscall.SIGKILL, syscall.SIGSTOP, syscall.SIGCHLD, syscall.SIGPIPE, syscall.SIGURG, syscall.SIGSEGV,
		syscall.SIGTTIN, syscall.SIGTTOU, syscall.SIGPROF, 32, 33, 34,
	} {
		if slices.Contains(list, os.Signal(sig)) {
			t.Errorf("%s is forwarded", SignalName(sig))
		}
	}
}

func TestParseSignal(t *testing.T) {
	tests := []struct {
		name, text string
		want       syscall.Signal
	}{
		{"a bare name", "TERM", syscall.SIGTERM},
		{"a name with SIG", "SIGTERM", syscall.SIGTERM},
		{"lower case", "sigusr1", syscall.SIGUSR1},
		{"a number", "9", syscall.SIGKILL},
		{"the first real-time signal", "RTMIN", 34},
		{"systemd's stop signal", "SIGRTMIN+3", 37},
		{"counted from the end", "RTMAX-2", 62},
		{"the last one", "SIGRTMAX", 64},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseSignal(tt.text)
			if err != nil || got != tt.want {
				t.Fatalf("%q gave %d, %v; want %d", tt.text, got, err, tt.want)
			}
		})
	}
	for _, text := range []string{"", "0", "65", "-1", "SIG", "NOPE", "RTMIN-1", "RTMAX+1", "RTMIN+31", "RTMIN+", "RTMIN3", "RTMIN++3", "TERM ", "9x"} {
		if got, err := ParseSignal(text); err == nil {
			t.Errorf("%q was read as %d", text, got)
		} else if !strings.Contains(err.Error(), strconv.Quote(text)) {
			t.Errorf("the refusal does not quote %q: %v", text, err)
		}
	}
}

func TestSignalNamesAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sig := syscall.Signal(rapid.IntRange(1, 64).Filter(func(n int) bool { return n != 32 && n != 33 }).Draw(t, "signal"))
		got, err := ParseSignal(SignalName(sig))
		if err != nil || got != sig {
			t.Fatalf("%d is named %q, which reads as %d, %v", sig, SignalName(sig), got, err)
		}
		if got, err := ParseSignal(strconv.Itoa(int(sig))); err != nil || got != sig {
			t.Fatalf("number %d reads as %d, %v", sig, got, err)
		}
	})
}

func TestParseSignalTakesAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		if sig, err := ParseSignal(text); err == nil && (sig < 1 || sig > 64) {
			t.Fatalf("%q gave %d", text, sig)
		}
	})
}
