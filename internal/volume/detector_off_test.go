//go:build !race

package volume

// killStride is how many changes lie between two kills.
const killStride = 1
