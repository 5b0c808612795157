package peer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheImagesServicesWaitForALevelEach(t *testing.T) {
	for n, want := range map[int]string{0: "", 1: "s0\n", 3: "s0\ns1\ns2\n", 20: "s0 s1 s2 s3 s4\ns5 s6 s7 s8 s9\ns10 s11 s12 s13 s14\ns15 s16 s17 s18 s19\n"} {
		j := job(t, n)
		if _, err := overlay("true")(j); err != nil {
			t.Fatal(err)
		}
		root := filepath.Join(j.Dir, "root")
		levels, err := os.ReadFile(root + "/levels")
		if err != nil || string(levels) != want {
			t.Errorf("%d services: levels %q, %v, want %q", n, levels, err, want)
		}
		// What berth reads says the same: each waits for one of the level before, the first for a oneshot.
		before := []string{"settle"}
		for level := range strings.SplitSeq(strings.TrimSuffix(want, "\n"), "\n") {
			names := strings.Fields(level)
			for i, name := range names {
				needs := before[min(i, len(before)-1)]
				if _, err := os.Stat(root + "/etc/s6-overlay/s6-rc.d/" + name + "/dependencies.d/" + needs); err != nil {
					t.Errorf("%d services: %v", n, err)
				}
				if info, err := os.Stat(root + "/etc/s6-overlay/s6-rc.d/" + name + "/run"); err != nil || info.Mode()&0o111 == 0 {
					t.Errorf("%d services: run of %s: %v, %v", n, name, info, err)
				}
			}
			before = names
		}
	}
}
