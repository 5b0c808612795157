package profile

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/fsx"
)

func TestNames(t *testing.T) {
	long := strings.Repeat("a", 64)
	for _, c := range []struct {
		about string
		make  func(g *rig)
		names []string // without default
		skips []string // words of each skip
	}{
		{"an empty home has the volume's own", func(*rig) {}, nil, nil},
		{"an empty directory of profiles as well", func(g *rig) { g.mkdir("profiles") }, nil, nil},
		{"the others come sorted after it", func(g *rig) { g.profile("zoe"); g.profile("abe"); g.profile("a2") }, []string{"a2", "abe", "zoe"}, nil},
		{"a directory without the marker is none, and nobody is told", func(g *rig) { g.write("profiles/x/config.yaml", "") }, nil, nil},
		{"a file is none", func(g *rig) { g.write("profiles/x", "") }, nil, nil},
		{"a marker that is a link counts: nobody reads it", func(g *rig) { g.mkdir("profiles/x"); g.link("/etc/shadow", "profiles/x/SOUL.md") }, []string{"x"}, nil},
		{"a marker that is a directory doesn't", func(g *rig) { g.mkdir("profiles/x/SOUL.md") }, nil, nil},
		{"one with the volume's own name is skipped with a warning", func(g *rig) { g.profile("default"); g.profile("b") }, []string{"b"}, []string{"volume's own"}},
		{"a bad name is skipped with a warning and the others go on", func(g *rig) { g.profile("My Bot"); g.profile("b") }, []string{"b"}, []string{`"My Bot"`}},
		{"so is a capital", func(g *rig) { g.profile("Coder") }, nil, []string{"no name"}},
		{"and a name that would make two lines of one", func(g *rig) { g.profile("a\nb") }, nil, []string{`a\nb`}},
		{"a leading dash or underscore", func(g *rig) { g.profile("-x"); g.profile("_x") }, nil, []string{"-x", "_x"}},
		{"the longest name is one", func(g *rig) { g.profile(long) }, []string{long}, nil},
		{"a longer one isn't", func(g *rig) { g.profile(long + "a") }, nil, []string{"no name"}},
		{"a bad name without the marker is nobody's", func(g *rig) { g.mkdir("profiles/My Bot") }, nil, nil},
		{"what begins with a dot is a tool's own", func(g *rig) { g.profile(".berth-0123456789abcdef"); g.profile(".git") }, nil, nil},
		{"a link to a profile is refused", func(g *rig) { g.profile("a"); g.link("a", "profiles/b") }, []string{"a"}, []string{"refusing"}},
		{"a link to everything too", func(g *rig) { g.mkdir("profiles"); g.link("/", "profiles/x") }, nil, []string{"through symlinked path"}},
	} {
		t.Run(c.about, func(t *testing.T) {
			g := newRig(t)
			c.make(g)
			var names []string
			var skips []Skipped
			g.ok(g.do(func() (err error) { names, skips, err = g.set().Names(); return err }))
			same(t, "names", names, append([]string{"default"}, c.names...))
			if len(skips) != len(c.skips) {
				t.Fatalf("skipped %v, want %d", skips, len(c.skips))
			}
			for i, sk := range skips {
				if !strings.Contains(sk.Err.Error(), c.skips[i]) || sk.Hint == "" || sk.Unsure {
					t.Errorf("skip %+v doesn't say %q with a hint", sk, c.skips[i])
				}
				if strings.Contains(sk.Err.Error(), "\n") {
					t.Errorf("%q has two lines", sk.Err)
				}
			}
		})
	}
}

func TestADirectoryOfProfilesThatCannotBeListedIsNotAnEmptyOne(t *testing.T) {
	g := newRig(t)
	g.mkdir("elsewhere/x")
	g.link("elsewhere", "profiles")
	names, _, err := g.set().Names()
	same(t, "names", names, []string{"default"})
	wants(t, err, fsx.ErrSymlink, "refusing to open through symlinked path")
}

func TestADirectoryThatDoesNotAnswerIsUnsure(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: it makes a directory that the app may not search")
	}
	g := newRig(t)
	g.profile("open")
	g.profile("shut")
	g.ok(os.Chown(g.at("profiles/shut"), 0, 0), os.Chmod(g.at("profiles/shut"), 0o700))
	var names []string
	var skips []Skipped
	g.ok(g.do(func() (err error) { names, skips, err = g.set().Names(); return err }))
	same(t, "names", names, []string{"default", "open"})
	if len(skips) != 1 || skips[0].Name != "shut" || !skips[0].Unsure || !errors.Is(skips[0].Err, os.ErrPermission) {
		t.Errorf("skipped %+v", skips)
	}
}

