package daemon

import (
	"slices"

	"github.com/berth-init/berth/internal/spec"
)

// byFile gives the variables that NAME_FILE may give by a file: what the spec seeds or reseeds from, mirrors, generates, or lists.
func byFile(s *spec.Spec) []string {
	names := slices.Clone(s.Env.FromFile)
	for _, seed := range s.Seed {
		if seed.FromEnv != "" {
			names = append(names, seed.FromEnv)
		}
	}
	for _, reseed := range s.Reseed {
		names = append(names, reseed.FromEnv)
	}
	for _, m := range s.Mirror {
		names = append(names, m.Keys...)
	}
	for _, g := range s.Generate {
		names = append(names, g.Key)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
