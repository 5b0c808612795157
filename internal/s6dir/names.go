package s6dir

// Names in a service directory.
const (
	Run       = "run"
	Finish    = "finish"
	Down      = "down"
	Event     = "event"
	Supervise = "supervise"
	Control   = "supervise/control"
	Lock      = "supervise/lock"
	StatusAt  = "supervise/status"
	Tally     = "supervise/death_tally"
)

// Names in a scan directory.
const (
	Scan        = ".s6-svscan"
	ScanControl = ".s6-svscan/control"
	ScanLock    = ".s6-svscan/lock"
)

// Modes of what who supervises lays down.
const (
	SuperviseMode = 0o700
	ControlMode   = 0o600
	EventMode     = 0o3730 // the owner's group may subscribe, and sees nobody else's FIFO
	StatusMode    = 0o644
)

// Subscriber is what the name of a FIFO in event/ begins with; what it holds is for who reads it.
const Subscriber = "ftrig1"

// Letters that are written to the FIFOs in event/.
const (
	EventStart    = 's' // who supervises has begun
	EventUp       = 'u' // run was started
	EventReady    = 'U' // and said that it is ready
	EventDown     = 'd' // run ended
	EventFinished = 'D' // and so did finish: down for good
	EventOnce     = 'O' // down, and not to be started again by itself
	EventExit     = 'x' // who supervises ends
)

// ControlLetters are the letters that supervise/control takes: the flags of s6-svc of the same names.
//
//	u up            d down          o once        O once at most    D down, and leave a file for it
//	U up, and take that file away   x end when it is down           r down and up again
//	a ALRM  b ABRT  q QUIT  h HUP or what reload-signal says        k KILL  t TERM or what down-signal says
//	i INT   1 USR1  2 USR2  p STOP  c CONT  y WINCH  K, P, C: KILL, STOP, CONT for its group (from 2.12 on)
//	Q once at most, and leave a file for it
const ControlLetters = "abqhkti12pcyroduDUxOQKPC"

// ScanLetters are the letters that .s6-svscan/control takes: the flags of s6-svscanctl of the same names.
//
//	a look again        n end who supervises what isn't there any more      N the same, loggers too by TERM
//	h a and n           z reap                                              b end, and leave who supervises
//	t i end: TERM for services, HUP for loggers                             q end: TERM for all
const ScanLetters = "abhitqnNz"
