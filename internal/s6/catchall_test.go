package s6

import (
	"os"
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/proc"
)

// logging is a rig whose logger is a script that writes what it reads to a file.
func logging(t *testing.T) (*rig, string) {
	t.Helper()
	r := newRig(t)
	bin, out := t.TempDir(), t.TempDir()+"/log"
	write(t, bin+"/s6-log", "#!/bin/sh\necho \"$@\" >>"+out+"\nexec cat >>"+out+"\n", 0o755)
	r.path = bin + ":" + r.path
	r.settings.Logging, r.settings.LoggingScript = 1, "n3 t"
	r.logger = r.catch()
	if r.logger == nil {
		t.Fatalf("there is no logger: %s", r.says())
	}
	return r, out
}

func TestEverythingGoesToTheLogger(t *testing.T) {
	r, out := logging(t)
	code, err := r.program(t.Context(), []string{"sh", "-c", "echo spoken; echo wrong >&2"}, "/")
	if code != 0 || err != nil {
		t.Fatal(code, err)
	}
	r.logger.finish()
	ctx, cancel := contextFor(t)
	defer cancel()
	ok(t, r.logger.close(ctx)) // it has written everything by then, without being told to end
	if got, want := read(t, out), "-bp -- n3 t "+r.at.path+"/uncaught-logs\nspoken\nwrong\n"; got != want {
		t.Errorf("it holds %q, want %q", got, want)
	}
	if len(r.Processes()) != 0 {
		t.Error("the logger is thought to run still")
	}
}

func TestALoggerThatDiesIsStartedAgainAndMissesNothing(t *testing.T) {
	r, out := logging(t)
	ctx, cancel := contextFor(t)
	defer cancel()
	var first *proc.Process
	for first == nil && ctx.Err() == nil {
		if all := r.Processes(); len(all) == 1 {
			first = all[0]
		}
	}
	_ = first.Signal(9)
	<-first.Done()
	_, err := r.logger.out.WriteString("between\n")
	ok(t, err)
	for ctx.Err() == nil {
		if data, err := os.ReadFile(out); err == nil && strings.Contains(string(data), "between\n") {
			break
		}
	}
	r.logger.finish()
	ok(t, r.logger.close(ctx))
}

func TestWithoutALoggerTheContainersOutputIsIt(t *testing.T) {
	var none *catchall
	none.finish()
	if none.output() != nil || none.close(t.Context()) != nil {
		t.Error("no logger is one")
	}
	r := newRig(t)
	r.path = "/nowhere"
	if r.catch() != nil || !strings.Contains(r.says(), "everything goes to the container's output") {
		t.Errorf("it says %s", r.says())
	}
	r.settings.CatchallUser = "no-such-user"
	if _, err := r.catchallUser(r.at.path + "/" + logsDir); os.Geteuid() == 0 && err == nil {
		t.Error("a user that isn't there is one")
	}
}
