package e2e

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// patience bounds every wait; only a hang reaches it.
const patience = 60 * time.Second

// A result is what a command left behind.
type result struct {
	out, err string
	code     int
}

// all is both streams, for messages.
func (r result) all() string { return r.out + r.err }

// docker does what the client's words say and reports how it ended.
func docker(t *testing.T, args ...string) result {
	t.Helper()
	return dockerFed(t, "", args...)
}

// dockerFed is docker with something to read.
func dockerFed(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	r, err := client(stdin, args...)
	if err != nil {
		t.Fatalf("docker %s: %v\n%s", strings.Join(args, " "), err, r.all())
	}
	return r
}

func client(stdin string, args ...string) (result, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := directly(ctx, stdin, args)
	if no, ok := errors.AsType[*refused](err); ok {
		return result{err: no.Error() + "\n", code: 1}, nil
	}
	if !errors.Is(err, errNotHere) {
		return r, err
	}
	cmd := exec.CommandContext(ctx, "docker", args...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	err = cmd.Run()
	r = result{out: out.String(), err: errs.String()}
	if ctx.Err() != nil {
		return r, ctx.Err()
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		r.code, err = exit.ExitCode(), nil
	}
	return r, err
}

// must is docker for what can't fail: its output, trimmed.
func must(t *testing.T, args ...string) string {
	t.Helper()
	r := docker(t, args...)
	if r.code != 0 {
		t.Fatalf("docker %s: exit code %d\n%s", strings.Join(args, " "), r.code, r.all())
	}
	return strings.TrimSpace(r.out)
}

// run runs a container to its end: options, image, command.
func run(t *testing.T, args ...string) result {
	t.Helper()
	return runFed(t, "", args...)
}

func runFed(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	name := unique("run")
	full := append([]string{"run", "--rm", "--name", name, "--network", "none"}, args...)
	r, err := client(stdin, full...)
	if err != nil {
		logs, _ := client("", "logs", name)
		_, _ = client("", "rm", "-f", "-v", name)
		t.Fatalf("docker %s: %v\n%s", strings.Join(full, " "), err, logs.all())
	}
	return r
}

// runs is run for a container that has to end with a code; it gives the result.
func runs(t *testing.T, code int, args ...string) result {
	t.Helper()
	r := run(t, args...)
	if r.code != code {
		t.Fatalf("docker run %s: exit code %d, want %d\nstdout: %s\nstderr: %s", strings.Join(args, " "), r.code, code, r.out, r.err)
	}
	return r
}

// output is runs with code 0: what main wrote on stdout, trimmed.
func output(t *testing.T, args ...string) string {
	t.Helper()
	return strings.TrimSpace(runs(t, 0, args...).out)
}

// eventually waits for a condition. To look at one mostly costs the engine more than what is waited for, so between two looks
// there is a rest, the longer the longer it takes.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for began := time.Now(); !condition(); {
		select {
		case <-time.After(max(100*time.Millisecond, time.Since(began)/10)):
		case <-deadline.C:
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// has fails the test unless text holds every one of the parts.
func has(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in:\n%s", part, text)
		}
	}
}

// hasNot fails the test if text holds one of the parts.
func hasNot(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("%q must not be in:\n%s", part, text)
		}
	}
}

// same fails the test unless both are equal.
func same(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

// berthLines gives the lines that berth itself wrote, less those that every boot writes: the one about parts of the spec
// that it only checks, which depends on the spec alone, and the one about each profile.
func berthLines(text string) []string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(line, "berth: ") && !strings.HasPrefix(line, "berth: reconcile: ") {
			lines = append(lines, line)
		}
	}
	return lines
}

// quiet fails the test if a boot had anything to say.
func quiet(t *testing.T, stderr string) {
	t.Helper()
	if lines := berthLines(stderr); len(lines) > 0 {
		t.Errorf("a boot that changes nothing is silent, yet it said:\n%s", strings.Join(lines, "\n"))
	}
}
