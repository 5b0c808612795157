package e2e

import (
	"strings"
	"testing"
)

// A volume is a named volume of one test.
type volume struct{ name string }

// newVolume makes an empty volume; the engine lays the image's directory on it when it is first mounted empty.
func newVolume(t *testing.T, options ...string) *volume {
	t.Helper()
	v := &volume{name: unique("vol")}
	// Cleanups run last first, so the containers of the test are gone by then.
	t.Cleanup(func() {
		if r, err := client("", "volume", "rm", "-f", v.name); err != nil || r.code != 0 {
			t.Logf("remove volume %s: %v %s", v.name, err, r.all())
		}
	})
	must(t, append(append([]string{"volume", "create"}, options...), v.name)...)
	return v
}

// prepared is newVolume with a script run in it as root.
func prepared(t *testing.T, script string) *volume {
	t.Helper()
	v := newVolume(t)
	v.sh(t, script)
	return v
}

// at gives the option that mounts the volume.
func (v *volume) at(path string) string { return "--volume=" + v.name + ":" + path }

// data is at for the Hermes image's volume.
func (v *volume) data() string { return v.at("/opt/data") }

// source gives the volume's directory as the engine's host knows it, for bind mounts.
func (v *volume) source(t *testing.T) string {
	t.Helper()
	return must(t, "volume", "inspect", "--format", "{{.Mountpoint}}", v.name)
}

// sh runs a script as root in the volume's directory, beside any container: its output, trimmed.
func (v *volume) sh(t *testing.T, script string) string {
	t.Helper()
	return kept(t, "/volumes/"+v.name+"/_data", script)
}

// owners gives a line "path uid:gid mode" for each path.
func (v *volume) owners(t *testing.T, paths ...string) map[string]string {
	t.Helper()
	return parseOwners(v.sh(t, "stat -c '%n|%u:%g %a' -- "+quoteAll(paths)))
}

func parseOwners(lines string) map[string]string {
	found := map[string]string{}
	for line := range strings.SplitSeq(lines, "\n") {
		path, owner, _ := strings.Cut(line, "|")
		found[path] = owner
	}
	return found
}

// wants checks owner and mode of paths: "uid:gid mode", or "uid:gid" for the owner alone.
func (v *volume) wants(t *testing.T, want map[string]string) {
	t.Helper()
	paths := make([]string, 0, len(want))
	for path := range want {
		paths = append(paths, path)
	}
	got := v.owners(t, paths...)
	for path, w := range want {
		g := got[path]
		if !strings.Contains(w, " ") {
			g, _, _ = strings.Cut(g, " ")
		}
		if g != w {
			t.Errorf("%s belongs to %s, want %s", path, g, w)
		}
	}
}

// snapshot gives everything on the volume with owner, mode and the time of its last change, less what each boot may
// write: .berth and logs.
func (v *volume) snapshot(t *testing.T) string {
	t.Helper()
	return v.sh(t, `find . \( -path ./.berth -o -path ./logs \) -prune -o -printf '%p %U:%G %m %y %l %s %C@\n' | sort`)
}

// quoteAll makes words for a shell that tests wrote themselves.
func quoteAll(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
	}
	return strings.Join(quoted, " ")
}
