package spec

// Control says who beside root and the app's user may use the control socket.
type Control struct {
	Allow []Allow `yaml:"allow" doc:"other users and groups, and what they may do; everybody else may do nothing" one-of:"uid,gid"`
}

// Allow lets one uid or one gid, by its credentials on the socket, see or control services.
type Allow struct {
	UID      ID       `yaml:"uid" doc:"who asks, by uid" is:"peer"`
	GID      ID       `yaml:"gid" doc:"who asks, by gid or supplementary group" is:"peer"`
	Services []string `yaml:"services" doc:"the services, or single slots of a per-profile one" required:"true" is:"slot"`
	May      Right    `yaml:"may" doc:"see: state and logs; control: start, stop, restart and reload too" enum:"see,control" default:"see"`
}

// Right says what somebody may do with a service.
type Right string

// What may says.
const (
	MaySee     Right = "see"
	MayControl Right = "control"
)
