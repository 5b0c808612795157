package fleet

import (
	"context"
	"fmt"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/probe"
	"github.com/berth-init/berth/internal/spec"
)

// Check asks a slot whether it is still fine; the supervisor bounds it.
func (f *Fleet) Check(ctx context.Context, name string) error {
	s := f.find(name)
	if s == nil || s.service.Health == nil {
		return fmt.Errorf("ask %s: it has no question", name)
	}
	h, env := s.service.Health, f.environOf(s)
	switch {
	case h.TCP != "":
		return probe.TCP(address(expandText(h.TCP, env))).Ask(ctx)
	case h.HTTP != "":
		return probe.HTTP(expandText(h.HTTP, env)).Ask(ctx)
	}
	return probe.Exec{Argv: expand(h.Exec, env), Runner: runner{f, s}}.Ask(ctx)
}

// expandText replaces the variables of a text by what the service sees.
func expandText(t spec.Text, env []string) string {
	return t.Expand((&boot.World{Environ: env}).Lookup)
}
