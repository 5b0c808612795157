package e2e

import (
	"strings"
	"sync"
	"testing"
)

// transmissionWithProbe is the image under test with a web client in it.
var transmissionWithProbe = sync.OnceValues(func() (string, error) {
	program, err := buildProbe()
	if err != nil {
		return "", err
	}
	return buildImage("FROM "+transmission+"\nCOPY probe /usr/local/bin/\n", map[string][]byte{"probe": program})
})

func TestTransmission_TheWebInterfaceAnswers(t *testing.T) {
	needs(t, transmission)
	image, err := transmissionWithProbe()
	if err != nil {
		t.Fatal(err)
	}
	v := newVolume(t)
	c := start(t, v.at("/config"), "-e", "PUID=1000", "-e", "PGID=1000", image)
	eventually(t, "the web interface answers", func() bool {
		r := c.exec(t, "probe", "get", "http://127.0.0.1:9091/transmission/web/")
		return strings.HasPrefix(r.out, "200\n")
	})
	has(t, c.exec(t, "probe", "get", "http://127.0.0.1:9091/transmission/rpc").out, "409")
	for _, p := range c.named(t, "transmission-da") {
		if p.uid != 1000 || p.gid != 1000 || p.parent != 1 {
			t.Errorf("the daemon is %+v, want uid and gid 1000, a child of PID 1", p)
		}
	}
	must(t, "stop", c.id)
	if code := c.code(t); code != 0 {
		t.Errorf("a daemon that saved its state ended the container with %d, want 0:\n%s", code, docker(t, "logs", c.id).all())
	}
	v.wants(t, map[string]string{".": "1000:1000", "settings.json": "1000:1000 600", "torrents": "1000:1000", "resume": "1000:1000"})
	has(t, v.sh(t, "cat settings.json"), `"rpc-port": 9091`, "/downloads/complete")
}

func TestTransmission_Identity(t *testing.T) {
	needs(t, transmission)
	same(t, "by default", output(t, transmission, "sh", "-c", who), "911:911 911")
	same(t, "remapped", output(t, "-e", "PUID=99", "-e", "PGID=100", transmission, "sh", "-c", who), "99:100 100")
	r := runs(t, 0, "-e", "PUID=0", transmission, "id", "-u")
	same(t, "root is refused", strings.TrimSpace(r.out), "911")
	has(t, r.err, "berth: ", "PUID")
	same(t, "umask", output(t, "-e", "UMASK=027", transmission, "sh", "-c", "umask"), "0027")
	same(t, "home", output(t, transmission, "sh", "-c", "echo $HOME"), "/config")
}

func TestTransmission_OwnershipAndModes(t *testing.T) {
	needs(t, transmission)
	v := prepared(t, `mkdir -p torrents/deep photos; echo t > torrents/deep/t; echo p > photos/p; echo '{"rpc-port": 9091}' > settings.json; chmod 644 settings.json; echo x > foreign`)
	c := startUp(t, v.at("/config"), "-e", "PUID=1000", "-e", "PGID=1000", transmission)
	v.wants(t, map[string]string{
		".": "1000:1000", "torrents/deep/t": "1000:1000", "settings.json": "1000:1000 600", "photos/p": "0:0", "foreign": "0:0", "resume": "1000:1000",
	})
	same(t, "the user's settings", v.sh(t, "cat settings.json"), `{"rpc-port": 9091}`)
	before := v.snapshot(t)
	quiet(t, c.restart(t))
	same(t, "the volume after a second boot", v.snapshot(t), before)
}

func TestTransmission_ExitCodesAndStop(t *testing.T) {
	needs(t, transmission)
	runs(t, 42, transmission, "sh", "-c", "exit 42")
	runs(t, 143, transmission, "sh", "-c", "kill -TERM $$")
	runs(t, 127, transmission, "/no/such/program")
	c := start(t, transmission, "sh", "-c", `trap 'exit 7' TERM; echo main-is-up; while :; do sleep 0.05; done`)
	c.awaitUp(t)
	must(t, "stop", c.id)
	if code := c.code(t); code != 7 {
		t.Errorf("the container ended with %d, want main's own 7", code)
	}
}
