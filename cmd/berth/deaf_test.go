package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A file system with owners of its own (cifs) answers yes to a chown and changes nothing. That is refused, in words, at each boot, and not
// called healed; the app, whom the rights there let in, starts, and the boot has its lock.
func TestAChownThatChangesNothing(t *testing.T) {
	sampled(t, killsEnv, 0)
	k := newKilling(t)
	k.lay()
	k.put("data/.berth/lock", "")
	err := filepath.WalkDir(k.dir+"/root/data", func(p string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chmod(p, 0o777)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, boot := range []string{"the first", "the second"} {
		code, said := k.boot("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fchownat", "-e", "inject=fchownat:retval=0")
		if strings.Contains(said, "strace: ") {
			t.Skipf("needs strace that may trace: %s", said)
		}
		if code != 0 || strings.Contains(said, "Fixing ownership") || strings.Contains(said, "lock") {
			t.Errorf("%s boot ended with %d and says\n%s", boot, code, said)
		}
		for _, want := range []string{": /data: operation not permitted", "chown failed", "logs, logs/app.log, skills, skills/a", "; the app can read and write there all the same"} {
			if !strings.Contains(said, want) {
				t.Errorf("%s boot does not say %q, but\n%s", boot, want, said)
			}
		}
	}
}
