// Package identity holds who the app is, and reads and rewrites the passwd
// and group files of an image.
package identity

// Identity is the user an app runs as.
type Identity struct {
	Name   string
	UID    uint32
	GID    uint32
	Groups []uint32 // supplementary, without GID
	Home   string
	Umask  int // -1: inherited
}
