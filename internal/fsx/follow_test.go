package fsx

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"pgregory.net/rapid"
)

// follow follows a name over made-up links, and gives what it looked at.
func follow(links map[string]string, name string) (way string, seen []string, err error) {
	way, err = Follow(name, func(at string, last bool) (string, error) {
		if last {
			seen = append(seen, at+" last")
		} else {
			seen = append(seen, at)
		}
		if at == "/refused" {
			return "", syscall.EACCES
		}
		return links[at], nil
	})
	return way, seen, err
}

func TestFollow(t *testing.T) {
	links := map[string]string{
		"/a": "b", "/b/c": "/d/e", "/d/e": "../x", "/up": "..", "/b/up": "../..", "/loop": "loop", "/one": "two", "/two": "one", "/b/dots": "././/y",
	}
	for _, c := range []struct {
		about, name, want string
		err               error
	}{
		{"no link", "/x/y", "/x/y", nil},
		{"the root", "/", "/", nil},
		{"slashes and dots", "//x/.//y/", "/x/y", nil},
		{"a link beside it", "/a", "/b", nil},
		{"a link on the way", "/a/z", "/b/z", nil},
		{"one behind the other, absolute and upwards", "/a/c", "/x", nil},
		{"up from where a link has led", "/a/../q", "/q", nil},
		{"never above the root", "/b/up/q", "/q", nil},
		{"a link with dots in it", "/b/dots/z", "/b/y/z", nil},
		{"one that is itself", "/loop", "", syscall.ELOOP},
		{"two that are each other", "/one/x", "", syscall.ELOOP},
		{"a step that is refused", "/refused/x", "", syscall.EACCES},
	} {
		if got, _, err := follow(links, c.name); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %s leads to %q, %v", c.about, c.name, got, err)
		}
	}
	_, seen, _ := follow(links, "/a/z")
	if want := []string{"/", "/a", "/b", "/b/z last"}; !slices.Equal(seen, want) {
		t.Errorf("it looks at %q", seen)
	}
}

// Whatever links there are, it comes to where filepath.EvalSymlinks does.
func TestFollowLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		top, err := os.MkdirTemp("", "follow")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = os.RemoveAll(top) }()
		if top, err = filepath.EvalSymlinks(top); err != nil {
			t.Fatal(err)
		}
		_ = os.MkdirAll(top+"/a/b", 0o700)
		target := rapid.SampledFrom([]string{"a", "b", "..", ".", "../l0", "l1", "a/../l2", top + "/a", "./b//", "none"})
		for _, at := range []string{"/l0", "/l1", "/a/l2", "/a/b/l0", "/a/l1"} {
			if rapid.Bool().Draw(t, at) {
				_ = os.Symlink(target.Draw(t, "target"), top+at)
			}
		}
		name := top + "/" + strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "l0", "l1", "l2", "..", "."}), 0, 5).Draw(t, "name"), "/")
		want, wrong := filepath.EvalSymlinks(name)
		got, err := Follow(name, func(at string, _ bool) (string, error) {
			info, err := os.Lstat(at)
			if err != nil || info.Mode()&os.ModeSymlink == 0 {
				return "", err
			}
			return os.Readlink(at)
		})
		if (err != nil) != (wrong != nil) || err == nil && got != want {
			t.Fatalf("%s leads to %q, %v; filepath.EvalSymlinks says %q, %v", name, got, err, want, wrong)
		}
	})
}
