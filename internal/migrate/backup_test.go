package migrate

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// A clock that was set back names no copy so that it goes as the oldest.
func TestAClockSetBackCostsNoBackup(t *testing.T) {
	g := newRig(t).put("config.yaml", newConfig, 0o640).put(".env", "WORK=of a day\n", 0o600)
	for i := range 3 {
		g.put(fmt.Sprintf("backups/config/.env.bak-2026010%dT000000Z", i+1), fmt.Sprintf("A=%d\n", i), 0o600)
	}
	g.put(noteName, `{"format":1,"files":{".env":".env.bak-20260103T000000Z"}}`, 0o600)
	g.now = time.Date(1970, 1, 1, 0, 0, 5, 0, time.UTC)
	g.boot()
	g.wants(".env", "A=2\n", 0o600)
	g.wants("backups/config/.env.bak-20260103T000000Z.1", "WORK=of a day\n", 0o600)
	if got := g.shelfOf(".env"); !slices.Equal(got, []string{"A=1\n", "A=2\n", "WORK=of a day\n"}) {
		t.Errorf("the backups are %q", got)
	}
}

// The names of one stamp come to an end; that is said, and nothing is replaced without a backup.
func TestWithoutAFreeNameNothingIsMigrated(t *testing.T) {
	g := old(t).put("backups/config/config.yaml.bak-99990101T000000Z.999", "x", 0o600)
	says(t, notes(g.boot()), "ERROR Migration failed; restored nothing")
	g.wants("config.yaml", oldConfig, 0o640)
	g.wants("backups/config/config.yaml.bak-99990101T000000Z.999", "x", 0o600)
}
