package cli

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCompletionOfSlots(t *testing.T) {
	newRig(t, service("web", "ready", 12), service("worker", "down", 0), service("db", "up", 3))
	for _, c := range []struct{ about, line, want string }{
		{"every slot", "status |", "db\tup\nweb\tready\nworker\tdown\n:4\n"},
		{"those that begin so are the shell's to choose", "logs -f w|", "db\tup\nweb\tready\nworker\tdown\n:4\n"},
		{"those on the line already are left out", "restart web --wait |", "db\tup\nworker\tdown\n:4\n"},
		{"start", "start |", "db\tup\nweb\tready\nworker\tdown\n:4\n"},
		{"stop", "stop db web |", "worker\tdown\n:4\n"},
		{"reload", "reload db web |", "worker\tdown\n:4\n"},
		{"events", "events db web |", "worker\tdown\n:4\n"},
		{"a word", "stat|", "status\tshow what the services do\n:4\n"},
		{"a shell", "completion z|", "zsh\n:4\n"},
		{"a command of exec is the shell's to complete", "exec -- |", ":0\n"},
	} {
		t.Run(c.about, func(t *testing.T) {
			args := strings.Split("__complete "+strings.TrimSuffix(c.line, "|"), " ")
			got := berth(t, args...)
			if strings.HasSuffix(c.line, "w|") { // cobra hands over everything or what begins so; both are fine
				got.wants(t, 0, "web\tready\nworker\tdown\n", "")
				return
			}
			if d := cmp.Diff(answer{0, c.want, ""}, got, cmp.AllowUnexported(answer{})); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// Nobody wants to read an error on the line that is being typed.
func TestCompletionIsSilentWithoutAServer(t *testing.T) {
	none := answer{0, ":4\n", ""}
	nobody(t)
	if a := berth(t, "__complete", "status", ""); a != none {
		t.Errorf("nobody: %+v", a)
	}
	for _, bytes := range []string{"", "220 mail ready\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>"} {
		impostor(t, bytes, false)
		if a := berth(t, "__complete", "logs", ""); a != none {
			t.Errorf("%q: %+v", bytes, a)
		}
	}
}

func TestCompletionScripts(t *testing.T) {
	for shell, holds := range map[string]string{"bash": "complete -o default -F __start_berth berth", "zsh": "#compdef berth", "fish": "complete -c berth"} {
		a := berth(t, "completion", shell)
		a.wants(t, 0, holds, "")
		program, err := exec.LookPath(shell)
		if err != nil {
			continue // the script is cobra's; where the shell is, it reads it
		}
		c := exec.Command(program, "-n")
		c.Stdin = strings.NewReader(a.out)
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", shell, err, out)
		}
	}
	berth(t, "completion").wants(t, 2, "", "the shell is missing\nberth: hint: write `berth completion bash`")
	berth(t, "completion", "csh").wants(t, 2, "", `unknown shell "csh"`)
	berth(t, "completion", "bash", "zsh").wants(t, 2, "", `unexpected word "zsh"`)
}
