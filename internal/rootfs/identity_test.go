package rootfs

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/identity"
	"github.com/berth-init/berth/internal/spec"
)

func TestIdentityMoves(t *testing.T) {
	for _, c := range []struct {
		what     string
		environ  []string
		uid, gid uint32
		notes    string
	}{
		{"nothing is asked", nil, 10000, 10000, ""},
		{
			"both numbers",
			[]string{"HERMES_UID=4242", "HERMES_GID=4343"},
			4242, 4343,
			"c Changing hermes UID to 4242\nc Changing hermes GID to 4343\n",
		},
		{"the NAS's numbers by the aliases", []string{"PUID=99", "PGID=100"}, 99, 100, "c Changing hermes UID to 99\nc Changing hermes GID to 100\n"},
		{"each number by itself", []string{"HERMES_UID=1001", "PUID=1002", "PGID=7"}, 1001, 7, "c Changing hermes UID to 1001\nc Changing hermes GID to 7\n"},
		{"only the uid", []string{"PUID=1000"}, 1000, 10000, "c Changing hermes UID to 1000\n"},
		{"only the gid, another group's", []string{"PGID=20"}, 10000, 20, "c Changing hermes GID to 20\n"},
		{"the very numbers", []string{"PUID=10000", "PGID=10000"}, 10000, 10000, ""},
		{
			"root is refused, and the alias isn't asked",
			[]string{"HERMES_UID=0", "PUID=1000"},
			10000, 10000,
			"w HERMES_UID=\"0\": 0 is root, and the app never runs as root; the default 10000 stays\n",
		},
		{
			"what would break the line",
			[]string{"PUID=1 2\n"},
			10000, 10000,
			"w PUID=\"1 2\\n\": it is not a whole number in decimal digits; the default 10000 stays\n",
		},
		{"an empty variable", []string{"PGID="}, 10000, 10000, "w PGID=\"\": it is empty; the default 10000 stays\n"},
		{"a reserved gid", []string{"PGID=65535"}, 10000, 10000, "w PGID=\"65535\": the kernel reserves it for nobody; the default 10000 stays\n"},
	} {
		w := newWorld(t)
		w.Environ = c.environ
		r := twice(t, w, Identity())
		if got := words(r); got != c.notes {
			t.Errorf("%s: said %q", c.what, got)
		}
		id := w.Identity
		if id.Name != "hermes" || id.UID != c.uid || id.GID != c.gid || id.Home != "/opt/data" || id.Umask != -1 || len(id.Groups) > 0 {
			t.Errorf("%s: %+v", c.what, id)
		}
		want := strings.Replace(basePasswd, "10000:10000", numbers(c.uid, c.gid), 1)
		if got := read(t, w, "etc/passwd"); got != want {
			t.Errorf("%s: passwd is\n%s", c.what, got)
		}
		want = strings.Replace(baseGroup, "10000", decimal(c.gid), 1)
		if got := read(t, w, "etc/group"); got != want {
			t.Errorf("%s: group is\n%s", c.what, got)
		}
	}
}

