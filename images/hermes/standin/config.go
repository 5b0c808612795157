package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// config reads and writes lines "key: value" at the top level of config.yaml; every other line stays as it is.
func (a *app) config(args []string) int {
	path := filepath.Join(a.home(), "config.yaml")
	switch {
	case len(args) == 2 && args[0] == "get" && configKey(args[1]):
		data, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return a.fail("read config: %w", err)
		}
		for line := range strings.Lines(string(data)) {
			if value, ok := strings.CutPrefix(line, args[1]+":"); ok {
				fmt.Fprintln(a.out, strings.TrimSpace(value))
				return 0
			}
		}
		return a.fail("config has no key %q", args[1])
	case len(args) == 3 && args[0] == "set" && configKey(args[1]) && !strings.ContainsAny(args[2], "\r\n"):
		if err := setConfig(path, args[1], args[2]); err != nil {
			return a.fail("write config: %w", err)
		}
		return 0
	}
	a.complain("error: config takes get KEY or set KEY VALUE")
	return codeUsage
}

func configKey(key string) bool {
	return key != "" && !strings.ContainsAny(key, " \t\r\n:#'\"")
}

func setConfig(path, key, value string) error {
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	mode := os.FileMode(0o600)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	var b strings.Builder
	found := false
	for line := range strings.Lines(string(data)) {
		if !found && strings.HasPrefix(line, key+":") {
			line, found = key+": "+value+"\n", true
		}
		b.WriteString(line)
	}
	if !found {
		if text := b.String(); text != "" && !strings.HasSuffix(text, "\n") {
			b.WriteByte('\n')
		}
		b.WriteString(key + ": " + value + "\n")
	}
	return replace(path, []byte(b.String()), mode)
}
