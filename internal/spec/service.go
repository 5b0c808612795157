package spec

// Service is a program that berth starts: one that is kept running, or a task, which runs to its end.
type Service struct {
	Kind        ServiceKind     `yaml:"kind" doc:"a service is kept running; a task runs to its end, and what requires it waits for that" enum:"service,task" default:"service"`
	PerProfile  bool            `yaml:"per-profile" doc:"one slot for each profile; {profile} in the service's texts and names is the profile's name" default:"false"`
	Enabled     Text            `yaml:"enabled" doc:"off unless this is truthy" is:"text"`
	IfSet       []string        `yaml:"if-set" doc:"off where one of these variables is unset or empty" is:"variable"`
	IfUnset     []string        `yaml:"if-unset" doc:"off where one of these variables has a value" is:"variable"`
	UnlessMain  []string        `yaml:"unless-main" doc:"of a per-profile service: no profile gets a slot where the container's command begins with one of these words, because another container runs them on this volume" is:"word"`
	Requires    []string        `yaml:"requires" doc:"it starts only when these services are ready and these tasks have succeeded, and it stops before them; of a per-profile service the same profile's" is:"service"`
	After       []string        `yaml:"after" doc:"the same order, for as long as they are wanted; it starts without them where they are off, stopped or failed" is:"service"`
	Command     []Text          `yaml:"command" doc:"the program and its arguments" required:"true" is:"command"`
	ProfileArgs []string        `yaml:"profile-args" doc:"arguments put after the program for a named profile; {profile} is its name"`
	Env         map[string]Text `yaml:"env" doc:"its own variables" keys:"variable"`
	Schedule    *Schedule       `yaml:"schedule" doc:"when a task runs again and again" one-of:"every,cron"`
	Retry       Retry           `yaml:"retry" doc:"what a task does when it ends with another code than 0"`
	Lease       *bool           `yaml:"lease" doc:"of all containers on one volume one runs it: its slot stands by while another container holds its lease, and takes over when that one ends; absent: true of a per-profile service, false of any other"`
	Restart     Restart         `yaml:"restart" doc:"when it is started again"`
	Failure     OnFailed        `yaml:"on-failure" doc:"when it has failed for good: ignore it, or end the container with its code" enum:"ignore,end" default:"ignore"`
	Port        *Port           `yaml:"port" doc:"a port derived from the profile's name"`
	Ready       *Ready          `yaml:"ready" doc:"when what waits for it may start; absent: as soon as the program runs" one-of:"tcp,http,exec,log,file,fd,notify"`
	Health      *Health         `yaml:"health" doc:"whether it is still fine, asked again and again once it is ready" one-of:"tcp,http,exec"`
	Stop        Stop            `yaml:"stop" doc:"how it is stopped"`
	Reload      *Reload         `yaml:"reload" doc:"what makes it read its configuration again" one-of:"signal,command"`
	Limits      Limits          `yaml:"limits" doc:"whose rights it has and how much it may take"`
	Log         *Log            `yaml:"log" doc:"where its lines go beside the container's stdout" any-of:"dir,flood,rotate"`
}

// ServiceKind tells what is kept running from what runs to its end.
type ServiceKind string

// What kind may say.
const (
	KindService ServiceKind = "service"
	KindTask    ServiceKind = "task"
)

// OnFailed says what it means for the container that a service has failed for good.
type OnFailed string

// What a service's on-failure may say.
const (
	FailedIgnore OnFailed = "ignore"
	FailedEnd    OnFailed = "end"
)

// Restart says when a service is started again.
type Restart struct {
	Policy      RestartPolicy `yaml:"policy" doc:"after every end, after one with another code than 0 (on-failure), or never" enum:"always,on-failure,never" default:"always"`
	FinalCodes  []int         `yaml:"final-codes" doc:"exit codes that stay down; of a task they count as success, as 0 does" min:"0" max:"255"`
	AtOnceCodes []int         `yaml:"at-once-codes" doc:"exit codes that ask for a restart at once" min:"0" max:"255"`
	HoldMax     Duration      `yaml:"hold-max" doc:"the first short run is restarted at once, the next ones after 1s, 2s, 4s and so on, at most after this time" default:"60s"`
	Stable      Duration      `yaml:"stable" doc:"a run that lived this long is no short one, and the count begins anew" default:"60s"`
	Limit       int           `yaml:"limit" doc:"after this many short runs in a row it has failed; 0: never" min:"0" max:"1000" default:"0"`
}

// RestartPolicy says after which ends a service is started again.
type RestartPolicy string

// What restart.policy may say.
const (
	RestartAlways    RestartPolicy = "always"
	RestartOnFailure RestartPolicy = "on-failure"
	RestartNever     RestartPolicy = "never"
)

// Retry says what a task does when it ends with another code than 0.
type Retry struct {
	Count int      `yaml:"count" doc:"it is tried this many times more before it has failed" min:"0" max:"1000" default:"0"`
	Delay Duration `yaml:"delay" doc:"the wait before each" default:"1s"`
}

// Port is derived from a profile's name.
type Port struct {
	Env    string `yaml:"env" doc:"the variable that carries it" required:"true" is:"variable"`
	From   string `yaml:"from" doc:"what it is derived from" enum:"profile"`
	Range  []int  `yaml:"range" doc:"first and last port" required:"true" min:"1" max:"65535"`
	Except string `yaml:"except" doc:"the profile that has none" is:"slot"`
}

// Stop says how a service is stopped.
type Stop struct {
	Signal    string   `yaml:"signal" doc:"the signal" is:"signal" default:"TERM"`
	Timeout   Duration `yaml:"timeout" doc:"how long it may take; clipped to BERTH_STOP_TIMEOUT"`
	KillGroup bool     `yaml:"kill-group" doc:"when it has ended, kill what is left of its process group" default:"true"`
}

// Reload says how a service is told to read its configuration again: by a signal or by a command.
type Reload struct {
	Signal  string `yaml:"signal" doc:"the signal" is:"reload-signal"`
	Command []Text `yaml:"command" doc:"a program, run with the service's user and environment" is:"command"`
}
