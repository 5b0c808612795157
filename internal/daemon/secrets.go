package daemon

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/environ"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

// byFile gives the variables that NAME_FILE may give by a file: what the spec seeds from, generates, or lists.
func byFile(s *spec.Spec) []string {
	names := slices.Clone(s.Env.FromFile)
	for _, seed := range s.Seed {
		if seed.FromEnv != "" {
			names = append(names, seed.FromEnv)
		}
	}
	for _, g := range s.Generate {
		names = append(names, g.Key)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// fromFiles gives an environment in which files have given their values. Who reads may be root, and the volume is the
// app's own: a file there is refused, as a link in its place would give the app what only root may read.
func fromFiles(env, names []string, volume string) (out, given []string, errs []error) {
	return environ.FromFiles(env, names, func(path string) ([]byte, error) {
		if !filepath.IsAbs(path) {
			return nil, errors.New("it is no absolute path")
		}
		at, err := filepath.EvalSymlinks(path) // secrets of an orchestrator are links
		if err != nil {
			return nil, errors.Unwrap(err)
		}
		for _, p := range []string{filepath.Clean(path), at} {
			if volume != "" && (p == volume || strings.HasPrefix(p, strings.TrimSuffix(volume, "/")+"/")) {
				return nil, errors.New("it lies on the volume, which is the app's own")
			}
		}
		dir, err := fsx.Open(filepath.Dir(at))
		if err != nil {
			return nil, err
		}
		defer func() { _ = dir.Close() }()
		// An engine mounts each secret by itself.
		data, _, err := dir.ReadMount(filepath.Base(at), environ.MaxSecret)
		return data, err
	})
}
