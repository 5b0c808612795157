package probe

import (
	"errors"
	"fmt"
)

// Credentials are who sent a message, as the kernel says.
type Credentials struct {
	PID      int // 0: a process that our pid namespace doesn't show
	UID, GID uint32
}

// Leaders knows the services' processes.
type Leaders interface {
	Leads(pid int) bool                  // it is the main process of a service that runs now
	Group(pid int) (pgid int, err error) // of any process
}

var (
	errOutside  = errors.New("it isn't a process of this container")
	errEnded    = errors.New("it has ended already, so that nobody can say whose it was")
	errStranger = errors.New("it is neither a service's main process nor in its group")
)

// Sender gives the main process of the service that a message is from: its sender is that process, or of its group.
// Anybody else has no say: a service's visitors, other services, a shell in the container.
func Sender(c Credentials, l Leaders) (leader int, err error) {
	if c.PID <= 0 {
		return 0, refuse(c, errOutside)
	}
	if l.Leads(c.PID) {
		return c.PID, nil
	}
	group, err := l.Group(c.PID)
	switch {
	case err != nil:
		return 0, refuse(c, errEnded)
	case group <= 1 || !l.Leads(group):
		return 0, refuse(c, errStranger)
	}
	return group, nil
}

func refuse(c Credentials, why error) error {
	return fmt.Errorf("accept notify message from pid %d (uid %d): %w", c.PID, c.UID, why)
}
