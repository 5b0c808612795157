package spec

import (
	"strings"
	"testing"
)

// A profile's slot is one thing on the volume, a plain service may run in as many containers as there are.
func TestWhoTakesALease(t *testing.T) {
	for service, want := range map[string]bool{
		"command: [x]":                                  false,
		"command: [x], lease: true":                     true,
		"command: [x], lease: false":                    false,
		"command: [x], per-profile: true":               true,
		"command: [x], per-profile: true, lease: false": false,
		"command: [x], per-profile: true, lease: true":  true,
		"kind: task, command: [x], lease: true":         true,
	} {
		s, complaints := Read(func(string) ([]byte, error) {
			return []byte("version: 1\nprofiles: {dir: profiles, marker: m}\nvolume: {path: /data}\nservices:\n  bot: {" + service + "}\n"), nil
		}, "/berth.yaml")
		if len(complaints) > 0 {
			t.Fatalf("%s: %v", service, complaints)
		}
		if v := s.Services["bot"]; v.Leased() != want {
			t.Errorf("%s: %v", service, !want)
		}
		v := s.Instance("bot", "a")
		if v.Leased() != want {
			t.Errorf("%s, of a profile: %v", service, !want)
		}
	}
}

// A lease lies on the volume: without one it would be a promise that nobody keeps.
func TestALeaseNeedsAVolume(t *testing.T) {
	_, complaints := Read(func(string) ([]byte, error) {
		return []byte("version: 1\nservices:\n  bot: {command: [x], lease: true}\n"), nil
	}, "/berth.yaml")
	if len(complaints) != 1 || !strings.Contains(complaints[0].Text, "services.bot.lease: the spec has no volume") {
		t.Errorf("it complains %v", complaints)
	}
}
