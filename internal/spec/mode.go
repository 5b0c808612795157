package spec

import "fmt"

// Mode is a file's permission bits, with setuid, setgid and sticky; Set says whether the spec gave one.
type Mode struct {
	Perm uint32
	Set  bool
}

// Or gives the permission bits, or the given ones where the spec gave none.
func (m Mode) Or(perm uint32) uint32 {
	if m.Set {
		return m.Perm
	}
	return perm
}

// String gives four octal digits, or nothing for a mode that is not set.
func (m Mode) String() string {
	if !m.Set {
		return ""
	}
	return fmt.Sprintf("%04o", m.Perm)
}
