package profile

import (
	"crypto/sha256"

	"github.com/berth-init/berth/internal/spec"
)

// Port gives the port of a profile by its name alone: the first of the range and the name's SHA-256, as a number, modulo
// the length of the range. So it is the same in each container and after each restore. Two names may have one port: then
// one of them has to be given another, where the app's own settings say.
func Port(p *spec.Port, name string) (port int, ok bool) {
	if p == nil || len(p.Range) != 2 || p.Range[1] < p.Range[0] || p.Except != "" && name == p.Except {
		return 0, false
	}
	length := p.Range[1] - p.Range[0] + 1
	rest := 0
	for _, b := range sha256.Sum256([]byte(name)) {
		rest = (rest<<8 | int(b)) % length
	}
	return p.Range[0] + rest, true
}
