package spec

import "slices"

// Limits say whose rights a service has and how much it may take.
type Limits struct {
	User         string   `yaml:"user" doc:"who it runs as: USER, UID, USER:GROUP or UID:GID; absent: the app's user" is:"account"`
	Umask        Mode     `yaml:"umask" doc:"its umask, quoted octal; absent: the app's"`
	NoNewPrivs   bool     `yaml:"no-new-privs" doc:"nothing that it executes gains rights: no setuid, no file capabilities" default:"false"`
	Capabilities []string `yaml:"capabilities" doc:"what its bounding set keeps of the container's capabilities, such as NET_BIND_SERVICE; []: none; absent: all of them" is:"capability"`
	Nice         *int     `yaml:"nice" doc:"its nice value" min:"-20" max:"19"`
	OOMScoreAdj  *int     `yaml:"oom-score-adj" doc:"the higher, the sooner the kernel ends it when memory does" min:"-1000" max:"1000"`
	NoFile       Rlimit   `yaml:"nofile" doc:"open files" is:"count"`
	NProc        Rlimit   `yaml:"nproc" doc:"processes and threads of its user" is:"count"`
	Core         Rlimit   `yaml:"core" doc:"size of a core file" is:"bytes"`
	MemLock      Rlimit   `yaml:"memlock" doc:"memory that is kept from being swapped out" is:"bytes"`
	Stack        Rlimit   `yaml:"stack" doc:"size of the stack" is:"bytes"`
	Data         Rlimit   `yaml:"data" doc:"size of its data" is:"bytes"`
	AS           Rlimit   `yaml:"as" doc:"address space" is:"bytes"`
	FSize        Rlimit   `yaml:"fsize" doc:"size of a file that it writes" is:"bytes"`
	MsgQueue     Rlimit   `yaml:"msgqueue" doc:"POSIX message queues of its user" is:"bytes"`
	SigPending   Rlimit   `yaml:"sigpending" doc:"queued signals of its user" is:"count"`
	RTPrio       Rlimit   `yaml:"rtprio" doc:"highest real-time priority" is:"count"`
	CPU          Rlimit   `yaml:"cpu" doc:"seconds of processor time" is:"count"`
}

// A Resource is a resource limit that the spec gave, by its name in getrlimit(2) without RLIMIT_, in small letters.
type Resource struct {
	Name  string
	Limit Rlimit
}

// Resources gives the resource limits that the spec gave.
func (l *Limits) Resources() []Resource {
	var given []Resource
	for _, r := range []Resource{
		{"nofile", l.NoFile},
		{"nproc", l.NProc},
		{"core", l.Core},
		{"memlock", l.MemLock},
		{"stack", l.Stack},
		{"data", l.Data},
		{"as", l.AS},
		{"fsize", l.FSize},
		{"msgqueue", l.MsgQueue},
		{"sigpending", l.SigPending},
		{"rtprio", l.RTPrio},
		{"cpu", l.CPU},
	} {
		if r.Limit.Set {
			given = append(given, r)
		}
	}
	return given
}

// Keeps says whether the bounding set keeps the capability of that number.
func (l *Limits) Keeps(capability uint) bool {
	if l.Capabilities == nil {
		return true
	}
	names := capabilities()
	return capability < uint(len(names)) && slices.Contains(l.Capabilities, names[capability])
}

// capabilities names what limits.capabilities may keep, in the order of their numbers (capabilities(7), Linux 6.1).
func capabilities() []string {
	return []string{
		"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
		"LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
		"SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
		"SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
		"MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
		"CHECKPOINT_RESTORE",
	}
}
