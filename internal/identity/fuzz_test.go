package identity

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

var seeds = []string{
	image,
	"", "\n", "\r", ":", "root:x:0:0::/:/bin/sh", "hermes:x:1:1::/:\r\n+::::::\n", "\vroot:x:5:5::/:\n",
	"root:x:0:\nstaff:x:20:a,b\ndocker:x:998:\n", "docker:x:998:app\r", "docker:x:998:,\n+:::",
}

// failer is what testing and rapid have in common.
type failer interface {
	Fatalf(format string, args ...any)
	Helper()
}

// split apart by hand, not by the code under test
func rawLines(data []byte) [][]byte { return bytes.SplitAfter(data, []byte("\n")) }

// onlyLine wants after to be before but for one line, and gives that line's two forms; -1 where nothing differs.
func onlyLine(t failer, before, after []byte) int {
	t.Helper()
	b, a := rawLines(before), rawLines(after)
	if len(a) != len(b) {
		t.Fatalf("%d lines became %d: %q, %q", len(b), len(a), before, after)
	}
	at := -1
	for i := range b {
		if bytes.Equal(a[i], b[i]) {
			continue
		}
		if at >= 0 {
			t.Fatalf("two lines changed: %q, %q", before, after)
		}
		at = i
	}
	return at
}

func FuzzPasswd(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s), "hermes", uint32(99), uint32(100))
	}
	f.Add([]byte("\vroot:x:5:5::/:\n"), "\vroot", uint32(99), uint32(100))
	f.Fuzz(func(t *testing.T, data []byte, name string, uid, gid uint32) {
		p := ParsePasswd(data)
		if !bytes.Equal(p.Bytes(), data) {
			t.Fatalf("read %q, wrote %q", data, p.Bytes())
		}
		was, there := p.ByName(name)
		if there && !bytes.Contains(data, []byte(name+":")) {
			t.Fatalf("%q answers from %q", name, data)
		}
		var others []Account
		for _, l := range p.lines {
			if a, ok := account(l); ok {
				others = append(others, a)
			}
		}

		changed := p.Move(name, uid, gid)
		if changed != (there && (was.UID != uid || was.GID != gid)) {
			t.Fatalf("moving %q (%+v, %v) reports %v", name, was, there, changed)
		}
		if at := onlyLine(t, data, p.Bytes()); (at >= 0) != changed {
			t.Fatalf("moving %q reports %v, but line %d differs", name, changed, at)
		}
		again := ParsePasswd(p.Bytes())
		if now, ok := again.ByName(name); ok != there || there && now != moved(was, uid, gid) {
			t.Fatalf("%+v moved became %+v", was, now)
		}
		i := 0
		for _, l := range again.lines {
			if a, ok := account(l); ok {
				if a != others[i] && a.Name != name {
					t.Fatalf("%+v became %+v", others[i], a)
				}
				i++
			}
		}
		if i != len(others) || again.Move(name, uid, gid) {
			t.Fatalf("%d entries of %d are left, or the second move changed something: %q", i, len(others), again.Bytes())
		}
		checkAdd(t, data, name, uid, gid)
	})
}

func moved(a Account, uid, gid uint32) Account {
	a.UID, a.GID = uid, gid
	return a
}

// checkAdd adds an account and wants every line there was to be there still, byte for byte and in its order.
func checkAdd(t failer, data []byte, name string, uid, gid uint32) {
	p := ParsePasswd(data)
	_, there := p.ByName(name)
	added := Account{Name: name, Password: "x", UID: uid, GID: gid, Home: "/h"}
	err := p.Add(added)
	if (err == nil) != (!there && CheckName(name) == nil) {
		t.Fatalf("adding %q to %q: %v", name, data, err)
	}
	if err != nil {
		if !bytes.Equal(p.Bytes(), data) {
			t.Fatalf("a refused add changed %q to %q", data, p.Bytes())
		}
		return
	}
	again := ParsePasswd(p.Bytes())
	if got, ok := again.ByName(name); !ok || got != added {
		t.Fatalf("added %+v, read back %+v from %q", added, got, p.Bytes())
	}
	entry := name + ":x:" + decimal(uid) + ":" + decimal(gid) + "::/h:\n"
	rest := strings.Replace("\n"+string(p.Bytes()), "\n"+entry, "\n", 1)[1:]
	if rest != string(data) && rest != string(data)+"\n" {
		t.Fatalf("adding %q to %q left %q", name, data, rest)
	}
}

