package profile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/berth-init/berth/internal/fsx"
)

// The keys of a state file, and the words that a verb writes.
const (
	keyDesired = "desired_state"
	keyLegacy  = "gateway_state"

	running = "running"
	stopped = "stopped"
)

const (
	maxState = 1 << 20 // bytes; the app's own have a few thousand
	maxWord  = 64      // letters of a state that is worth telling
)

// A Want is what is wanted of a profile.
type Want int

// What may be wanted.
const (
	Unknown Want = iota // nobody said anything
	Down
	Up
)

func (w Want) String() string {
	switch w {
	case Up:
		return running
	case Down:
		return stopped
	default:
		return "unknown"
	}
}

// A State is what a profile's state file says.
type State struct {
	Want     Want
	Recorded bool   // by a verb: desired_state is there. Otherwise Want is inferred from what the app last said
	Word     string // the word that decided, for the log; empty where there is none
	Trouble  error  // why a file that is there says nothing; nil where none is
}

// State reads the state file. What can't be read says nothing: the profile stays down.
func (p *Profile) State() State {
	keys, err := p.keys()
	if err != nil {
		return State{Trouble: err}
	}
	switch desired := plainWord(keys[keyDesired]); desired {
	case running:
		return State{Want: Up, Recorded: true, Word: desired}
	case stopped:
		return State{Want: Down, Recorded: true, Word: desired}
	}
	switch legacy := plainWord(keys[keyLegacy]); legacy {
	case "":
		return State{}
	case running, "draining", "degraded":
		// Draining is what an app said that the container's stop then killed; degraded runs, if badly.
		return State{Want: Up, Word: legacy}
	default:
		return State{Want: Down, Word: legacy}
	}
}

// keys reads the object; none where there is no file.
func (p *Profile) keys() (map[string]json.RawMessage, error) {
	if p.set.spec.State == "" {
		return nil, nil
	}
	data, _, err := p.read(p.set.spec.State, maxState)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case errors.Is(err, fsx.ErrSymlink):
		return nil, refusal("read", p.Dir.Path()+"/"+p.set.spec.State, err)
	case err != nil:
		return nil, err
	}
	keys, err := object(data)
	if err != nil {
		return nil, fmt.Errorf("read %s/%s: %w", p.Dir.Path(), p.set.spec.State, err)
	}
	return keys, nil
}

// object reads a JSON object and keeps its values as they are written.
func object(data []byte) (map[string]json.RawMessage, error) {
	var keys map[string]json.RawMessage
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errors.New("it is empty")
	}
	if !json.Valid(data) {
		return nil, errors.New("it is not JSON")
	}
	if err := json.Unmarshal(data, &keys); err != nil || keys == nil {
		return nil, errors.New("it is no JSON object")
	}
	return keys, nil
}

// plainWord gives a value that is a word; empty for anything that isn't, or that could forge a line of the log.
func plainWord(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil || len(s) > maxWord {
		return ""
	}
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "" {
		return ""
	}
	return s
}
