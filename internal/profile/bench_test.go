package profile

import (
	"fmt"
	"testing"

	"github.com/berth-init/berth/internal/fsx"
)

// BenchmarkNames is the look that comes every other second, at a thousand profiles.
func BenchmarkNames(b *testing.B) {
	g := rigIn(b, b.TempDir())
	for i := range 1000 {
		g.profile(fmt.Sprintf("p%d", i))
	}
	thaw := fsx.Freeze() // a look changes nothing
	defer thaw()
	s := g.set()
	for b.Loop() {
		if names, _, err := s.Names(); len(names) != 1001 || err != nil {
			b.Fatal(len(names), err)
		}
	}
	thaw()
	g.close()
}
