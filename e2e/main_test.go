package e2e

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// The images under test.
const (
	hermes       = "berth-hermes:dev"
	transmission = "berth-transmission:dev"
	overlay      = "berth-overlay:dev"
)

// noEngine says why nothing can run; empty when an engine answered.
var noEngine string

func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f != nil && !wasSet("test.parallel") {
		// Most of a test's time is the engine's, so a few more tests than cores is the quickest.
		_ = flag.Set("test.parallel", "4")
	}
	noEngine = lookForEngine()
	if noEngine != "" && os.Getenv("CI") == "true" {
		fmt.Fprintln(os.Stderr, "e2e: "+noEngine)
		os.Exit(1)
	}
	code := m.Run()
	removeShared()
	os.Exit(code)
}

func wasSet(name string) bool {
	set := false
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == name })
	return set
}

func lookForEngine() string {
	if os.Getenv("DOCKER_HOST") == "" {
		return "no container engine: DOCKER_HOST is not set"
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "docker", "version", "--format", "{{.Server.Version}}").CombinedOutput()
	if err != nil {
		return "no container engine answers at DOCKER_HOST: " + strings.TrimSpace(string(out))
	}
	return ""
}

// needs lets a test run beside others, where there is an engine that has the images.
func needs(t *testing.T, images ...string) {
	t.Helper()
	if noEngine != "" {
		t.Skip("needs an engine: " + noEngine)
	}
	for _, image := range images {
		if r := docker(t, "image", "inspect", "--format", "{{.Id}}", image); r.code != 0 {
			t.Fatalf("the engine has no image %s: run `make images`", image)
		}
	}
	keeper(t) // it makes it cheap to run others
	t.Parallel()
}

// unique makes a name that no other test and no other run of these tests uses.
func unique(kind string) string {
	return "berth-e2e-" + kind + "-" + strings.ToLower(rand.Text()[:12])
}
