package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// replace writes a file as a whole: a reader sees the old one or the new one.
func replace(path string, data []byte, mode os.FileMode) error {
	temp := fmt.Sprintf("%s.tmp%d", path, os.Getpid())
	if err := os.WriteFile(temp, data, mode); err != nil {
		return err
	}
	if err := os.Chmod(temp, mode); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return nil
}

// setState changes keys of gateway_state.json and keeps those that it doesn't know: others write there as well.
func setState(home string, changes map[string]any) error {
	path := filepath.Join(home, "gateway_state.json")
	state := map[string]json.RawMessage{}
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// What isn't an object is worth nothing to anybody; it gives way.
	if json.Unmarshal(old, &state) != nil || state == nil {
		state = map[string]json.RawMessage{}
	}
	for key, value := range changes {
		text, err := json.Marshal(value)
		if err != nil {
			return fmt.Errorf("write %s: %w", key, err)
		}
		state[key] = text
	}
	data, err := json.Marshal(state)
	if err != nil {
		return err
	}
	return replace(path, append(data, '\n'), 0o644)
}
