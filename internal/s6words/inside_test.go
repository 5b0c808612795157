package s6words

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/proc"
)

// inside says whether a script is one call of a word that can be made in this process: to start one for each of hundreds is what
// these tests would cost. What needs a shell, and what changes the process, is started all the same.
func inside(script string) (env, argv []string, ok bool) {
	if strings.ContainsAny(script, ";|&$<>()*\"\\~?[") {
		return nil, nil, false
	}
	for script = strings.TrimSpace(script); script != ""; script = strings.TrimLeft(script, " ") {
		var word string
		if rest, quoted := strings.CutPrefix(script, "'"); quoted {
			word, script, ok = strings.Cut(rest, "'")
			if !ok || script != "" && script[0] != ' ' {
				return nil, nil, false
			}
		} else {
			word, script, _ = strings.Cut(script, " ")
		}
		if strings.Contains(word, "'") {
			return nil, nil, false
		}
		if len(argv) == 0 && strings.Contains(word, "=") {
			env = append(env, word)
			continue
		}
		argv = append(argv, word)
	}
	return env, argv, len(argv) > 0 && Find(argv[0]) != nil && !Alone(argv[0]) && argv[0] != "s6-fghack"
}

// call calls a word in this process, in a directory. What it becomes is started.
func call(t testing.TB, dir string, env, argv []string) outcome {
	t.Helper()
	here, err := os.Getwd()
	must(t, err)
	// t.Chdir would go back at the end of the test only.
	must(t, os.Chdir(dir))                     //nolint:usetesting // see above
	defer func() { must(t, os.Chdir(here)) }() //nolint:usetesting // see above
	var out, errs bytes.Buffer
	null, err := os.Open(os.DevNull)
	must(t, err)
	defer func() { _ = null.Close() }()
	c := &chain.Call{Name: argv[0], Argv0: argv[0], Args: argv[1:], Env: env, Stdin: null, Stdout: &out, Stderr: &errs}
	c.Exec = func(cmd *proc.Command) (int, error) {
		e := &exec.Cmd{Path: cmd.Path, Args: cmd.Args, Env: cmd.Env, Stdout: &out, Stderr: &errs}
		err := e.Run()
		if x, ok := errors.AsType[*exec.ExitError](err); ok {
			return x.ExitCode(), nil
		}
		return 0, err
	}
	code := Find(argv[0])(c)
	o := judge(out.String(), errs.String())
	o.Code = code
	return o
}

// newCall is a call whose output nobody reads.
func newCall(t testing.TB) *chain.Call {
	t.Helper()
	return &chain.Call{Name: "word", Stdout: io.Discard, Stderr: io.Discard}
}
