// Package spec turns berth.yaml into a [Spec], or into every complaint about it at once.
//
// A complaint has the file, the line and the column it is about (both from 1, columns in characters), the line
// itself and a hint. Nothing here touches a file: [Read] is given a function that opens.
//
// A spec comes from the image, so it is trusted as far as the image is; but `berth check` is run on anything, and
// root reads the result: bytes, nesting and nodes are counted before any tree is built, and aliases are refused,
// so a hostile file costs a bounded amount of memory.
//
// Units: a [Mode] is permission bits, a [Duration] is nanoseconds, a [Size] is bytes.
// The language underneath is YAML 1.2 with the readings of YAML 1.1 that go.yaml.in/yaml/v4 keeps.
package spec