func TestIdentityInOddImages(t *testing.T) {
	const nologin = "hermes:*:4242:4343::/home/of/spec:/usr/sbin/nologin\n"
	for _, c := range []struct {
		what, passwd, group         string
		passwdAfter, groupAfter     string
		notes                       string
		withoutPasswd, withoutGroup bool
	}{
		{
			what:   "no such account: it is made, before NIS entries",
			passwd: "root:x:0:0::/:/\n+::::::\n", group: "root:x:0:\n",
			passwdAfter: "root:x:0:0::/:/\n" + nologin + "+::::::\n", groupAfter: "root:x:0:\nhermes:x:4343:\n",
			notes: "c Adding group hermes (4343)\nc Adding user hermes (4242:4343)\n",
		},
		{
			what:   "no such account, and its gid has a name",
			passwd: "root:x:0:0::/:/", group: "users:x:4343:",
			passwdAfter: "root:x:0:0::/:/\n" + nologin, groupAfter: "users:x:4343:",
			notes: "c Adding user hermes (4242:4343)\n",
		},
		{
			what:   "the app's primary group has another name",
			passwd: "hermes:x:5:100::/d:/\n", group: "users:x:100:a,b\n",
			passwdAfter: "hermes:x:4242:4343::/d:/\n", groupAfter: "users:x:100:a,b\nhermes:x:4343:\n",
			notes: "c Adding group hermes (4343)\nc Changing hermes UID to 4242\nc Changing hermes GID to 4343\n",
		},
		{
			what:   "CRLF, comments, blanks and duplicates stay",
			passwd: "# c\r\n\r\nhermes:x:5:6::/d:/\r\nhermes:x:7:7::/:/\r\n\vroot:x:8:8::/:", group: "hermes:x:6:\r\n#",
			passwdAfter: "# c\r\n\r\nhermes:x:4242:4343::/d:/\r\nhermes:x:7:7::/:/\r\n\vroot:x:8:8::/:", groupAfter: "hermes:x:4343:\r\n#",
			notes: "c Changing hermes UID to 4242\nc Changing hermes GID to 4343\n",
		},
		{what: "FROM scratch: no accounts, and none made", withoutPasswd: true, withoutGroup: true},
		{what: "a group file alone is left alone", withoutPasswd: true, group: "a:x:1:\n", groupAfter: "a:x:1:\n"},
		{
			what: "a passwd file alone", passwd: "hermes:x:5:6::/d:/\n", withoutGroup: true,
			passwdAfter: "hermes:x:4242:4343::/d:/\n",
			notes:       "c Changing hermes UID to 4242\nc Changing hermes GID to 4343\n",
		},
		{
			what:   "a group of the app's name that is root's",
			passwd: "hermes:x:4242:4343::/d:/\n", group: "hermes:x:0:\n",
			passwdAfter: "hermes:x:4242:4343::/d:/\n", groupAfter: "hermes:x:0:\n",
		},
	} {
		w := newWorld(t)
		w.Environ = []string{"PUID=4242", "PGID=4343"}
		w.Spec.Env.Set = map[string]spec.Text{"HOME": "/home/of/spec"}
		for name, file := range map[string]struct {
			text string
			gone bool
		}{"etc/passwd": {c.passwd, c.withoutPasswd}, "etc/group": {c.group, c.withoutGroup}} {
			put(t, w, name, file.text, 0o644)
			if file.gone {
				if err := os.Remove(in(w, name)); err != nil {
					t.Fatal(err)
				}
			}
		}
		r := twice(t, w, Identity())
		if got := words(r); got != c.notes {
			t.Errorf("%s: said %q", c.what, got)
		}
		if w.Identity.UID != 4242 || w.Identity.GID != 4343 {
			t.Errorf("%s: %+v", c.what, w.Identity)
		}
		for name, want := range map[string]string{"etc/passwd": c.passwdAfter, "etc/group": c.groupAfter} {
			data, err := os.ReadFile(in(w, name))
			if string(data) != want || err != nil && want != "" {
				t.Errorf("%s: %s is %q, %v", c.what, name, data, err)
			}
		}
	}
}

func TestIdentityKeepsModeAndOwner(t *testing.T) {
	w := newWorld(t)
	w.Environ = []string{"PUID=4242", "PGID=4242"}
	put(t, w, "etc/gshadow", "hermes:!::\n", 0o600)
	if err := os.Chmod(in(w, "etc/passwd"), 0o604); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(in(w, "etc/group"), 7, 8); err != nil {
			t.Fatal(err)
		}
	}
	uid, gid := ids(t, in(w, "etc/group"))
	twice(t, w, Identity())
	if st, err := os.Stat(in(w, "etc/passwd")); err != nil || st.Mode() != 0o604 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
	if u, g := ids(t, in(w, "etc/group")); u != uid || g != gid {
		t.Errorf("group belongs to %d:%d", u, g)
	}
	entries, err := os.ReadDir(in(w, "etc"))
	if err != nil || len(entries) != 3 || read(t, w, "etc/gshadow") != "hermes:!::\n" {
		t.Errorf("etc holds %v, %v", entries, err)
	}
}

