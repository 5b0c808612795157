//go:build !race

package daemon

// detector says whether the race detector is built in.
const detector = false
