// Package stack gives the first goroutine a large stack early.
//
// A goroutine begins with a few KiB, and the runtime doubles them whenever they don't do: each time it copies all frames and
// looks up where each has pointers. Every start of berth, early or in main, paid for three or four such copies, 3 % of it. One
// growth while the stack is nearly empty costs next to nothing.
//
// It imports nothing, so that it is initialized before what needs the room: packages are, in the order of their import
// paths, as soon as their imports are (The Go Programming Language Specification, "Program initialization", Go 1.21).
package stack

const room = 14 << 10

var reached byte

func init() { reached = reach(len("x")) }

// reach has a frame of that size.
//
//go:noinline
func reach(n int) byte {
	var frame [room]byte
	frame[n] = 1
	return frame[n] + frame[room-1-n] // were it the written place alone, the compiler would know the answer and make no frame
}