func TestIdentityRefusesRoot(t *testing.T) {
	for what, set := range map[string]func(*boot.World){
		"root by name":              func(w *boot.World) { w.Spec.User.Name = "root" },
		"another name of root's":    func(w *boot.World) { put(t, w, "etc/passwd", "hermes:x:0:5::/:/\n", 0o644) },
		"a name that is two":        func(w *boot.World) { w.Spec.User.Name = "a b" },
		"a name that breaks a line": func(w *boot.World) { w.Spec.User.Name = "a\nroot" },
		"a blank before root":       func(w *boot.World) { w.Spec.User.Name = "\vroot" },
		"a name that is a comment":  func(w *boot.World) { w.Spec.User.Name = "#a" },
	} {
		w := newWorld(t)
		w.Environ = []string{"PUID=4242"}
		set(w)
		before := read(t, w, "etc/passwd")
		err := boot.NewBoot(w, nil).Phases(t.Context(), Identity())
		var f *boot.Failure
		if !errors.As(err, &f) || f.Code != 125 || f.Hint == "" {
			t.Errorf("%s: %v", what, err)
		}
		if got := read(t, w, "etc/passwd"); got != before {
			t.Errorf("%s: passwd is %q", what, got)
		}
	}
}

func TestIdentityByNumberAlone(t *testing.T) {
	for what, odd := range map[string]func(*boot.World) (cause string){
		"passwd is a link": func(w *boot.World) string {
			if err := errors.Join(os.Rename(in(w, "etc/passwd"), in(w, "elsewhere")), os.Symlink("../elsewhere", in(w, "etc/passwd"))); err != nil {
				t.Fatal(err)
			}
			return "a symbolic link stands in the way"
		},
		"group is a directory": func(w *boot.World) string {
			if err := errors.Join(os.Remove(in(w, "etc/group")), os.Mkdir(in(w, "etc/group"), 0o755)); err != nil {
				t.Fatal(err)
			}
			return "it is not a regular file"
		},
		"etc can't be written": func(w *boot.World) string {
			if os.Geteuid() == 0 {
				return ""
			}
			if err := os.Chmod(in(w, "etc"), 0o555); err != nil {
				t.Fatal(err)
			}
			return "permission denied"
		},
	} {
		w := newWorld(t)
		w.Environ = []string{"PUID=4242", "PGID=4343"}
		cause := odd(w)
		if cause == "" {
			continue // root writes it anyway
		}
		r := twice(t, w, Identity(), Groups())
		want := "w hermes runs as 4242:4343 by number alone: /etc/passwd and /etc/group can't be changed: " + cause + "\n"
		if got := words(r); got != want || len(r.Steps()) > 0 {
			t.Errorf("%s: said %q, made %v", what, got, r.Steps())
		}
		if w.Identity.UID != 4242 || w.Identity.GID != 4343 || w.Identity.Name != "hermes" {
			t.Errorf("%s: %+v", what, w.Identity)
		}
		_ = os.Chmod(in(w, "etc"), 0o755)
	}
}

func TestIdentityWhenWritingFails(t *testing.T) {
	w := newWorld(t)
	w.Environ = []string{"PUID=4242"}
	if err := errors.Join(os.Remove(in(w, "etc/group")), os.Remove(in(w, "etc/passwd"))); err != nil {
		t.Fatal(err)
	}
	put(t, w, "etc/passwd", basePasswd, 0o644)
	r := boot.NewBoot(w, nil)
	w.Identity = identity.Identity{Name: "hermes", UID: 1, GID: 2}
	done, err := apply(r, []edit{{name: "etc/no/such", data: nil, step: boot.Step{Verb: "set", Target: "x"}}})
	if err != nil || done["etc/no/such"] || len(r.Steps()) > 0 || !strings.Contains(words(r), "by number alone") {
		t.Errorf("%v, %v, %q", done, err, words(r))
	}
}

