package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// knob gives what a test wishes: by a file of the home, or by a variable.
func (a *app) knob(name string) string {
	data, err := os.ReadFile(filepath.Join(a.home(), "standin."+name))
	if err == nil {
		return strings.TrimSpace(string(data))
	}
	return a.getenv("HERMES_STANDIN_" + strings.ToUpper(name))
}

// length gives a knob that is a length of time, 0 if it isn't one.
func (a *app) length(name string) time.Duration {
	d, err := time.ParseDuration(a.knob(name))
	if err != nil {
		return 0
	}
	return max(0, d)
}

// number gives a knob that is a number, -1 if it isn't one.
func (a *app) number(name string) int {
	n, err := strconv.Atoi(a.knob(name))
	if err != nil {
		return -1
	}
	return max(-1, n)
}

// exitAsked gives the code to end with by itself, -1 if there is none.
func (a *app) exitAsked() int {
	code := a.number("exit")
	if code > 255 {
		return -1
	}
	return code
}

// failsAtOnce says whether it is to end as one that can't connect.
func (a *app) failsAtOnce() bool { return a.exitAsked() == codeFailed && a.length("after") == 0 }

// comeUp takes as long as it shall; a code of 0 or more says that it was told to end meanwhile.
func (a *app) comeUp() (code int) {
	length := a.length("slow")
	if length == 0 {
		return -1
	}
	timer := time.NewTimer(length)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return -1
		case s := <-a.signals:
			if a.ends(s) {
				return 0
			}
		}
	}
}

// tell writes what the program was started with.
func (a *app) tell(verb string) error {
	if a.knob("tell") != "1" {
		return nil
	}
	cwd, err := os.Getwd()
	if err != nil {
		return err
	}
	groups, err := os.Getgroups()
	if err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{
		"argv": append([]string{a.name}, a.args...), "environ": os.Environ(), "cwd": cwd,
		"uid": os.Getuid(), "gid": os.Getgid(), "groups": groups,
	})
	if err != nil {
		return err
	}
	return replace(filepath.Join(a.home(), "standin."+verb+".json"), append(data, '\n'), 0o600)
}
