package volume

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A keptModel is the law of kept trees in its simplest form: whole entries by what they hold, and nothing of hashes, stages or
// manifests.
type keptModel struct {
	image, volume, last map[string]string // the text of an entry, by its path
}

// boot says what a boot makes of it.
func (m *keptModel) boot() {
	for entry := range maps.Clone(m.last) {
		_, brought := m.image[entry]
		if _, there := m.volume[entry]; !brought && !there && len(m.image) > 0 { // of an image that brings nothing, nothing is believed
			delete(m.last, entry) // nobody has it any more
		}
	}
	for entry, image := range m.image {
		last, known := m.last[entry]
		volume, there := m.volume[entry]
		switch {
		case known && !there: // deleted by the user
		case known && last == image: // the last that was laid is the newest
		case !there, volume == image, known && volume == last:
			m.volume[entry], m.last[entry] = image, image
		}
	}
}

// draw has the image and the user do something.
func (m *keptModel) draw(t *rapid.T, g *rig) (edited map[string]string, deleted []string) {
	entries := []string{"core", "web/fetch", "web/search", "a", "b/c/d"}
	texts := []string{"1", "2", "3"}
	edited = map[string]string{}
	bundle, tree := filepath.Join(g.root, "opt/app/skills"), g.at("skills")
	for range rapid.IntRange(0, 4).Draw(t, "changes of the image") {
		entry := rapid.SampledFrom(entries).Draw(t, "entry")
		if rapid.IntRange(0, 3).Draw(t, "goes") == 0 {
			g.check(os.RemoveAll(filepath.Join(bundle, entry)))
			delete(m.image, entry)
			continue
		}
		m.image[entry] = "image " + rapid.SampledFrom(texts).Draw(t, "text")
		g.bundle(entry, "SKILL.md", "skill")
		g.bundle(entry, "lib/text", m.image[entry])
	}
	for range rapid.IntRange(0, 3).Draw(t, "changes of the user") {
		entry := rapid.SampledFrom(entries).Draw(t, "entry")
		switch rapid.SampledFrom([]string{"edit", "edit", "delete", "restore", "cache"}).Draw(t, "what") {
		case "delete":
			g.check(os.RemoveAll(filepath.Join(tree, entry)))
			delete(m.volume, entry)
			delete(edited, entry)
			deleted = append(deleted, entry)
		case "cache":
			if _, there := m.volume[entry]; there { // what programs leave is no edit
				g.put("skills/"+entry+"/__pycache__/x.pyc", rapid.SampledFrom(texts).Draw(t, "text"), 0o644)
			}
		case "restore":
			if last, known := m.last[entry]; known { // the user takes its edit back
				m.own(g, entry, last)
				delete(edited, entry)
			}
		default:
			m.own(g, entry, "user "+rapid.SampledFrom(texts).Draw(t, "text"))
			edited[entry] = m.volume[entry]
		}
		deleted = slices.DeleteFunc(deleted, func(e string) bool { _, there := m.volume[e]; return there })
	}
	return edited, deleted
}

// own has the user write an entry.
func (m *keptModel) own(g *rig, entry, text string) {
	g.put("skills/"+entry+"/SKILL.md", "skill", 0o644)
	g.put("skills/"+entry+"/lib/text", text, 0o644)
	for dir := "skills/" + entry; dir != "."; dir = filepath.Dir(dir) {
		g.chown(g.at(dir), g.uid, g.gid)
	}
	m.volume[entry] = text
}

// TestLawKeptTrees: whatever image and user do between boots, what the user has changed or deleted stays so, what nobody has
// touched follows the image, a boot makes the very steps of its plan, and the next one is silent.
func TestLawKeptTrees(t *testing.T) {
	top := t.TempDir()
	seen := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(top, "kept")
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		g := keeps(rigIn(rt, dir))
		g.check(os.RemoveAll(g.root + "/opt/app/skills"))
		g.mkdir(g.root+"/opt/app/skills", 0o755)
		m := &keptModel{map[string]string{}, map[string]string{}, map[string]string{}}
		for range rapid.IntRange(1, 5).Draw(rt, "boots") {
			edited, deleted := m.draw(rt, g)
			known, before := maps.Clone(m.last), maps.Clone(m.volume)
			m.boot()
			r := g.lawful()
			now := map[string]string{}
			for name, text := range g.tree() {
				if entry, is := filepath.Dir(filepath.Dir(name)), filepath.Base(name) == "text"; is {
					now[entry] = text
				}
			}
			if d := cmp.Diff(m.volume, now); d != "" {
				rt.Fatalf("the tree isn't what the law says (-want +got):\n%s\nit said:\n%s", d, notes(r))
			}
			for entry, text := range edited {
				seen["edits that stayed"]++
				if now[entry] != text && text != m.image[entry] {
					rt.Fatalf("the user's %s became %q", entry, now[entry])
				}
			}
			for _, entry := range deleted {
				if _, laid := known[entry]; laid && m.image[entry] != "" {
					seen["deletions that stayed"]++
					if text, there := now[entry]; there {
						rt.Fatalf("the user has deleted %s, and it is back: %q", entry, text)
					}
				}
			}
			for entry, last := range known {
				if image := m.image[entry]; before[entry] == last && image != "" && image != last {
					seen["copies that followed"]++
					if now[entry] != image {
						rt.Fatalf("nobody has touched %s, and it is %q, not %q", entry, now[entry], image)
					}
				}
			}
			second := g.must()
			if len(second.Steps())+len(second.Notes()) > 0 {
				rt.Fatalf("a second boot did %q and said %s", steps(second), notes(second))
			}
		}
	})
	t.Log(seen)
	for _, what := range []string{"edits that stayed", "deletions that stayed", "copies that followed"} {
		if seen[what] == 0 {
			t.Errorf("there were no %s", what)
		}
	}
}
