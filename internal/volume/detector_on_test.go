//go:build race

package volume

// killStride is how many changes lie between two kills: the detector makes them five times as slow, and what it is there for, it
// sees in a part of them as well. hack/test kills before each change without it, as root and as an ordinary user.
const killStride = 4
