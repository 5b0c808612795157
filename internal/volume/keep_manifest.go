package volume

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/boot"
)

const (
	maxManifest  = 1 << 20
	manifestMode = 0o644
)

// A manifest says which version of an entry was laid last: lines NAME:HASH. Older images wrote the name alone; which
// version that was nobody knows, so that the entry is the user's until it is the image's own again.
type manifest map[string]string

func parseManifest(data []byte) manifest {
	m := manifest{}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		name, sum := line, ""
		if i := strings.LastIndexByte(line, ':'); i >= 0 && isSum(line[i+1:]) {
			name, sum = line[:i], line[i+1:]
		}
		if name != "" {
			m[name] = sum
		}
	}
	return m
}

// isSum says whether a text is an MD5, or nothing, as in "NAME:".
func isSum(s string) bool {
	return s == "" || len(s) == 32 && strings.Trim(s, "0123456789abcdef") == ""
}

func (m manifest) text() []byte {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(m)) {
		b.WriteString(name)
		if m[name] != "" {
			b.WriteString(":" + m[name])
		}
		b.WriteString("\n")
	}
	return []byte(b.String())
}

// text reads a small file of the tree; nothing where there is none.
func (c *keeping) text(name string) ([]byte, error) {
	at, err := reach(c.w, c.at(name))
	if err != nil {
		return nil, err
	}
	defer at.close()
	data, _, err := read(c.w, at, maxManifest)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

func (c *keeping) readManifest() (manifest, error) {
	data, err := c.text(c.say.Manifest)
	return parseManifest(data), err
}

// writeManifest records what was laid, once all of it is on the disk.
func (c *keeping) writeManifest() error {
	if maps.Equal(c.was, c.now) {
		return nil
	}
	name := c.at(c.say.Manifest)
	if err := admits(c.r, path.Dir(name)); err != nil {
		return err
	}
	s := boot.Step{Target: name, Verb: "write", Why: "it records which versions of the image's entries were laid"}
	_, err := c.r.Do(s, func() error {
		at, err := reach(c.w, name)
		if err != nil {
			return err
		}
		defer at.close()
		return c.w.AsApp(func() error { return at.dir.Replace(at.name, c.now.text(), attr(c.w, manifestMode)) })
	})
	return err
}

// somethingAt says whether anything at all stands at a name of the volume, a link and a mount point included.
func somethingAt(w *boot.World, name string) (there bool, err error) {
	at, err := reach(w, name)
	if err != nil {
		return false, err
	}
	defer at.close()
	err = asNeeded(w, func() error {
		there, err = at.dir.Exists(at.name)
		return err
	})
	return there, err
}
