package proc

import (
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// A Capability is a number of capabilities(7), as unix.CAP_CHOWN.
type Capability uint

// Capabilities that berth asks for by name.
const (
	CapChown       Capability = unix.CAP_CHOWN
	CapDACOverride Capability = unix.CAP_DAC_OVERRIDE
	CapFowner      Capability = unix.CAP_FOWNER
	CapSetgid      Capability = unix.CAP_SETGID
	CapSetuid      Capability = unix.CAP_SETUID
	CapSetpcap     Capability = unix.CAP_SETPCAP
	CapKill        Capability = unix.CAP_KILL
)

// Capabilities is a set of them.
type Capabilities uint64

// Has says that the set has a capability.
func (c Capabilities) Has(one Capability) bool { return one < 64 && c&(1<<one) != 0 }

// Effective is what this process may do now, by capget(2).
func Effective() (Capabilities, error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return 0, fmt.Errorf("read capabilities: %w", err)
	}
	return Capabilities(data[0].Effective) | Capabilities(data[1].Effective)<<32, nil
}

// AllCapabilities lists what the running kernel knows and the bounding set
// still has: what DropCapabilities takes to leave nothing.
func AllCapabilities() []Capability {
	var list []Capability
	for one := range Capability(64) {
		has, err := bounding(one)
		if err != nil {
			break
		}
		if has {
			list = append(list, one)
		}
	}
	return list
}

// bounding says whether the calling thread's bounding set has a capability;
// EINVAL if the kernel doesn't know it.
func bounding(one Capability) (bool, error) {
	has, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, uintptr(one), 0, 0, 0)
	return has == 1, err
}

// dropBounding takes capabilities out of the calling thread's bounding set.
// One that is out, or that the kernel doesn't know, is no error.
func dropBounding(list []Capability) error {
	for _, one := range list {
		has, err := bounding(one)
		if errors.Is(err, syscall.EINVAL) || err == nil && !has {
			continue
		}
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(one), 0, 0, 0); err != nil {
			return err
		}
	}
	return nil
}
