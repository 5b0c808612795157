package proc

import (
	"os"
	"syscall"
	"testing"
)

func TestStatus(t *testing.T) {
	tests := []struct {
		name   string
		script string
		want   Status
		code   int
		text   string
	}{
		{"a program that ends well gives 0", "exit 0", Status{}, 0, "exit 0"},
		{"its own code is the code", "exit 3", Status{Code: 3}, 3, "exit 3"},
		{"the largest code is no signal", "exit 255", Status{Code: 255}, 255, "exit 255"},
		{"a code of 128+n that the program chose is a code", "exit 143", Status{Code: 143}, 143, "exit 143"},
		{"TERM gives 143", "kill -TERM $$", Status{Signal: syscall.SIGTERM}, 143, "killed by SIGTERM"},
		{"KILL gives 137", "kill -KILL $$", Status{Signal: syscall.SIGKILL}, 137, "killed by SIGKILL"},
		{"a real-time signal gives 128+n", "kill -40 $$", Status{Signal: 40}, 168, "killed by SIGRTMIN+6"},
	}
	for _, tt := range tests {
		for _, stage := range []bool{false, true} {
			name := tt.name
			if stage {
				name += ", through the stage"
			}
			t.Run(name, func(t *testing.T) {
				c := sh(tt.script)
				c.OnVolume = stage
				_, got := output(t, c)
				if got != tt.want || got.ExitCode() != tt.code || got.String() != tt.text {
					t.Fatalf("got %+v, code %d, %q; want %+v, %d, %q", got, got.ExitCode(), got, tt.want, tt.code, tt.text)
				}
				if got.Success() != (tt.code == 0) {
					t.Fatalf("success is %v for code %d", got.Success(), tt.code)
				}
			})
		}
	}
}

func TestStatusWords(t *testing.T) {
	if got := (Status{Signal: syscall.SIGSEGV, Core: true}).String(); got != "killed by SIGSEGV, core dumped" {
		t.Fatalf("got %q", got)
	}
}

func TestSignalAfterTheEnd(t *testing.T) {
	p, err := children.Start(sh("exit 0"))
	if err != nil {
		t.Fatal(err)
	}
	ended(t, p)
	for _, send := range []func(syscall.Signal) error{p.Signal, p.SignalGroup} {
		if err := send(syscall.SIGTERM); err != os.ErrProcessDone { //nolint:errorlint // the very value is promised
			t.Fatalf("a signal to a reaped child gave %v", err)
		}
	}
}
