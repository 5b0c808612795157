package e2e

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// What all tests share is made by the first that asks, and removed by removeShared.
var shared struct {
	sync.Mutex
	keeper string
	images []string
}

// keeper gives the container through which tests prepare and read volumes and look at other containers' processes:
// it sees the engine's volumes below /volumes and the engine host's processes, and may enter their namespaces.
var keeperOnce = sync.OnceValues(func() (string, error) {
	image, err := probeImage()
	if err != nil {
		return "", err
	}
	root, err := tell("info", "--format", "{{.DockerRootDir}}")
	if err != nil {
		return "", err
	}
	shared.Lock()
	defer shared.Unlock()
	shared.keeper = unique("keeper")
	id, err := tell("run", "-d", "--name", shared.keeper, "--network", "none", "--no-healthcheck", "--cap-add", "SYS_PTRACE", "--cap-add", "SYS_ADMIN", "--pid", "host",
		"-v", root+"/volumes:/volumes", "--entrypoint", "/usr/local/bin/probe", image, "wait")
	if err != nil {
		return "", err
	}
	mounts, err := tell("inspect", "--format", "{{.HostsPath}}:/etc/hosts {{.ResolvConfPath}}:/etc/resolv.conf", id)
	if names := strings.Fields(mounts); err == nil {
		nameFiles.Store(&names)
	}
	return id, err
})

func keeper(t *testing.T) string {
	t.Helper()
	id, err := keeperOnce()
	if err != nil {
		t.Fatalf("start the tests' own container: %v", err)
	}
	return id
}

// probeImage makes the Hermes image with the tests' own program in it, for mains that a shell can't play.
var probeImage = sync.OnceValues(func() (string, error) {
	program, err := buildProbe()
	if err != nil {
		return "", err
	}
	return buildImage("FROM "+hermes+"\nCOPY probe mcp /usr/local/bin/\n", map[string][]byte{
		"probe": program,
		// A program on PATH whose name is a verb of the app, too.
		"mcp": []byte("#!/bin/sh\necho shadow\n"),
	})
})

func withProbe(t *testing.T) string {
	t.Helper()
	image, err := probeImage()
	if err != nil {
		t.Fatalf("build the image with the tests' program: %v", err)
	}
	return image
}

// buildProbe compiles images/probe for the engine's machine.
var buildProbe = sync.OnceValues(func() ([]byte, error) {
	arch, err := tell("version", "--format", "{{.Server.Arch}}")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "berth-e2e-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	to := filepath.Join(dir, "probe")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", to, "./images/probe")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch, "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build probe: %w: %s", err, out)
	}
	return os.ReadFile(to)
})

// buildImage builds an image from a Dockerfile's text and files; all files may be run.
func buildImage(dockerfile string, files map[string][]byte) (string, error) {
	var context bytes.Buffer
	w := tar.NewWriter(&context)
	add := func(name string, mode int64, data []byte) error {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: mode, Size: int64(len(data)), Typeflag: tar.TypeReg}); err != nil {
			return err
		}
		_, err := w.Write(data)
		return err
	}
	err := add("Dockerfile", 0o644, []byte(dockerfile))
	for name, data := range files {
		err = errors.Join(err, add(name, 0o755, data))
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return "", err
	}
	return build(&context)
}

// build builds an image from a context; the arguments are options of docker build.
func build(context *bytes.Buffer, args ...string) (string, error) {
	name := unique("image") + ":test"
	r, err := client(context.String(), append(append([]string{"build", "-q", "--network", "none", "-t", name}, args...), "-")...)
	if err == nil && r.code != 0 {
		err = fmt.Errorf("exit code %d", r.code)
	}
	if err != nil {
		return "", fmt.Errorf("docker build: %w: %s", err, r.all())
	}
	shared.Lock()
	defer shared.Unlock()
	shared.images = append(shared.images, name)
	return name, nil
}

// berthBinary takes berth out of the image under test, so that images of the tests' own run the very same.
var berthBinary = sync.OnceValues(func() ([]byte, error) {
	name := unique("copy")
	if _, err := tell("create", "--name", name, hermes); err != nil {
		return nil, err
	}
	defer func() { _, _ = client("", "rm", "-f", "-v", name) }()
	r, err := client("", "cp", "-L", name+":/init", "-")
	if err == nil && r.code != 0 {
		err = fmt.Errorf("exit code %d", r.code)
	}
	if err != nil {
		return nil, fmt.Errorf("docker cp: %w: %s", err, r.err)
	}
	archive := tar.NewReader(strings.NewReader(r.out))
	for {
		head, err := archive.Next()
		if err != nil {
			return nil, fmt.Errorf("find berth in the image: %w", err)
		}
		if head.Typeflag == tar.TypeReg && head.Size > 0 && path.Base(head.Name) != "" {
			return io.ReadAll(archive)
		}
	}
})

// tell is must where there is no test to fail.
func tell(args ...string) (string, error) {
	r, err := client("", args...)
	if err == nil && r.code != 0 {
		err = fmt.Errorf("exit code %d", r.code)
	}
	if err != nil {
		return "", fmt.Errorf("docker %s: %w: %s", strings.Join(args, " "), err, r.err)
	}
	return strings.TrimSpace(r.out), nil
}

// removeShared removes what keeper and buildImage made.
func removeShared() {
	shared.Lock()
	defer shared.Unlock()
	if shared.keeper != "" {
		_, _ = client("", "rm", "-f", "-v", shared.keeper)
	}
	for _, image := range shared.images {
		_, _ = client("", "rmi", "-f", image)
	}
}
