package execline

import (
	"os/exec"
	"testing"
)

// BenchmarkTenSteps runs one script of ten steps with the real commands and with ours: make one number of the two. Ours are
// this test binary, whose start is several times that of berth.
func BenchmarkTenSteps(b *testing.B) {
	const text = `define A a define B b export C c importas C C multisubstitute { define D d } if { eltest -d / } umask 022 cd / foreground { exit } exec true`
	for _, s := range []struct{ name, bin string }{{"real", genuine}, {"ours", ""}} {
		b.Run(s.name, func(b *testing.B) {
			bin := s.bin
			if bin == "" {
				bin = links(b)
			}
			for b.Loop() {
				cmd := exec.Command(bin+"/execlineb", "-Pc", text)
				cmd.Env = []string{"PATH=" + bin + ":/usr/bin:/bin"}
				if out, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v: %s", err, out)
				}
			}
		})
	}
}
