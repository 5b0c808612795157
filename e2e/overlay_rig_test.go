package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The image of these tests is one in s6-overlay's manner, whose scripts note what happens to them on stderr.

// overlayUp is a main that notes that it runs, after all that comes before it.
var overlayUp = []string{"sh", "-c", "note main runs; echo main-is-up; exec sleep infinity"}

// boots starts a container of the image and waits until main runs.
func boots(t *testing.T, options ...string) *container {
	t.Helper()
	c := start(t, append(append(options, overlay), overlayUp...)...)
	c.awaitUp(t)
	return c
}

// story gives what the scripts have noted so far, in order.
func (c *container) story(t *testing.T) []string {
	t.Helper()
	return notes(docker(t, "logs", c.id).err)
}

func notes(text string) []string {
	var all []string
	for line := range strings.SplitSeq(text, "\n") {
		if _, note, ok := strings.Cut(line, "note: "); ok {
			all = append(all, strings.TrimSpace(note))
		}
	}
	return all
}

// noted waits until a script has noted something.
func (c *container) noted(t *testing.T, note string) {
	t.Helper()
	var story []string
	defer func() {
		if t.Failed() {
			t.Logf("the story so far:\n%s", strings.Join(story, "\n"))
		}
	}()
	eventually(t, fmt.Sprintf("a script notes %q", note), func() bool {
		story = c.story(t)
		return slices.Contains(story, note)
	})
}

// inOrder fails the test unless all notes were made, the first of each in this order.
func inOrder(t *testing.T, story []string, want ...string) {
	t.Helper()
	last := -1
	for _, note := range want {
		at := slices.Index(story, note)
		switch {
		case at < 0:
			t.Errorf("nobody noted %q in:\n%s", note, strings.Join(story, "\n"))
			return
		case at < last:
			t.Errorf("%q was noted too early in:\n%s", note, strings.Join(story, "\n"))
			return
		}
		last = at
	}
}

// status is what s6-svstat says of a slot, as the app's user.
func (c *container) status(t *testing.T, slot string) string {
	t.Helper()
	r := docker(t, "exec", "--user", "10000:10000", c.id, "/command/s6-svstat", "/run/service/"+slot)
	if r.code != 0 {
		t.Fatalf("s6-svstat %s: code %d: %s", slot, r.code, r.all())
	}
	return strings.TrimSpace(r.out)
}

// awaitStatus waits until s6-svstat's line begins with something.
func (c *container) awaitStatus(t *testing.T, slot, begins string) string {
	t.Helper()
	said := ""
	defer func() {
		if t.Failed() {
			t.Logf("s6-svstat says of %s: %s", slot, said)
		}
	}()
	eventually(t, fmt.Sprintf("%s is %q", slot, begins), func() bool {
		said = c.status(t, slot)
		return strings.HasPrefix(said, begins)
	})
	return said
}
