package s6rc

import "time"

// Settings are the variables of s6-overlay.
type Settings struct {
	KeepEnv           bool          `json:"keepEnv"`           // S6_KEEP_ENV
	Logging           int           `json:"logging"`           // S6_LOGGING: 0, 1, 2
	CatchallUser      string        `json:"catchallUser"`      // S6_CATCHALL_USER
	LoggingScript     string        `json:"loggingScript"`     // S6_LOGGING_SCRIPT
	Behaviour         int           `json:"behaviour"`         // S6_BEHAVIOUR_IF_STAGE2_FAILS: 0 go on, 1 say so, 2 stop
	WaitMax           time.Duration `json:"waitMax"`           // S6_CMD_WAIT_FOR_SERVICES_MAXTIME; 0: no limit
	WaitForServices   bool          `json:"waitForServices"`   // S6_CMD_WAIT_FOR_SERVICES
	ReadyTime         time.Duration `json:"readyTime"`         // S6_SERVICES_READYTIME
	ServicesGrace     time.Duration `json:"servicesGrace"`     // S6_SERVICES_GRACETIME
	KillGrace         time.Duration `json:"killGrace"`         // S6_KILL_GRACETIME
	KillFinishMax     time.Duration `json:"killFinishMax"`     // S6_KILL_FINISH_MAXTIME; 0: no limit
	CmdArg0           []string      `json:"cmdArg0"`           // S6_CMD_ARG0
	CmdUseTerminal    bool          `json:"cmdUseTerminal"`    // S6_CMD_USE_TERMINAL
	CmdReceiveSignals bool          `json:"cmdReceiveSignals"` // S6_CMD_RECEIVE_SIGNALS
	FixAttrsHidden    bool          `json:"fixAttrsHidden"`    // S6_FIX_ATTRS_HIDDEN
	ReadOnlyRoot      bool          `json:"readOnlyRoot"`      // S6_READ_ONLY_ROOT
	SyncDisks         bool          `json:"syncDisks"`         // S6_SYNC_DISKS
	Stage2Hook        []string      `json:"stage2Hook"`        // S6_STAGE2_HOOK, as words
	Verbosity         int           `json:"verbosity"`         // S6_VERBOSITY
	WaitForClosingFD  int           `json:"waitForClosingFd"`  // S6_WAIT_FOR_CLOSING_FD; 0: none
	BundleDir         string        `json:"bundleDir"`         // S6_RUNTIME_BUNDLEDIR
	Profile           string        `json:"profile"`           // S6_RUNTIME_PROFILE

	Set []Setting `json:"set"` // each variable, with its fate
}

// A Setting is one variable.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"` // what counts: the default where the environment has none, or a wrong one
	Given bool   `json:"given"` // the environment has it
	Fate  Fate   `json:"fate"`
	Why   string `json:"why"` // what it does here, or why it does nothing
}

// Fate says what becomes of a variable.
type Fate string

// The fates.
const (
	Honoured    Fate = "honoured"
	Unnecessary Fate = "unnecessary" // accepted: what it asks for is always so, or is never needed
	Refused     Fate = "refused"
)
