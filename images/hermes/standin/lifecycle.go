package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"time"
)

// lifecycle is where a gateway writes how it lived, so that the next one knows how the one before ended.
const lifecycle = "state/gateway.lifecycle.json"

// A life is what is written of a gateway's.
type life map[string]any

// beginLife writes that a gateway runs, and whether the one before ended without a word.
func (a *app) beginLife(home string) (life, error) {
	path := filepath.Join(home, lifecycle)
	var before struct {
		Phase string `json:"phase"`
	}
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, &before)
	}
	unclean := err == nil && before.Phase == "running"
	now := time.Now().UTC().Format(time.RFC3339Nano)
	l := life{
		"phase": "running", "pid": a.pid, "start_time": now, "started_at": now, "create_time": now,
		"prior_unclean_exit": unclean, "prior_suspected_oom": false,
	}
	if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return l, err
	}
	return l, l.write(home)
}

// end writes that a gateway ended, and how.
func (l life) end(home string, code int) error {
	maps.Copy(l, life{
		"phase": "exited", "exit_code": code, "exit_reason": fmt.Sprintf("exit code %d", code),
		"exited_at": time.Now().UTC().Format(time.RFC3339Nano),
	})
	return l.write(home)
}

func (l life) write(home string) error {
	data, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return replace(filepath.Join(home, lifecycle), append(data, '\n'), 0o644)
}