func TestIdentityWithoutRoot(t *testing.T) {
	for _, c := range []struct {
		what     string
		uid, gid uint32
		environ  []string
		want     identity.Identity
		notes    string
	}{
		{"the app's own", 10000, 10000, nil, identity.Identity{Name: "hermes", UID: 10000, GID: 10000, Groups: []uint32{0, 998}, Home: "/opt/data", Umask: -1}, ""},
		{"an account of the image", 33, 33, nil, identity.Identity{Name: "www", UID: 33, GID: 33, Groups: []uint32{0, 998}, Home: "/var/www", Umask: -1}, ""},
		{"nobody's number", 1234, 0, nil, identity.Identity{Name: "hermes", UID: 1234, Groups: []uint32{998}, Home: "/opt/data", Umask: -1}, ""},
		{
			"variables that have no effect", 10000, 10000,
			[]string{"PUID=1000", "PGID=10000", "HERMES_GID=abc"},
			identity.Identity{Name: "hermes", UID: 10000, GID: 10000, Groups: []uint32{0, 998}, Home: "/opt/data", Umask: -1},
			"w PUID=1000 has no effect: the container was started with --user 10000:10000\n",
		},
	} {
		w := newWorld(t)
		w.EUID, w.EGID, w.Groups, w.Environ = c.uid, c.gid, []uint32{998, 0, 998}, c.environ
		r := twice(t, w, Identity())
		if diff := cmp.Diff(c.want, w.Identity); diff != "" {
			t.Errorf("%s: %s", c.what, diff)
		}
		if got := words(r); got != c.notes || len(r.Steps()) > 0 {
			t.Errorf("%s: said %q, did %v", c.what, got, r.Steps())
		}
		if read(t, w, "etc/passwd") != basePasswd || read(t, w, "etc/group") != baseGroup {
			t.Errorf("%s: the account files changed", c.what)
		}
	}
}

func TestSupplementaryGroups(t *testing.T) {
	w := newWorld(t)
	put(t, w, "etc/group", "root:x:0:root,hermes\ndisk:x:6:root\nstaff:x:20:hermes\nhermes:x:10000:hermes\n", 0o644)
	w.Groups = []uint32{0, 6, 4444, 10000, 20}
	twice(t, w, Identity())
	if want := []uint32{20, 4444}; !slices.Equal(w.Identity.Groups, want) {
		t.Errorf("%v instead of %v: --group-add is kept, root's groups and gid 0 are not", w.Identity.Groups, want)
	}
}

func TestUmask(t *testing.T) {
	for text, want := range map[string]int{
		"": -1, "022": 0o22, "0077": 0o77, "0": 0, "777": 0o777, "1000": -1, "8": -1, "-1": -1, "0o22": -1, " 22": -1,
		"77777777777777777777777": -1,
	} {
		w := newWorld(t)
		w.Environ = []string{"UMASK=" + text}
		r := plan(t, w, Identity())
		if w.Identity.Umask != want {
			t.Errorf("%q gives %o", text, w.Identity.Umask)
		}
		if warned := strings.Contains(words(r), "UMASK="); warned != (want == -1 && text != "") {
			t.Errorf("%q: said %q", text, words(r))
		}
	}
}

func TestHome(t *testing.T) {
	for what, c := range map[string]struct {
		set  spec.Text
		path string
		want string
	}{
		"the spec's":                     {"${V:-/set}", "/vol", "/set"},
		"the volume":                     {"", "/vol", "/vol"},
		"nothing":                        {"", "", "/"},
		"one that passwd(5) can't carry": {"/a:b", "", "/a:b"},
	} {
		w := newWorld(t)
		put(t, w, "etc/passwd", "root:x:0:0::/:/\n", 0o644)
		w.Path = c.path
		if c.set != "" {
			w.Spec.Env.Set = map[string]spec.Text{"HOME": c.set}
		}
		twice(t, w, Identity())
		if w.Identity.Home != c.want {
			t.Errorf("%s: %q", what, w.Identity.Home)
		}
		passwd, _, err := ReadPasswd(w.Root)
		if err != nil {
			t.Fatal(err)
		}
		if a, ok := passwd.ByName("hermes"); ok == strings.Contains(c.want, ":") || ok && a.Home != c.want {
			t.Errorf("%s: %+v, %v", what, a, ok)
		}
	}
}

func TestANamelessAppMovesNothing(t *testing.T) {
	w := newWorld(t)
	w.Spec.User.Name = ""
	w.Environ = []string{"PUID=5"}
	thaw := fsx.Freeze()
	defer thaw()
	r := start(t, w, Identity())
	if w.Identity.UID != 5 || w.Identity.Name != "" || len(r.Steps()) > 0 || words(r) != "" {
		t.Errorf("%+v, %v, %q", w.Identity, r.Steps(), words(r))
	}
}
