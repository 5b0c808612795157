package s6

import (
	"fmt"
	"os"
	"testing"

	"github.com/berth-init/berth/internal/fsx"
)

// TestADirectorysGroupMakesNobodyAMember asks in which groups a user's programs run.
func TestADirectorysGroupMakesNobodyAMember(t *testing.T) {
	r := newRig(t)
	top := t.TempDir()
	ok(t, os.Mkdir(top+"/etc", 0o755))
	write(t, top+"/etc/passwd", "root:x:0:0::/:\napp:x:1000:1001::/:\nzero:x:1002:0::/:\n", 0o644)
	write(t, top+"/etc/group", "root:x:0:\nshadow:x:42:\nmore:x:50:app\nthird:x:51:app\n", 0o644)
	root, err := fsx.Open(top)
	ok(t, err)
	defer func() { _ = root.Close() }()
	r.host.World.Root = root
	for _, c := range []struct {
		uid, gid uint32
		want     string
	}{
		{1000, 1001, "1001 [50 51]"},
		{1000, 0, "1001 [50 51]"},
		{1000, 42, "1001 [50 51]"},
		{1000, 50, "50 [51]"},
		{1002, 50, "0 []"},
		{4242, 4343, "4343 []"},
		{4242, 0, "4242 []"},
	} {
		as, err := r.groupsOf(c.uid, c.gid)
		ok(t, err)
		if got := fmt.Sprintf("%d %v", as.GID, as.Groups); got != c.want || as.UID != c.uid {
			t.Errorf("%d:%d runs as %d:%s, want %s", c.uid, c.gid, as.UID, got, c.want)
		}
	}
}
