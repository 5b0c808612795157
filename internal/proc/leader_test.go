package proc

import (
	"os"
	"strings"
	"testing"
)

func TestTheNameIsTheProcesssAndNotAThreads(t *testing.T) {
	before, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Skip("needs /proc")
	}
	defer func() { _ = NameLeader(strings.TrimSpace(string(before))) }()
	done := make(chan error)
	go func() { done <- NameLeader("s6-svscan") }()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile("/proc/self/comm"); string(got) != "s6-svscan\n" {
		t.Errorf("the process is called %q", got)
	}
}
