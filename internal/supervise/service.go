package supervise

import (
	"context"
	"syscall"
	"time"
)

// A Service is a declared program, as the supervisor needs to know it: when it runs, not what it is.
type Service struct {
	Name     string
	Kind     Kind
	Requires []string // ready before this one starts, stopped after it
	After    []string // if on their way up, waited for; stopped after it
	Enabled  bool     // false: a slot that stays down and can't be started
	Desired  bool     // wanted up when added
	Critical bool     // its failure is told by Critical
	Lease    bool     // it runs only with its lease, which another container may hold
	Loose    bool     // what it requires is waited for by its first run alone, and doesn't take it along when it stops

	Restart  Restart // of a daemon
	Retry    Retry   // of a task
	Schedule Schedule
	Stop     Stop
	Ready    *ReadyRule // bounds the wait for readiness of a daemon whose process has a question open
	Health   *HealthRule
	Reload   func(ctx context.Context, p Process) error // nil: it has no reload action
}

// Kind says whether a service is meant to end.
type Kind string

// The kinds of a service.
const (
	Daemon Kind = "daemon" // runs until told to stop; also what an empty kind means
	Task   Kind = "task"   // runs to completion
)

// Policy says which ends of a daemon are followed by another run.
type Policy string

// The policies.
const (
	Always    Policy = "always" // also what an empty policy means
	OnFailure Policy = "on-failure"
	Never     Policy = "never"
)

// Restart says when a daemon that ended runs again.
type Restart struct {
	Policy      Policy
	FinalCodes  []int         // stay down; of a task, count as success
	AtOnceCodes []int         // run again at once
	HoldMax     time.Duration // the longest hold; 0 is a minute
	Stable      time.Duration // a run that lived so long forgives those before; 0 is a minute
	Limit       int           // short runs in a row that end in failed; 0 is no limit
}

// Retry says how often a task that failed is run again, and how long after.
type Retry struct {
	Count int
	Delay time.Duration
}

// Stop says how a service is stopped.
type Stop struct {
	Signal  syscall.Signal // 0 is TERM
	Timeout time.Duration  // before KILL; clipped to the supervisor's StopTimeout, which 0 means
	Patient bool           // no KILL before the time of the whole stop is up
}

// Verdict says what a daemon that isn't ready within its bound is.
type Verdict string

// The verdicts.
const (
	Fail Verdict = "fail"  // stopped, failed; also what an empty verdict means
	GoOn Verdict = "go-on" // taken for ready
)

// ReadyRule bounds the wait for readiness.
type ReadyRule struct {
	Timeout time.Duration // 0 is a minute
	Verdict Verdict
}

// Action says what a bad health does.
type Action string

// The actions.
const (
	Report       Action = "report" // also what an empty action means
	RestartSick  Action = "restart"
	defaultAsked        = 3
)

// HealthRule asks a daemon that is ready whether it still works.
type HealthRule struct {
	Period    time.Duration // 0 is 30 s
	Timeout   time.Duration // 0 is 5 s
	Threshold int           // bad answers in a row; 0 is 3
	Action    Action
}

// A Schedule gives the time of a task's next run after a time; the zero time is never.
type Schedule interface {
	Next(after time.Time) time.Time
}

const (
	defaultStable  = time.Minute
	defaultHoldMax = time.Minute
	defaultReady   = time.Minute
	defaultPeriod  = 30 * time.Second
	defaultAnswer  = 5 * time.Second
)

// complete puts the defaults in.
func (v *Service) complete(o *Options) {
	fill := func(d *time.Duration, otherwise time.Duration) {
		if *d <= 0 {
			*d = otherwise
		}
	}
	if v.Kind == "" {
		v.Kind = Daemon
	}
	if v.Restart.Policy == "" {
		v.Restart.Policy = Always
	}
	fill(&v.Restart.HoldMax, defaultHoldMax)
	fill(&v.Restart.Stable, defaultStable)
	fill(&v.Stop.Timeout, o.StopTimeout)
	v.Stop.Timeout = min(v.Stop.Timeout, o.StopTimeout)
	if v.Stop.Signal == 0 {
		v.Stop.Signal = syscall.SIGTERM
	}
	ready := ReadyRule{}
	if v.Ready != nil {
		ready = *v.Ready
	}
	fill(&ready.Timeout, defaultReady)
	v.Ready = &ready
	if v.Health != nil {
		health := *v.Health
		fill(&health.Period, defaultPeriod)
		fill(&health.Timeout, defaultAnswer)
		if health.Threshold <= 0 {
			health.Threshold = defaultAsked
		}
		v.Health = &health
	}
}
