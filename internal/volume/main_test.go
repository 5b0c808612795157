package volume

import (
	"os"
	"testing"
)

// TestMain lets the test program be its own besieger, see TestSiege.
func TestMain(m *testing.M) {
	if role := os.Getenv(besiegerEnv); role != "" {
		besiege(role, os.Args[1], os.Args[2])
		return
	}
	os.Exit(m.Run())
}
