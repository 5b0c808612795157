package s6

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/daemon"
	"github.com/berth-init/berth/internal/s6rc"
	"github.com/berth-init/berth/internal/s6run"
	"github.com/berth-init/berth/internal/supervise"
)

// noBound is the bound of what has none: the boot has its own.
const noBound = 10 * 365 * 24 * time.Hour

// slots gives everything that has a slot: the longruns and oneshots of the image, berth's own steps, services.d.
func (p *plugin) slots() []s6run.Slot {
	var all []s6run.Slot
	names := map[string]bool{}
	for i := range p.image.Services {
		s := &p.image.Services[i]
		if s.Broken != "" || s.Kind == s6rc.Longrun && p.at == nil || slices.ContainsFunc(s.Requires, func(other string) bool { return !names[other] }) {
			continue // what isn't wanted may be broken, and so is what needs it; without a place there are no service directories
		}
		names[s.Name] = true
		all = append(all, p.slot(s))
	}
	steps := p.steps()
	for i := range p.image.Legacy {
		if p.at == nil {
			break
		}
		l := &p.image.Legacy[i]
		if l.Broken != "" || names[l.Name] {
			p.warn("give it another name, or correct it", "services.d: "+l.Name+" isn't started: "+cmp.Or(l.Broken, "there is a service of that name"))
			continue
		}
		names[l.Name] = true
		all = append(all, p.legacy(l, steps))
	}
	for i := range all {
		all[i].After = slices.DeleteFunc(slices.Clone(all[i].After), func(other string) bool { return !names[other] })
	}
	if p.settings.WaitForServices {
		p.awaitLegacy(all)
	}
	return all
}

// steps gives the step of services.d, behind which its services start.
func (p *plugin) steps() *s6rc.Service {
	for i := range p.image.Services {
		if s := &p.image.Services[i]; s.Name == s6rc.LegacyStep {
			return s
		}
	}
	return &s6rc.Service{}
}

// slot gives the slot of a longrun, a oneshot or a step.
func (p *plugin) slot(s *s6rc.Service) s6run.Slot {
	v := s6run.Slot{Service: supervise.Service{
		Name: s.Name, Requires: slices.Clone(s.Requires), After: slices.Clone(s.After), Enabled: true, Desired: s.Wanted,
		Ready: &supervise.ReadyRule{Timeout: noBound},
	}}
	switch s.Kind {
	case s6rc.Longrun:
		p.longrun(&v, s)
	case s6rc.Oneshot:
		v.Start = s6run.Oneshot(p.action(s.Name, s.UpArgv), p.action(s.Name, s.DownArgv), s.TimeoutUp, s.TimeoutDown)
	default:
		v.Start = s6run.Oneshot(p.step(s.Name), nil, 0, 0)
	}
	if v.Start != nil {
		v.Restart.Policy = supervise.Never
	}
	return v
}

// longrun makes a longrun's live directory.
func (p *plugin) longrun(v *s6run.Slot, s *s6rc.Service) {
	v.Ready.Verdict = supervise.Fail
	if s.TimeoutUp > 0 {
		v.Ready.Timeout = s.TimeoutUp
	}
	v.StdoutTo, v.StdinFrom = pipeOf(s.ProducerFor), ""
	if len(s.ConsumerFor) > 0 {
		v.StdinFrom = pipeOf(s.Name)
	}
	dir, err := p.live(servicedirs, s.Name, s.Dir, s.Run)
	if err != nil {
		p.lost(v, err)
		return
	}
	v.Dir = dir
}

// pipeOf names the pipe that leads into a consumer.
func pipeOf(consumer string) string { return consumer }

