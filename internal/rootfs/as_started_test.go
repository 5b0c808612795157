package rootfs

import (
	"os"
	"slices"
	"testing"

	"github.com/berth-init/berth/internal/spec"
)

// Another init's image runs as whoever the container was started as: nobody is refused, and no account is touched.
func TestAnotherInitsImageRunsAsItWasStarted(t *testing.T) {
	for _, uid := range []uint32{0, 1000, 4321} {
		w := newWorld(t)
		before, err := os.ReadFile(w.Root.Path() + "/etc/passwd")
		if err != nil {
			t.Fatal(err)
		}
		w.Spec = &spec.Spec{User: spec.User{AsStarted: true}}
		w.EUID, w.EGID, w.Groups, w.Environ = uid, 7, []uint32{0, 7}, []string{"PUID=99", "BERTH_OTHER_USERS=refuse"}
		r := twice(t, w, Guard(), Identity())
		if id := w.Identity; id.UID != uid || id.GID != 7 || !slices.Equal(id.Groups, w.Groups) || id.Name != "" || id.Home != "" || id.Umask != -1 {
			t.Errorf("uid %d runs as %+v", uid, id)
		}
		after, err := os.ReadFile(w.Root.Path() + "/etc/passwd")
		if err != nil || string(after) != string(before) || words(r) != "" {
			t.Errorf("uid %d: %v, %s", uid, err, words(r))
		}
	}
}
