package s6

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/fsx"
)

const (
	maxVariable  = 1 << 20 // bytes of one; the kernel's own limit for one of execve is 128 KiB
	maxVariables = 4096
)

// dump writes each variable to a file of its name, for with-contenv and for whoever looks. A value that isn't empty has no
// newline behind it, as old readers want it; an empty one is a newline, since an empty file means none.
func (a *place) dump(environ []string) error {
	var first error
	a.wrote = make(map[string]bool, len(environ))
	for _, entry := range environ {
		name, value, ok := strings.Cut(entry, "=")
		if !ok || !fileName(name) {
			continue
		}
		if value == "" || strings.HasSuffix(value, "\n") {
			value += "\n"
		}
		err := a.file(environmentDir+"/"+name, value)
		a.wrote[name] = err == nil
		if err != nil && first == nil {
			first = err
		}
	}
	return first
}

// fileName says whether a variable's name can be a file's.
func fileName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.Contains(name, "/") && len(name) < 256 && !fsx.IsTemp(name)
}

// changed gives what scripts made of the variables: those that are new or have other values than the container's, and
// those that they took away. A variable that never had a file, or whose file can't be read, is as it was.
func (a *place) changed(environ []string) (set map[string]string, unset []string) {
	if a == nil {
		return nil, nil
	}
	dir, err := a.dir.Sub(environmentDir)
	if err != nil {
		return nil, nil
	}
	defer func() { _ = dir.Close() }()
	items, err := dir.List()
	if err != nil {
		return nil, nil
	}
	had := map[string]string{}
	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok && fileName(name) {
			had[name] = value
		}
	}
	set = map[string]string{}
	look := func(name string) {
		data, _, err := dir.Read(name, maxVariable)
		old, known := had[name]
		switch {
		case errors.Is(err, fs.ErrNotExist), err == nil && len(data) == 0:
			if known && a.wrote[name] {
				unset = append(unset, name)
			}
		case err != nil, slices.Contains(data, 0):
		default:
			if value := strings.TrimSuffix(string(data), "\n"); !known || old != value {
				set[name] = value
			}
		}
	}
	for name := range had {
		look(name)
	}
	born := 0
	for _, it := range items {
		if _, known := had[it.Name]; known || born == maxVariables || strings.Contains(it.Name, "=") || !fileName(it.Name) {
			continue
		}
		born++
		look(it.Name)
	}
	slices.Sort(unset)
	return set, unset
}

// overlay lays what scripts changed over an environment. PATH stays: everybody's has /command in front.
func overlay(env []string, set map[string]string, unset []string) []string {
	out := make([]string, 0, len(env)+len(set))
	for _, entry := range env {
		name, _, _ := strings.Cut(entry, "=")
		_, other := set[name]
		if name == "PATH" || !other && !slices.Contains(unset, name) {
			out = append(out, entry)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		if name != "PATH" {
			out = append(out, name+"="+set[name])
		}
	}
	return out
}

// scriptEnv is what services, oneshots and scripts are started with: PATH alone, which with-contenv adds to; or everything, if
// that was asked for.
func (p *plugin) scriptEnv(more ...string) []string {
	var env []string
	if p.settings.KeepEnv {
		for _, entry := range p.host.World.Environ {
			if !strings.HasPrefix(entry, "PATH=") {
				env = append(env, entry)
			}
		}
	}
	return append(p.at.announce(append(env, "PATH="+p.path)), more...)
}
