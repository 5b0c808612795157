package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"sync"
)

// A script is what the tests have run, and what came of it.
type script struct {
	ID        int
	Dir, Text string

	Out, Err string
	Code     int
}

// scripts runs shell scripts as they come, side by side: to run each by a `docker exec` of its own costs fifty times more.
func scripts(in io.Reader, out io.Writer) error {
	var writing sync.Mutex
	answers := json.NewEncoder(out)
	for questions := json.NewDecoder(in); ; {
		var s script
		if err := questions.Decode(&s); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		go func() {
			s.run()
			writing.Lock()
			defer writing.Unlock()
			_ = answers.Encode(s)
		}()
	}
}

func (s *script) run() {
	c := exec.Command("sh", "-euc", s.Text)
	var out, errs strings.Builder
	c.Dir, c.Stdout, c.Stderr = s.Dir, &out, &errs
	err := c.Run()
	s.Out, s.Err = out.String(), errs.String()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		s.Code = exit.ExitCode()
	} else if err != nil {
		s.Err, s.Code = err.Error(), 125
	}
}
