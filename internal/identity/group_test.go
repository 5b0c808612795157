package identity

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestAddMember(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ what, before, after string }{
		{"the first member", "docker:x:998:\n", "docker:x:998:app\n"},
		{"another member", "docker:x:998:a,b", "docker:x:998:a,b,app"},
		{"a member already", "docker:x:998:a,app,b", "docker:x:998:a,app,b"},
		{"a member whose name only begins alike", "docker:x:998:apps,xapp", "docker:x:998:apps,xapp,app"},
		{"members with blanks are others", "docker:x:998: app,app \n", "docker:x:998: app,app ,app\n"},
		{"an empty member stays", "docker:x:998:a,,\n", "docker:x:998:a,,,app\n"},
		{"CRLF", "docker:x:998:\r\nx:x:1:\r\n", "docker:x:998:app\r\nx:x:1:\r\n"},
		{"only the first group of the name", "docker:x:998:\ndocker:x:999:\n", "docker:x:998:app\ndocker:x:999:\n"},
		{"a password stays", "docker:!!:998:a\n", "docker:!!:998:a,app\n"},
	} {
		g := ParseGroup([]byte(c.before))
		for range 2 {
			if err := g.AddMember("docker", "app"); err != nil || string(g.Bytes()) != c.after {
				t.Errorf("%s: %v, %q", c.what, err, g.Bytes())
			}
		}
	}
	g := ParseGroup([]byte("docker:x:998:\n"))
	for _, name := range []string{"", " ", "a b", "a,root", "a\nroot:x:0:a", "a:b", "\vroot", "root\t", "a\x00", "a\u2028b", "a\u00a0", "\xff"} {
		if err := g.AddMember("docker", name); !errors.Is(err, ErrName) {
			t.Errorf("%q as a member: %v", name, err)
		}
	}
	if err := g.AddMember("wheel", "app"); !errors.Is(err, ErrAbsent) {
		t.Errorf("a group that is absent: %v", err)
	}
	if string(g.Bytes()) != "docker:x:998:\n" {
		t.Errorf("refusals changed the file: %q", g.Bytes())
	}
}

func TestGroupLookupsAndMoves(t *testing.T) {
	t.Parallel()
	g := ParseGroup([]byte("root:x:0:\nstaff:x:20:ann,app\napp:x:10000:\nvideo:x:44:app\nrender:x:44:app\nshort:x:7\n+:::\n"))
	if e, ok := g.ByGID(44); !ok || e.Name != "video" {
		t.Errorf("the first group of gid 44 is %+v, %v", e, ok)
	}
	if of := g.Of("app", 10000); !slices.Equal(of, []uint32{20, 44}) {
		t.Errorf("app is in %v", of)
	}
	if of := g.Of("app", 44); !slices.Equal(of, []uint32{20}) {
		t.Errorf("its own gid is no supplementary one, yet app is in %v", of)
	}
	if _, ok := g.ByName("short"); ok {
		t.Error("an entry with too few fields answers")
	}
	if !g.Move("app", 20) || g.Move("app", 20) || g.Move("nobody", 4) {
		t.Error("a move happens once, and only where the name is")
	}
	if err := g.Add("host", 44); err != nil {
		t.Errorf("a gid may have two names: %v", err)
	}
	if err := g.Add("host", 45); !errors.Is(err, ErrExists) {
		t.Errorf("a name twice: %v", err)
	}
	if err := g.Add("a,b", 45); !errors.Is(err, ErrName) {
		t.Errorf("a bad name: %v", err)
	}
	const want = "root:x:0:\nstaff:x:20:ann,app\napp:x:20:\nvideo:x:44:app\nrender:x:44:app\nshort:x:7\nhost:x:44:\n+:::\n"
	if string(g.Bytes()) != want {
		t.Errorf("wrote %q", g.Bytes())
	}
}

// Whatever lines stand around it, a member is added once and nothing else changes.
func TestAddMemberLaw(t *testing.T) {
	t.Parallel()
	name := rapid.SampledFrom([]string{"root", "app", "docker", "a", "b-c", "\vroot", " app", ""})
	lineOf := rapid.OneOf(
		rapid.Custom(func(t *rapid.T) string {
			s := name.Draw(t, "name") + ":x:" + rapid.SampledFrom([]string{"0", "20", "998", "x", "4294967295", ""}).Draw(t, "gid") + ":"
			for i, m := range rapid.SliceOfN(name, 0, 3).Draw(t, "members") {
				if i > 0 {
					s += ","
				}
				s += m
			}
			return s
		}),
		rapid.SampledFrom([]string{"", "#", "+", "+:::", "-x", "word", "a:b", "\x00"}),
	)
	rapid.Check(t, func(t *rapid.T) {
		var data string
		for i, l := range rapid.SliceOfN(lineOf, 0, 8).Draw(t, "lines") {
			if i > 0 {
				data += rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "end")
			}
			data += l
		}
		checkMember(t, []byte(data), name.Draw(t, "group"), name.Draw(t, "user"))
	})
}
