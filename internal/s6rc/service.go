package s6rc

import (
	"syscall"
	"time"
)

// Kind says what a service is.
type Kind string

// The kinds. The first two are what a file `type` says.
const (
	Longrun Kind = "longrun"
	Oneshot Kind = "oneshot"
	Builtin Kind = "builtin" // a oneshot whose work is berth's own
)

// A Service is an atom of the order: no bundle.
type Service struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	Dir  string `json:"dir,omitempty"`  // where it is defined; "": berth's own
	From string `json:"from,omitempty"` // the bundle under top that brought it

	Wanted bool   `json:"wanted"`           // a boot starts it
	Broken string `json:"broken,omitempty"` // why it can't be started; a wanted one has a fatal complaint
	Level  int    `json:"level"`            // its place in Image.Levels, from 0; -1 if it isn't wanted

	// Requires are the atoms that must be up first: bundles are flattened, a producer requires its consumer.
	Requires []string `json:"requires"`
	// After are atoms that go first if they are started too, and whose failure doesn't count.
	After []string `json:"after,omitempty"`

	TimeoutUp   time.Duration `json:"timeoutUp,omitempty"` // 0: no limit
	TimeoutDown time.Duration `json:"timeoutDown,omitempty"`
	Essential   bool          `json:"essential,omitempty"` // stopped only by force

	Up       string   `json:"up,omitempty"`       // of a oneshot: the text, clean. "": nothing is to be done
	Down     string   `json:"down,omitempty"`     //
	UpArgv   []string `json:"upArgv,omitempty"`   // the same as a command line; of berth's own: empty
	DownArgv []string `json:"downArgv,omitempty"` //

	Run *RunDir `json:"run,omitempty"` // of a longrun

	ProducerFor string   `json:"producerFor,omitempty"`
	ConsumerFor []string `json:"consumerFor,omitempty"`
	Pipeline    string   `json:"pipeline,omitempty"` // the name of the bundle of the pipeline that it ends
}

// RunDir is what a service directory says, of a source or in a scan directory.
type RunDir struct {
	Run    Program `json:"run"`
	Finish Program `json:"finish"` // Path "": there is none
	Check  Program `json:"check"`  // data/check

	NotificationFD int            `json:"notificationFd"` // -1: ready when it runs
	LockFD         int            `json:"lockFd"`         // -1: none
	TimeoutKill    time.Duration  `json:"timeoutKill"`    // 0: never
	TimeoutFinish  time.Duration  `json:"timeoutFinish"`  // 0: no limit
	DownSignal     syscall.Signal `json:"downSignal"`
	ReloadSignal   syscall.Signal `json:"reloadSignal"`
	MaxDeathTally  int            `json:"maxDeathTally"`
	Down           bool           `json:"down,omitempty"`      // isn't started by itself; a source's is without effect
	NoSetsid       bool           `json:"noSetsid,omitempty"`  //
	NewPIDNS       bool           `json:"newPidns,omitempty"`  // flag-newpidns
	KillGroup      bool           `json:"killGroup,omitempty"` // flag-timeout-killpg: the KILL of timeout-kill reaches the group

	Data bool    `json:"data,omitempty"` // there is a directory data
	Env  bool    `json:"env,omitempty"`  // there is a directory env
	Log  *RunDir `json:"log,omitempty"`  // services.d and scan directories only
}

// A Program is a file that is executed.
type Program struct {
	Path       string   `json:"path,omitempty"` // "": there is none
	Executable bool     `json:"executable,omitempty"`
	Shebang    []string `json:"shebang,omitempty"` // the interpreter and its one argument, without a carriage return
	// Dirty: it starts with a byte order mark, or its first line ends with a carriage return, and the kernel can't run it. What
	// is run is a copy that Clean made.
	Dirty bool `json:"dirty,omitempty"`
}
