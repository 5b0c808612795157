package shim

import (
	"os"
	"testing"
)

func TestItself(t *testing.T) {
	dir := t.TempDir()
	exe, err := os.Executable()
	ok(t, err, os.Symlink(exe, dir+"/link"), os.Symlink("nowhere", dir+"/dangling"))
	for _, c := range []struct {
		about, path string
		want        bool
	}{
		{"its own file", exe, true},
		{"a link to it", dir + "/link", true},
		{"what the kernel says it is", "/proc/self/exe", true},
		{"another program", program(t, dir+"/other", 0o755), false},
		{"a link to nowhere", dir + "/dangling", false},
		{"nothing", dir + "/none", false},
	} {
		if got := Itself(c.path); got != c.want {
			t.Errorf("%s: got %v", c.about, got)
		}
	}
}
