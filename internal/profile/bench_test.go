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

// BenchmarkGlance is the look that comes every second, where nothing is new.
func BenchmarkGlance(b *testing.B) {
	for _, n := range []int{5, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			g := rigIn(b, b.TempDir())
			known := map[string]bool{"default": true}
			for i := range n {
				name := fmt.Sprintf("p%d", i)
				g.profile(name)
				known[name] = true
			}
			s := g.set()
			for b.Loop() {
				if changed, err := s.Glance(func(name string) bool { return known[name] }, len(known)); changed || err != nil {
					b.Fatal(changed, err)
				}
			}
			g.close()
		})
	}
}
