package e2e

import (
	"archive/tar"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// publishedImage is a stand-in for the published app: its layout, its own /init and tini, and an entry of its own.
var publishedImage = sync.OnceValues(func() (string, error) {
	return buildImage(`FROM berth-base:debian
COPY hermes /opt/hermes/.venv/bin/hermes
COPY own-init /init
COPY own-init /usr/bin/tini
COPY own-init /opt/hermes/docker/entrypoint.sh
RUN set -eu; cd /opt/hermes; mkdir -p ui-tui node_modules gateway bin /opt/data; ln -s ../.venv/bin/hermes bin/hermes; \
  groupadd -g 10000 hermes; useradd -u 10000 -g 10000 -d /opt/data -M -s /bin/bash hermes; \
  echo A=1 > .env.example; echo 'model: published' > cli-config.yaml.example; echo published > docker/SOUL.md; \
  chown -R 10000:10000 .venv ui-tui node_modules gateway /opt/data
VOLUME /opt/data
ENTRYPOINT ["/init"]
`, map[string][]byte{
		"hermes":   []byte("#!/bin/sh\necho \"published hermes: $*\"\nid -u\n"),
		"own-init": []byte("#!/bin/sh\necho own init\nexit 99\n"),
	})
})

// onPublished builds the Hermes image's own Dockerfile with another image in the app's place.
var onPublished = sync.OnceValues(func() (string, error) {
	app, err := publishedImage()
	if err != nil {
		return "", err
	}
	berth, err := berthBinary()
	if err != nil {
		return "", err
	}
	context, err := hermesContext(berth)
	if err != nil {
		return "", err
	}
	return build(context, "-f", "images/hermes/Dockerfile", "--build-arg", "BASE=berth-base:debian", "--build-arg", "APP_IMAGE="+app)
})

// hermesContext makes the build context of images/hermes, with a given berth.
func hermesContext(berth []byte) (*bytes.Buffer, error) {
	var context bytes.Buffer
	w := tar.NewWriter(&context)
	add := func(name, link string, mode int64, data []byte) error {
		h := &tar.Header{Name: name, Mode: mode, Size: int64(len(data)), Typeflag: tar.TypeReg}
		if link != "" {
			h.Typeflag, h.Linkname = tar.TypeSymlink, link
		}
		if err := w.WriteHeader(h); err != nil {
			return err
		}
		_, err := w.Write(data)
		return err
	}
	err := errors.Join(
		add("bin/berth", "", 0o755, berth),
		// The builder makes the stand-in's stage though nothing is taken from it.
		add("bin/standin", "", 0o755, []byte("#!/bin/sh\n")),
		filepath.WalkDir("../images/hermes", func(path string, entry fs.DirEntry, err error) error {
			name, _ := filepath.Rel("..", path)
			switch {
			case err != nil || entry.IsDir():
				return err
			case entry.Type()&fs.ModeSymlink != 0:
				link, err := os.Readlink(path)
				return errors.Join(err, add(name, link, 0o777, nil))
			}
			data, err := os.ReadFile(path)
			return errors.Join(err, add(name, "", 0o644, data))
		}),
	)
	return &context, errors.Join(err, w.Close())
}

func TestThePublishedAppUnderBerth(t *testing.T) {
	needs(t, hermes)
	app, err := publishedImage()
	if err != nil {
		t.Fatalf("build a stand-in for the published image: %v", err)
	}
	has(t, runs(t, 99, app).out, "own init")
	image, err := onPublished()
	if err != nil {
		t.Fatalf("put berth under it: %v", err)
	}
	v := newVolume(t)
	same(t, "the app's help", output(t, v.data(), image, "--help"), "published hermes: --help\n10000")
	same(t, "a verb", output(t, v.data(), "-e", "HERMES_GATEWAY_NO_SUPERVISE=1", image, "gateway", "run"), "published hermes: gateway run\n10000")
	same(t, "a verb of the app's own", output(t, v.data(), image, "mcp", "list"), "published hermes: mcp list\n10000")
	has(t, output(t, v.data(), image, "profile", "list"), "default")
	runs(t, 42, v.data(), image, "sh", "-c", "exit 42")
	for _, entry := range []string{"/init", "/usr/bin/tini", "/opt/hermes/docker/entrypoint.sh"} {
		same(t, entry, output(t, v.data(), "--entrypoint", entry, image, "id", "-u"), "10000")
	}
	v.wants(t, map[string]string{".env": "10000:10000 600", "config.yaml": "10000:10000 640"})
	same(t, "its own template", v.sh(t, "cat SOUL.md"), "published")
	c := startUp(t, "-e", "PUID=4242", "-e", "PGID=4242", v.data(), image)
	same(t, "the app's tree", c.sh(t, "stat -c %u /opt/hermes/.venv/bin/hermes"), "4242")
	same(t, "hermes as docker exec finds it", must(t, "exec", c.id, "hermes", "--version"), "published hermes: --version\n4242")
}
