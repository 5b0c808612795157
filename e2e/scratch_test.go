package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
)

// bareImage makes an image of two files: berth as /init and one static program; no shell, no /etc/passwd, no spec.
var bareImage = sync.OnceValues(func() (string, error) {
	berth, err := berthBinary()
	if err != nil {
		return "", err
	}
	probe, err := buildProbe()
	if err != nil {
		return "", err
	}
	return buildImage("FROM scratch\nCOPY init probe /\nENTRYPOINT [\"/init\"]\nCMD [\"/probe\", \"about\"]\n",
		map[string][]byte{"init": berth, "probe": probe})
})

func bare(t *testing.T) string {
	t.Helper()
	image, err := bareImage()
	if err != nil {
		t.Fatalf("build an image from nothing: %v", err)
	}
	return image
}

// about is what the probe says of itself.
type about struct {
	Args     []string
	UID, GID int
	Groups   []int
	Dir      string
	Env      []string
	Parent   int
}

func tellAbout(t *testing.T, args ...string) about {
	t.Helper()
	var a about
	out := output(t, args...)
	if err := json.Unmarshal([]byte(out), &a); err != nil {
		t.Fatalf("%v: %q", err, out)
	}
	return a
}

func TestA113_AnImageWithoutAShellBoots(t *testing.T) {
	needs(t, hermes)
	image := bare(t)
	a := tellAbout(t, image)
	if a.UID != 1000 || a.GID != 1000 || a.Parent != 1 || slices.Contains(a.Groups, 0) {
		t.Errorf("main is %+v, want uid and gid 1000, a child of PID 1, without root's group", a)
	}
	a = tellAbout(t, "-e", "PUID=99", "-e", "PGID=100", image, "/probe", "about", "two  words", "")
	if a.UID != 99 || a.GID != 100 || !slices.Equal(a.Args, []string{"two  words", ""}) {
		t.Errorf("main is %+v, want uid 99, gid 100 and its arguments as given", a)
	}
	runs(t, 42, image, "/probe", "exit", "42")
	runs(t, 127, image, "/no/such/program")
}

func TestA113_AVolumeIsHandedOverWhereOneIsMounted(t *testing.T) {
	needs(t, hermes)
	for _, path := range []string{"/config", "/data"} {
		v := prepared(t, "touch mine; mkdir dir; touch dir/x")
		a := tellAbout(t, v.at(path), "-e", "PUID=4242", "-e", "PGID=4243", bare(t))
		if a.UID != 4242 {
			t.Errorf("main's uid is %d, want 4242", a.UID)
		}
		v.wants(t, map[string]string{".": "4242:4243"})
		before := v.snapshot(t)
		quiet(t, runs(t, 0, v.at(path), "-e", "PUID=4242", "-e", "PGID=4243", bare(t)).err)
		same(t, "the volume after a second boot", v.snapshot(t), before)
	}
}

func TestA113_SignalsAndStopWithoutAShell(t *testing.T) {
	needs(t, hermes)
	c := start(t, bare(t), "/probe", "signals")
	c.says(t, "ready")
	must(t, "kill", "-s", "HUP", c.id)
	c.says(t, "signal 1\n")
	must(t, "stop", c.id)
	if code := c.code(t); code != 7 {
		t.Errorf("the container ended with %d, want main's own 7", code)
	}
}

func TestA113_ASpecWithoutAShell(t *testing.T) {
	needs(t, hermes)
	v := prepared(t, `cat > berth.yaml <<'Y'
version: 1
app: tiny
user: {name: tiny, uid: 5000, gid: 5000, uid-env: [PUID]}
volume: {path: /data, dirs: [state], own: {trees: [state]}, modes: {secret: "0600"}}
seed:
  - {path: hello, content: "hi\n"}
  - {path: secret, from-env: SECRET, mode: "0600", secret: true}
main: {command: [/probe, about], verbs: [wait]}
Y`)
	data := newVolume(t)
	a := tellAbout(t, v.at("/spec"), data.at("/data"), "-e", "BERTH_SPEC=/spec/berth.yaml", "-e", "SECRET=hush", bare(t))
	if a.UID != 5000 {
		t.Errorf("main's uid is %d, want 5000", a.UID)
	}
	for _, e := range a.Env {
		if strings.HasPrefix(e, "SECRET=") {
			t.Error("main sees the secret's variable")
		}
	}
	data.wants(t, map[string]string{"state": "5000:5000", "hello": "5000:5000", "secret": "5000:5000 600"})
}

func TestTheEmbeddedDefaultRefusesNoUser(t *testing.T) {
	needs(t, hermes)
	// Without root nothing can be handed over; a volume that the user can write is enough.
	v := prepared(t, "chown 1234:1234 .; touch x")
	r := run(t, "--user", "1234:1234", v.at("/data"), bare(t))
	if r.code != 0 && r.code != 1 {
		t.Errorf("exit code %d, want a boot or the guard's 1:\n%s", r.code, r.all())
	}
	if r.code == 1 {
		has(t, r.err, "berth: hint: ", "BERTH_OTHER_USERS")
		r = runs(t, 0, "--user", "1234:1234", "-e", "BERTH_OTHER_USERS=adopt", v.at("/data"), bare(t))
	}
	has(t, r.out, `"uid":1234`)
}