// legacy gives the slot of a service of services.d.
func (p *plugin) legacy(l *s6rc.Legacy, step *s6rc.Service) s6run.Slot {
	v := s6run.Slot{Service: supervise.Service{
		Name: l.Name, Requires: slices.Clone(step.Requires), After: slices.Clone(step.After), Enabled: true, Desired: !l.Run.Down,
		Ready: &supervise.ReadyRule{Timeout: noBound},
		Stop:  supervise.Stop{Timeout: max(p.settings.ServicesGrace+p.settings.KillGrace, atOnce)}, // it is told, and what is left is killed
	}}
	dir, err := p.live(legacyDir, l.Name, l.Dir, &l.Run)
	if err != nil {
		p.lost(&v, err)
		return v
	}
	v.Dir = dir
	return v
}

// lost makes a slot one that can't start, and says why.
func (p *plugin) lost(v *s6run.Slot, err error) {
	v.Start = func(context.Context, int) (supervise.Process, error) { return nil, err }
	v.Restart.Policy = supervise.Never
}

// awaitLegacy has the step of services.d be done when its services are up.
func (p *plugin) awaitLegacy(all []s6run.Slot) {
	for i := range all {
		if all[i].Name != s6rc.LegacyStep {
			continue
		}
		for _, l := range p.image.Legacy {
			if !l.Run.Down {
				all[i].After = append(all[i].After, l.Name)
			}
		}
		all[i].After = slices.DeleteFunc(all[i].After, func(name string) bool {
			return !slices.ContainsFunc(all, func(s s6run.Slot) bool { return s.Name == name })
		})
	}
}

// action runs the command line of a oneshot; none is done at once.
func (p *plugin) action(name string, argv []string) s6run.Action {
	if len(argv) == 0 {
		return nil
	}
	return func(ctx context.Context) (int, error) {
		code, err := p.program(ctx, argv, p.oneshotDir(), "RC_NAME="+name)
		if err != nil && ctx.Err() == nil {
			p.say(levelWarn, "s6-rc", "unable to start service "+name+": "+err.Error())
		} else if code != 0 {
			p.say(levelWarn, "s6-rc", "unable to start service "+name+": command exited "+strconv.Itoa(code))
		}
		return code, err
	}
}

// oneshotDir is where oneshots run.
func (p *plugin) oneshotDir() string {
	if p.at == nil {
		return "/"
	}
	return p.at.path + "/" + servicedirs
}

// step gives the work of one of berth's own steps.
func (p *plugin) step(name string) s6run.Action {
	switch name {
	case s6rc.FixAttrsStep:
		return p.fixAttrs
	case s6rc.ContInitStep:
		return p.contInit
	}
	return nil
}

// Begin starts everything that the image wants up.
func (p *plugin) Begin(h daemon.Host) error {
	p.host = h
	for name, grace := range map[string]time.Duration{"S6_SERVICES_GRACETIME": p.settings.ServicesGrace, "S6_KILL_GRACETIME": p.settings.KillGrace} {
		if grace > h.Budget {
			p.warn("set "+daemon.StopTimeoutEnv+" to more than that, and give the engine as long (docker stop -t)", name+" is "+grace.String()+", but the whole stop has "+h.Budget.String())
		}
	}
	if p.settings.Logging > 0 {
		p.logger = p.catch()
	}
	o := s6run.Options{
		Table: h.Table, Env: func() []string { return p.scriptEnv() }, StopTimeout: h.Budget, Sink: &p.lines, Tell: h.Tell,
		Grace: p.settings.ServicesGrace, As: p.groupsOf, Halt: func(byte) { h.Stop() },
		Stdout: p.logger.output(), Stderr: p.logger.output(),
	}
	if p.at != nil {
		o.Scan = p.at.path + "/" + scanDir
	}
	p.lines.begin(p)
	room, err := s6run.New(o)
	if err != nil {
		return boot.Fail(1, err, "")
	}
	if err := room.Begin(p.slots()...); err != nil {
		ctx, cancel := context.WithTimeout(context.Background(), politeness)
		defer cancel()
		_ = room.Shutdown(ctx)
		_ = room.Close(ctx)
		return boot.Fail(1, err, supervise.HintFor(err))
	}
	p.room = room
	return nil
}

// Supervisor gives who keeps the slots.
func (p *plugin) Supervisor() *supervise.Supervisor { return p.room.Supervisor() }
