package s6

import (
	"context"
	"strconv"
	"strings"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/s6rc"
)

// hook runs the image's own program before its sources are read, which it may change.
func (p *plugin) hook(ctx context.Context, _ *boot.Run) error {
	argv := p.settings.Stage2Hook
	if len(argv) == 0 {
		return nil
	}
	code, err := p.program(ctx, argv, "/")
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		code = codeOf(err)
	case code == 0:
		return nil
	}
	why := "S6_STAGE2_HOOK: " + strings.Join(argv, " ") + " exited " + strconv.Itoa(code)
	if err != nil {
		why = "S6_STAGE2_HOOK: " + err.Error()
	}
	return p.verdict(code, why)
}

// verdict does what S6_BEHAVIOUR_IF_STAGE2_FAILS says of something that failed: 0 and 1 go on, 2 ends the container with
// the code.
func (p *plugin) verdict(code int, why string) error {
	if p.settings.Behaviour >= 2 {
		return boot.Failf(code, "see what it said above; S6_BEHAVIOUR_IF_STAGE2_FAILS=1 goes on without it", "%s", why)
	}
	p.warn("S6_BEHAVIOUR_IF_STAGE2_FAILS=2 would end the container here", why+"; the boot goes on")
	return nil
}

// sources reads what the image carries. A mistake in what is to be started ends the container, with what is wrong.
func (p *plugin) sources(_ context.Context, _ *boot.Run) error {
	root, err := fsx.Open("/")
	if err != nil {
		return boot.Fail(1, err, "")
	}
	defer func() { _ = root.Close() }()
	p.image = s6rc.Read(root, p.settings, p.known)
	if n := p.complain(p.image.Complaints); n > 0 {
		mistakes := "1 mistake"
		if n > 1 {
			mistakes = strconv.Itoa(n) + " mistakes"
		}
		return boot.Failf(1, "correct it and look with `berth s6 explain`", "read the image's s6 services: %s", mistakes)
	}
	return nil
}