func FuzzGroup(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s), "docker", "app", uint32(998))
	}
	f.Fuzz(func(t *testing.T, data []byte, name, user string, gid uint32) {
		checkMember(t, data, name, user)
		g := ParseGroup(data)
		was, there := g.ByName(name)
		if changed := g.Move(name, gid); changed != (there && was.GID != gid) || (onlyLine(t, data, g.Bytes()) >= 0) != changed {
			t.Fatalf("moving %q in %q reports %v: %q", name, data, changed, g.Bytes())
		}
		now, ok := ParseGroup(g.Bytes()).ByName(name)
		if ok != there || there && (now.GID != gid || !slices.Equal(now.Members, was.Members)) {
			t.Fatalf("%+v moved became %+v", was, now)
		}
		g = ParseGroup(data)
		if err := g.Add(name, gid); (err == nil) != (!there && CheckName(name) == nil) {
			t.Fatalf("adding %q to %q: %v", name, data, err)
		} else if err == nil {
			if e, ok := ParseGroup(g.Bytes()).ByName(name); !ok || e.GID != gid || len(e.Members) > 0 {
				t.Fatalf("added %q, read back %+v from %q", name, e, g.Bytes())
			}
			if len(ParseGroup(g.Bytes()).lines) != len(g.lines) || len(g.lines) != len(ParseGroup(data).lines)+1 {
				t.Fatalf("adding %q to %q made more than one line: %q", name, data, g.Bytes())
			}
		}
	})
}

// checkMember adds a member: all other lines stay, every look-up but the member's stays, and twice is once.
func checkMember(t failer, data []byte, name, user string) {
	g := ParseGroup(data)
	if !bytes.Equal(g.Bytes(), data) {
		t.Fatalf("read %q, wrote %q", data, g.Bytes())
	}
	was, there := g.ByName(name)
	before := g.Of(user, 7)
	rootBefore := g.Of("root", 0)
	err := g.AddMember(name, user)
	if (err == nil) != (there && CheckName(user) == nil) {
		t.Fatalf("adding member %q to %q in %q: %v", user, name, data, err)
	}
	once := g.Bytes()
	at := onlyLine(t, data, once)
	if wanted := err == nil && !slices.Contains(was.Members, user); (at >= 0) != wanted {
		t.Fatalf("adding member %q to %+v in %q wrote %q", user, was, data, once)
	}
	again := ParseGroup(once)
	now, ok := again.ByName(name)
	if ok != there || now.GID != was.GID || now.Password != was.Password {
		t.Fatalf("%+v became %+v", was, now)
	}
	if user != "root" && !slices.Equal(again.Of("root", 0), rootBefore) {
		t.Fatalf("adding member %q to %q in %q changed root's groups: %q", user, name, data, once)
	}
	if err != nil {
		return
	}
	if want := was.Members; !slices.Contains(want, user) && !slices.Equal(now.Members, append(slices.Clone(want), user)) {
		t.Fatalf("%+v became %+v", was, now)
	}
	want := before
	if was.GID != 7 && !slices.Contains(before, was.GID) {
		want = append(slices.Clone(before), was.GID)
		slices.Sort(want)
	}
	if got := again.Of(user, 7); !slices.Equal(got, want) {
		t.Fatalf("%q was in %v and is in %v", user, before, got)
	}
	if err := again.AddMember(name, user); err != nil || !bytes.Equal(again.Bytes(), once) {
		t.Fatalf("the second time: %v, %q became %q", err, once, again.Bytes())
	}
}
