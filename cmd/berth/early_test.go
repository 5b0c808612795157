package main

import (
	"testing"

	"github.com/berth-init/berth/internal/early"
	"github.com/berth-init/berth/internal/s6"
	"github.com/berth-init/berth/internal/s6log"
	"github.com/berth-init/berth/internal/s6rcwords"
)

// What is main's to do has to be on the list of what early leaves to it, or a name would mean two things.
func TestEarlyLeavesMainItsWords(t *testing.T) {
	names := []string{
		"s6-log", "logutil-service", "logutil-newfifo", "halt", "poweroff", "reboot", "shutdown", "s6-rc", "s6-rc-db", "s6-rc-compile",
		"s6-rc-init", "s6-rc-update", "s6-rc-bundle", "s6-rc-dryrun", "s6-rc-format-upgrade",
	}
	for _, name := range names {
		if s6.Find(name) == nil && s6log.Find(name) == nil && s6rcwords.Find(name) == nil {
			t.Errorf("%s: main has no such word", name)
		}
		if !early.Late(name) || early.Find(name) != nil {
			t.Errorf("%s: early takes it for its own", name)
		}
	}
	if early.Late("s6-svc") || early.Find("s6-svc") == nil || early.Find("if") == nil {
		t.Error("early has no words")
	}
}
