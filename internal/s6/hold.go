package s6

import (
	"context"
	"strings"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/s6rc"
	"github.com/berth-init/berth/internal/supervise"
)

const (
	// PatienceEnv is the variable that says how long main waits for services that run and never say that they are ready, where
	// S6_CMD_WAIT_FOR_SERVICES_MAXTIME gives no time.
	PatienceEnv = "BERTH_S6_PATIENCE"

	defaultPatience = 5 * time.Minute
	firstWord       = 30 * time.Second // when it is said what is waited for
)

// waiting is what main waits for.
type waiting struct {
	names map[string]s6rc.Kind // what the boot brings up
	up    map[string]bool      // what was up once: what it did since is no matter of the boot
}

// Hold waits until everything that the boot brings up is up or has failed. Oneshots may take as long as they take, since they
// do something; services that run and don't become ready have a time, and then main starts without them.
func (p *plugin) Hold(ctx context.Context) error {
	p.wait = waiting{names: map[string]s6rc.Kind{}, up: map[string]bool{}}
	for i := range p.image.Services {
		if s := &p.image.Services[i]; s.Wanted && s.Broken == "" {
			p.wait.names[s.Name] = s.Kind
		}
	}
	sup := p.room.Supervisor()
	listening, cancel := context.WithCancel(ctx)
	defer cancel()
	news := listen(listening, sup)
	var end <-chan time.Time
	if d := p.settings.WaitMax; d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		end = timer.C
	}
	patience := p.patience()
	silence := time.NewTimer(min(patience, firstWord))
	defer silence.Stop()
	since := time.Now()
	for {
		left := p.wait.left(sup.Status())
		if len(left) == 0 {
			return p.judge(sup.Status())
		}
		select {
		case h := <-news:
			switch {
			case h.err != nil:
				return cause(ctx, h.err)
			case h.event.To == supervise.Ready && !p.wait.up[h.event.Slot]: // one that ends again and again is no news
				p.wait.up[h.event.Slot] = true
				since = time.Now()
				silence.Reset(min(patience, firstWord))
			}
		case <-ctx.Done():
			return cause(ctx, ctx.Err())
		case <-end:
			return p.late(left)
		case <-silence.C:
			if !p.wait.working(left) && time.Since(since) >= patience {
				return p.late(left)
			}
			p.warn("", "still waiting for "+list(left)+" before the command is run")
			next := time.Until(since.Add(patience))
			if next <= 0 {
				next = patience
			}
			silence.Reset(next)
		}
	}
}

// told is an event, or why there is none.
type told struct {
	event supervise.Event
	err   error
}

// listen hands out what happens from now on, until ctx ends or there is nothing more.
func listen(ctx context.Context, sup *supervise.Supervisor) <-chan told {
	events, news := sup.Subscribe(0), make(chan told)
	go func() {
		for {
			e, err := events.Next(ctx)
			select {
			case news <- told{e, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return news
}

// cause gives why a wait ended.
func cause(ctx context.Context, err error) error {
	if c := context.Cause(ctx); c != nil {
		return c
	}
	return err
}

// patience gives how long services that don't become ready hold main back.
func (p *plugin) patience() time.Duration {
	text, _ := p.host.World.Lookup(PatienceEnv)
	if text == "" {
		return defaultPatience
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		p.warn("write a time such as 90s or 5m", PatienceEnv+"="+text+": it is no length of time: "+defaultPatience.String()+" is used")
		return defaultPatience
	}
	return d
}

// left gives what is neither up nor given up.
func (w *waiting) left(all []supervise.Status) []supervise.Status {
	var left []supervise.Status
	for _, s := range all {
		if w.names[s.Name] == "" || w.up[s.Name] || s.State == supervise.Ready || s.State == supervise.Failed || s.State == supervise.Done {
			continue
		}
		if s.Desired == supervise.WantDown && s.State == supervise.Down { // somebody told it to stop meanwhile
			continue
		}
		left = append(left, s)
	}
	return left
}

// working says whether something that is waited for does something: a oneshot that runs.
func (w *waiting) working(left []supervise.Status) bool {
	for _, s := range left {
		if w.names[s.Name] != s6rc.Longrun && (s.State == supervise.Up || s.State == supervise.Starting) {
			return true
		}
	}
	return false
}

// judge looks at what came of the boot.
func (p *plugin) judge(all []supervise.Status) error {
	var failed []string
	for _, s := range all {
		if p.wait.names[s.Name] != "" && s.State == supervise.Failed && !p.wait.up[s.Name] {
			failed = append(failed, s.Name)
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return p.verdict(1, "not started: "+strings.Join(failed, ", "))
}

// late gives the verdict when the time is up.
func (p *plugin) late(left []supervise.Status) error {
	why := "not ready in time: " + list(left)
	if p.settings.Behaviour >= 2 {
		return boot.Failf(2, "S6_CMD_WAIT_FOR_SERVICES_MAXTIME gives it more time; S6_BEHAVIOUR_IF_STAGE2_FAILS=1 goes on without it", "%s", why)
	}
	p.warn("S6_CMD_WAIT_FOR_SERVICES_MAXTIME or "+PatienceEnv+" gives it more time", why+"; the command is run without it")
	return nil
}

// list names slots with what they do.
func list(all []supervise.Status) string {
	var names []string
	for i, s := range all {
		if i == 8 {
			names = append(names, "…")
			break
		}
		text := s.Name + " (" + string(s.State)
		if s.Why != "" {
			text += ": " + s.Why
		}
		names = append(names, text+")")
	}
	return strings.Join(names, ", ")
}
