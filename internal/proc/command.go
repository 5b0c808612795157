package proc

import "os"

// A Command says what to start and as whom.
type Command struct {
	Path string   // the program; relative to Dir, as execve sees it
	Args []string // argv, [0] included; empty means Path alone
	Env  []string // the whole environment: nil is an empty one, nothing is inherited
	Dir  string   // the working directory, entered with the child's identity; empty leaves it; /proc/self/fd/N is a descriptor of ours

	Stdin, Stdout, Stderr *os.File   // nil: this process's descriptors 0, 1 and 2
	ExtraFiles            []*os.File // descriptors 3 and on

	Credential *Credential // nil: this process's identity
	Umask      int         // -1 leaves it

	NoNewPrivs       bool         // prctl(PR_SET_NO_NEW_PRIVS)
	Limits           Limits       // resource limits, nice, oom_score_adj
	DropCapabilities []Capability // taken out of the bounding set

	Session  bool // a session of its own, hence a group too
	Group    bool // a process group of its own
	Terminal bool // the terminal on the child's descriptor 0 becomes the child's: see Table.Start

	OnVolume bool // the program or Dir may hang (a volume, a network file system): use the child stage
	OOMRaise int  // added to our own oom_score_adj for the child, so that it ends before us; 0 or impossible: nothing. Needs no stage

	KillGroup bool // when the process has died, kill what is left of its group. Needs Session, Group or Terminal
}

// NewCommand is a Command that changes neither identity nor umask.
func NewCommand(path string, args []string) *Command {
	return &Command{Path: path, Args: args, Umask: -1}
}

// Credential is who a child runs as.
type Credential struct {
	UID, GID uint32
	Groups   []uint32 // supplementary; GID need not be among them
}

// Limits are what only the child stage can set.
type Limits struct {
	Resources   []Limit
	Nice        *int // -20 to 19; nil leaves it
	OOMScoreAdj *int // -1000 to 1000; nil leaves it
}

// A Limit is one resource limit: Resource is a number of setrlimit(2), as
// unix.RLIMIT_NOFILE.
type Limit struct {
	Resource   int
	Soft, Hard uint64
}

// empty says that there is nothing to set.
func (l Limits) empty() bool {
	return len(l.Resources) == 0 && l.Nice == nil && l.OOMScoreAdj == nil
}

// needsStage says that fork alone can't do what the command asks.
func (c *Command) needsStage() bool {
	return c.OnVolume || c.NoNewPrivs || !c.Limits.empty() || len(c.DropCapabilities) > 0
}

// leadsGroup says that the child's pid is the number of its process group.
func (c *Command) leadsGroup() bool { return c.Session || c.Group || c.Terminal }

// argv is Args, or the program's own name.
func (c *Command) argv() []string {
	if len(c.Args) == 0 {
		return []string{c.Path}
	}
	return c.Args
}