func TestMountedProfiles(t *testing.T) {
	g := newRig(t)
	inMounts(t, func() {
		vol, err := fsx.Open(g.dir) // a handle belongs to the mounts that it was opened among
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = vol.Close() }()
		set := On(vol, g.spec)
		g.mkdir("elsewhere")
		g.write("elsewhere/a/SOUL.md", "")
		g.mkdir("profiles")
		if err := unix.Mount(g.at("elsewhere"), g.at("profiles"), "", unix.MS_BIND, ""); err != nil {
			t.Errorf("bind: %v", err)
			return
		}
		names, _, err := set.Names()
		if err != nil || !slices.Equal(names, []string{"default", "a"}) {
			t.Errorf("where the spec's own directory is mounted: %q, %v", names, err)
		}
		g.mkdir("profiles/b")
		if err := unix.Mount(g.at("elsewhere/a"), g.at("profiles/b"), "", unix.MS_BIND, ""); err != nil {
			t.Errorf("bind: %v", err)
			return
		}
		names, skips, err := set.Names()
		if err != nil || !slices.Equal(names, []string{"default", "a"}) || len(skips) != 1 || !errors.Is(skips[0].Err, fsx.ErrMount) {
			t.Errorf("where a single profile is: %q, %+v, %v", names, skips, err)
		}
	})
}

func TestASetRemembersNoNameThatIsGone(t *testing.T) {
	g := newRig(t)
	s := g.set()
	for _, name := range []string{"a", "Bad"} {
		g.profile(name)
	}
	for range 2 {
		names, skips, err := s.Names()
		g.ok(err)
		if len(names) != 2 || len(skips) != 1 {
			t.Errorf("names %q, skipped %v", names, skips)
		}
	}
	g.ok(os.RemoveAll(g.at("profiles/Bad")), os.RemoveAll(g.at("profiles/a")))
	_, _, err := s.Names()
	g.ok(err)
	if len(s.valid) != 0 {
		t.Errorf("it remembers %v", s.valid)
	}
}

func TestOpen(t *testing.T) {
	g := newRig(t)
	g.profile("a")
	g.mkdir("profiles/plain")
	g.write("profiles/file", "")
	g.link("a", "profiles/b")
	for _, c := range []struct {
		name string
		want error
	}{
		{"default", nil},
		{"a", nil},
		{"absent", ErrNone},
		{"plain", ErrNone},
		{"file", fsx.ErrKind},
		{"b", fsx.ErrSymlink},
		{"", ErrName},
		{"Coder", ErrName},
		{"a b", ErrName},
		{"../a", ErrName},
		{"a/../a", ErrName},
		{".", ErrName},
		{"-x", ErrName},
		{strings.Repeat("a", 252), ErrName},
	} {
		p, err := g.set().Open(c.name)
		wants(t, err, c.want)
		if err == nil {
			if p.Dir.Path() != g.set().Path(c.name) && c.name != "default" {
				t.Errorf("%s lies in %s", c.name, p.Dir.Path())
			}
			g.ok(p.Close())
		}
	}
	none := newRig(t)
	_, err := none.set().Open("a")
	wants(t, err, ErrNone)
}

// The pattern is the spec's to choose; no pattern lets a name out of the directory.
func TestAnyPatternKeepsNamesInside(t *testing.T) {
	g := newRig(t)
	g.spec.Name = `(?s).*`
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"..", ".", "a/b", "/", "", ".x", "a\x00"})).Draw(t, "name")
		if g.set().Valid(name) && (strings.ContainsAny(name, "/\x00") || strings.HasPrefix(name, ".") || name == "") {
			t.Fatalf("%q counts as a name", name)
		}
	})
}

func TestSort(t *testing.T) {
	s := newRig(t).set()
	names := []string{"zoe", "default", "abe"}
	s.Sort(names)
	same(t, "sorted", names, []string{"default", "abe", "zoe"})
	if s.Root() != "default" {
		t.Errorf("root is %s", s.Root())
	}
}

// Whoever swaps a profile for a link while it is opened gets a refusal or the profile, never what the link leads to.
func TestAnAttackerSwapsAProfile(t *testing.T) {
	g := newRig(t)
	g.profile("a")
	g.write("victim/SOUL.md", "")
	g.write("victim/secret", "")
	g.link("../victim", "profiles/.link")
	stop, done := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			if err := unix.Renameat2(unix.AT_FDCWD, g.at("profiles/a"), unix.AT_FDCWD, g.at("profiles/.link"), unix.RENAME_EXCHANGE); err != nil {
				done <- err
				return
			}
		}
	}()
	for range 500 {
		p, err := g.set().Open("a")
		if err != nil {
			if !errors.Is(err, fsx.ErrSymlink) && !errors.Is(err, fsx.ErrVanished) && !errors.Is(err, ErrNone) {
				t.Fatal(err)
			}
			continue
		}
		if ok, err := p.Dir.Exists("secret"); err != nil || ok {
			t.Fatalf("it opened the victim (%v, %v)", ok, err)
		}
		g.ok(p.Close())
	}
	close(stop)
	g.ok(<-done)
}
