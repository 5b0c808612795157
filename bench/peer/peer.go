package peer

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/berth-init/berth/bench/rig"
)

// The names of those that targets speak of.
const (
	NameBerth = "berth"
	NameFloor = "Go floor"
	NameS6    = "s6"
)

// Tools are our own programs.
type Tools struct{ Berth, Floor, Payload string }

// A Job is what a supervisor has to run.
type Job struct {
	Tools

	Dir     string // its own; there already
	N       int
	Service []string // the command of each service
	Logs    bool     // each service has a logger with files of its own
	Once    bool     // a service that ends isn't started again
}

// A Plan is how one supervisor does a job. What it has no words for is nil.
type Plan struct {
	rig.Program

	Stop    syscall.Signal // ends the tree in good order
	Status  []string       // of one service
	All     []string       // of all
	Restart []string       // of one, and wait
	Socket  string         // berth's, for bare requests
	Logs    string         // the directory that has the first service's log
}

// A Peer is a supervisor.
type Peer struct {
	Name  string
	Needs []string // programs on PATH
	Slow  bool     // so slow that it takes part in fewer rounds
	Max   int      // services that it can do; 0 is any number
	Plan  func(Job) (Plan, error)
}

// All gives every supervisor, berth and the floor first.
func All() []Peer {
	return []Peer{
		{Name: NameBerth, Plan: berth},
		{Name: NameFloor, Plan: floor},
		{Name: NameS6, Needs: []string{"s6-svscan", "s6-svstat", "s6-log", "execlineb"}, Slow: true, Plan: s6},
		{Name: "runit", Needs: []string{"runsvdir", "sv", "svlogd"}, Slow: true, Max: 1000, Plan: runit},
		{Name: "supervisor", Needs: []string{"supervisord", "supervisorctl"}, Slow: true, Plan: supervisor},
	}
}

// Missing says what a peer lacks here, or nothing.
func (p Peer) Missing(t Tools) string {
	needs := p.Needs
	switch p.Name {
	case NameBerth:
		needs = []string{t.Berth}
	case NameFloor:
		needs = []string{t.Floor}
	}
	for _, program := range needs {
		if program == "" {
			return p.Name + "'s program isn't named"
		}
		if _, err := exec.LookPath(program); err != nil {
			return program + " isn't installed"
		}
	}
	return ""
}

// floor is without loggers, whatever the job says. It can't be asked: what stands for its client ends at once.
func floor(j Job) (Plan, error) {
	argv := append([]string{j.Floor, "supervise", fmt.Sprint(j.N)}, j.Service...)
	client := []string{j.Floor, "nothing"}
	return Plan{Program: rig.Program{Argv: argv}, Stop: syscall.SIGTERM, Status: client, All: client}, nil
}

// write writes a file, with its directory.
func write(path, content string, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		return err
	}
	return os.Chmod(path, mode) // whatever the umask is
}
