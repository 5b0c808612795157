package fsx

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestFirst(t *testing.T) {
	d := temp(t)
	for i := range 300 {
		write(t, fmt.Sprintf("%s/%0100d", d.Path(), i), "")
	}
	mkdir(t, d.Path()+"/dir")
	ok(t, unix.Mkfifo(d.Path()+"/fifo", 0o600), os.Symlink("x", d.Path()+"/link"))
	for n, want := range map[int]int{0: 0, 1: 1, 200: 200, 303: 303, 10000: 303} {
		items, err := d.First(n)
		ok(t, err)
		if len(items) != want {
			t.Errorf("the first %d are %d", n, len(items))
		}
		for _, it := range items {
			want := map[string]Kind{"dir": Directory, "fifo": FIFO, "link": Symlink}[it.Name]
			if want == Unknown {
				want = Regular
			}
			if it.Kind != want {
				t.Errorf("%s is a %v", it.Name, it.Kind)
			}
		}
	}
	if items, err := Empty("/none").First(3); err != nil || len(items) != 0 {
		t.Errorf("of nothing: %v %v", items, err)
	}
	gone := t.TempDir() + "/gone"
	mkdir(t, gone)
	g := opened(t, gone)
	ok(t, os.Remove(gone))
	if items, err := g.First(3); err != nil || len(items) != 0 {
		t.Logf("of what was removed: %v %v", items, err) // the kernel's to say
	}
}
