package hermes

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/fsx"
)

// copies copies one directory of the volume into another, as the app's user.
func (g *rig) copies(ctx context.Context, skip func(string) bool) (*remarks, error) {
	g.t.Helper()
	const from, to = "from", "to"
	g.mkdir(to)
	c := &copier{volume: g.e.Volume, stage: to, remarks: &remarks{}}
	err := g.e.As(func() error {
		src, err := g.e.Volume.Sub(from)
		if err != nil {
			return err
		}
		defer func() { _ = src.Close() }()
		dst, err := g.e.Volume.Sub(to)
		if err != nil {
			return err
		}
		defer func() { _ = dst.Close() }()
		return c.tree(ctx, src, from, dst, skip)
	})
	return c.remarks, err
}

func TestCopyOfFiles(t *testing.T) {
	for _, c := range []struct {
		about string
		size  int
		mode  os.FileMode
		want  os.FileMode
	}{
		{"an empty file", 0, 0o644, 0o644},
		{"a small one", 5, 0o600, 0o600},
		{"one of a buffer", copyBuffer, 0o640, 0o640},
		{"one of a little more", copyBuffer + 1, 0o444, 0o444},
		{"a large one", 5*copyBuffer + 7, 0o755, 0o755},
		{"one that runs as its owner doesn't any more", 3, 0o755 | os.ModeSetuid, 0o755},
	} {
		t.Run(c.about, func(t *testing.T) {
			g := quickRig(t)
			text := strings.Repeat("abcdefg", c.size/7+1)[:c.size]
			g.write("from/f", text, c.mode)
			if c.mode&os.ModeSetuid != 0 {
				ok(t, os.Chmod(g.at("from/f"), c.mode)) // a chown took it away
			}
			left, err := g.copies(t.Context(), nil)
			ok(t, err)
			in, err := os.Lstat(g.at("to/f"))
			ok(t, err)
			g.is(g.read("to/f") == text && in.Mode() == c.want, "%d bytes, %v", in.Size(), in.Mode())
			g.is(len(left.lines) == 0, "said %q", left.lines)
		})
	}
}

func TestCopyOfADeepTree(t *testing.T) {
	g := quickRig(t)
	deep := "from" + strings.Repeat("/d", maxLevels+2)
	g.mkdir(deep)
	left, err := g.copies(t.Context(), nil)
	ok(t, err)
	g.is(len(left.lines) == 1 && strings.Contains(left.lines[0], "nested too deep"), "said %q", left.lines)
	g.is(g.there("to"+strings.Repeat("/d", maxLevels)), "the upper levels are missing")
}

func TestCopyEndsWithItsContext(t *testing.T) {
	g := quickRig(t)
	g.write("from/a", strings.Repeat("x", 4*copyBuffer))
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	enough := errors.New("enough")
	remove := fsx.OnChange(func(op, _ string) {
		if op == "append" {
			cancel(enough)
		}
	})
	_, err := g.copies(ctx, nil)
	remove()
	g.is(errors.Is(err, enough), "got %v", err)
	in, err := os.Stat(g.at("to/a"))
	ok(t, err)
	g.is(in.Size() == copyBuffer, "it went on for %d bytes", in.Size())
}

// A log that grows while it is copied is copied as long as it was; one that shrinks, as far as it goes.
func TestCopyOfAFileThatChanges(t *testing.T) {
	for _, c := range []struct {
		about  string
		change func(f *os.File) error
		size   int64
	}{
		{"it grows", func(f *os.File) error { _, err := f.WriteAt(bytes.Repeat([]byte("y"), 100), 3*copyBuffer); return err }, 3 * copyBuffer},
		{"it shrinks", func(f *os.File) error { return f.Truncate(copyBuffer + 5) }, copyBuffer + 5},
	} {
		g := quickRig(t)
		g.write("from/log", strings.Repeat("x", 3*copyBuffer))
		f, err := os.OpenFile(g.at("from/log"), os.O_RDWR, 0)
		ok(t, err)
		once := true
		remove := fsx.OnChange(func(op, _ string) {
			if op == "append" && once {
				once = false
				ok(t, c.change(f))
			}
		})
		_, err = g.copies(t.Context(), nil)
		remove()
		ok(t, err, f.Close())
		in, err := os.Stat(g.at("to/log"))
		ok(t, err)
		g.is(in.Size() == c.size, "%s: %d bytes, want %d", c.about, in.Size(), c.size)
	}
}

