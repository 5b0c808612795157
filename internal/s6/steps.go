package s6

import (
	"context"
	"strconv"

	"github.com/berth-init/berth/internal/s6rc"
)

// contInit runs the programs of cont-init.d one after the other, all of them, whatever one of them ends with.
func (p *plugin) contInit(ctx context.Context) (int, error) {
	failed := 0
	for _, script := range p.image.ContInit {
		p.say(levelInfo, "cont-init", "running "+script.Path)
		code, err := p.script(ctx, script)
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		if err != nil {
			p.say(levelWarn, "cont-init", err.Error())
			code = codeOf(err)
		}
		level := levelInfo
		if code != 0 {
			level, failed = levelWarn, 1
		}
		p.say(level, "cont-init", script.Path+" exited "+strconv.Itoa(code))
	}
	if failed != 0 && p.settings.Behaviour < 2 {
		return 0, nil // what depends on this step starts all the same, as it always has
	}
	return failed, nil
}

// contFinish runs the programs of cont-finish.d one after the other, each within its limit, all within ctx.
func (p *plugin) contFinish(ctx context.Context) {
	for _, script := range p.image.ContFinish {
		if ctx.Err() != nil {
			p.say(levelWarn, "cont-finish", "no time is left for "+script.Path)
			continue
		}
		p.say(levelInfo, "cont-finish", "running "+script.Path)
		limited, cancel := ctx, context.CancelFunc(func() {})
		if d := p.settings.KillFinishMax; d > 0 {
			limited, cancel = context.WithTimeout(ctx, d)
		}
		code, err := p.script(limited, script)
		late := limited.Err() != nil
		cancel()
		switch {
		case late:
			p.say(levelWarn, "cont-finish", script.Path+" took too long and was killed")
		case err != nil:
			p.say(levelWarn, "cont-finish", err.Error())
		default:
			p.say(levelInfo, "cont-finish", script.Path+" exited "+strconv.Itoa(code))
		}
	}
}

// script runs a program of the image's, or a clean copy where it can't be run as it is.
func (p *plugin) script(ctx context.Context, script s6rc.Program) (int, error) {
	return p.program(ctx, p.clean(script), "/")
}

// clean gives the words that run a program: its own name, or its interpreter with a copy without what keeps the kernel from
// running it (a byte order mark, carriage returns).
func (p *plugin) clean(script s6rc.Program) []string {
	if !script.Dirty || p.at == nil || len(script.Shebang) == 0 {
		return []string{script.Path}
	}
	copied, err := p.cleanCopy(script.Path)
	if err != nil {
		return []string{script.Path}
	}
	return append(append([]string{}, script.Shebang...), copied)
}