func TestCopyIntoWhatIsNotEmpty(t *testing.T) {
	for _, name := range []string{"f", "d"} {
		g := quickRig(t)
		g.write("from/f", "new")
		g.mkdir("from/d")
		g.write("outside", "precious")
		g.link(g.at("outside"), "to/"+name)
		_, err := g.copies(t.Context(), nil)
		g.is(err != nil && g.read("outside") == "precious", "%s: %v, and the link's target says %q", name, err, g.read("outside"))
	}
}

func TestSkipNamesWhatLiesBelow(t *testing.T) {
	g := quickRig(t)
	for _, f := range []string{"a/x", "a/y", "b/a/x", "x"} {
		g.write("from/"+f, "")
	}
	asked := []string{}
	_, err := g.copies(t.Context(), func(name string) bool {
		asked = append(asked, name)
		return name == "a/x" || name == "x"
	})
	ok(t, err)
	g.is(slices.Equal(asked, []string{"a", "a/x", "a/y", "b", "b/a", "b/a/x", "x"}), "asked about %q", asked)
	g.is(slices.Equal(g.below("to"), []string{"a", "a/y", "b", "b/a", "b/a/x"}), "copied %q", g.below("to"))
}

// isDir says whether a name is a directory, and each above it, with no link on the way.
func (g *rig) isDir(name string) bool {
	if name == "." {
		return true
	}
	in, err := os.Lstat(g.at(name))
	return g.isDir(filepath.Dir(name)) && err == nil && in.IsDir()
}

// On any tree of directories, files and links: what resolve finds is what the kernel finds, as long as that lies on the
// volume; and it says no where the kernel would leave it.
func TestResolveLaw(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		g := quickRig(t)
		names := []string{"a", "b", "a/c", "a/d", "b/e", "b/a", "a/c/f"}
		target := rapid.OneOf(
			rapid.SampledFrom([]string{"..", "../..", "../../..", ".", "/", "/etc", g.home, g.home + "/a", g.home + "/../data/b", g.home + "x", "./a/./c", "nowhere"}),
			rapid.SampledFrom(names), rapid.Map(rapid.SampledFrom(names), func(n string) string { return "../" + n }),
		)
		for _, n := range names {
			if !g.isDir(filepath.Dir(n)) {
				continue
			}
			switch rapid.IntRange(0, 3).Draw(r, "kind of "+n) {
			case 0:
				g.write(n, n)
			case 1:
				g.link(target.Draw(r, "to"), n)
			case 2:
				g.mkdir(n)
			}
		}
		c := &copier{volume: g.e.Volume}
		for _, n := range names {
			var real string
			err := g.e.As(func() (err error) { real, _, err = c.resolve(n); return err })
			want, werr := filepath.EvalSymlinks(g.at(n))
			rel, _ := filepath.Rel(g.home, want)
			inside := werr == nil && rel != ".." && !strings.HasPrefix(rel, "../")
			switch {
			case err == nil && (!inside || rel != real):
				r.Fatalf("%s: resolved to %q, the kernel to %q (%v)", n, real, want, werr)
			case err != nil && inside && !errors.Is(err, errOutside): // a way that leaves and comes back is refused
				r.Fatalf("%s: %v, the kernel finds %q", n, err, want)
			}
		}
	})
}

func TestResolve(t *testing.T) {
	g := newRig(t)
	last := "end"
	g.write("end", "")
	for i := range maxLinks + 1 {
		name := fmt.Sprintf("l%d", i)
		g.link(last, name)
		last = name
	}
	g.link("loop", "loop")
	c := &copier{volume: g.e.Volume}
	for name, want := range map[string]error{
		"l39": nil, "l40": fsx.ErrSymlink, "loop": fsx.ErrSymlink, "gone": fs.ErrNotExist, "..": errOutside, "end/../../x": errOutside, "": nil,
	} {
		if _, _, err := c.resolve(name); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}
