package identity

import (
	"errors"
	"testing"
)

const image = "root:x:0:0:root:/root:/bin/sh\n" +
	"# the app\n" +
	"hermes:x:10000:10000:Hermes:/opt/data:/usr/sbin/nologin\n"

func TestPasswdByteExact(t *testing.T) {
	t.Parallel()
	for what, data := range map[string]string{
		"an empty file":                "",
		"an ordinary file":             image,
		"no newline at the end":        "root:x:0:0::/:\nhermes:x:1:1::/:",
		"CRLF":                         "root:x:0:0::/:\r\nhermes:x:1:1::/:\r\n",
		"a carriage return at the end": "root:x:0:0::/:\r",
		"blank lines and NIS entries":  "\n\nroot:x:0:0::/:\n+@netgroup::::::\n-nobody\n+::::::\n",
		"NUL bytes and other noise":    "\x00\x00\n\xff\xfe:\n:::::::\n",
		"lines of blanks":              " \n\t\nroot:x:0:0::/:\n \v\n",
	} {
		if got := string(ParsePasswd([]byte(data)).Bytes()); got != data {
			t.Errorf("%s: read %q, wrote %q", what, data, got)
		}
		if got := string(ParseGroup([]byte(data)).Bytes()); got != data {
			t.Errorf("%s as a group file: read %q, wrote %q", what, data, got)
		}
	}
}

func TestPasswdLookups(t *testing.T) {
	t.Parallel()
	p := ParsePasswd([]byte("\vroot:x:5:5::/evil:/bin/sh\n root:x:6:6::/evil:\nshort:x:7\nword:x:seven:7::/:/\nbig:x:4294967296:7::/:/\nsigned:x:+8:8::/:/\n" +
		image + "hermes:x:77:77:second:/:\nshell:x:9:9::/h:/bin/a:b\nnoid:x:::::\n"))
	if a, ok := p.ByName("root"); !ok || a.UID != 0 || a.Home != "/root" {
		t.Errorf("root is %+v, %v", a, ok)
	}
	if a, ok := p.ByName("hermes"); !ok || a.UID != 10000 || a.Gecos != "Hermes" || a.Shell != "/usr/sbin/nologin" {
		t.Errorf("the first entry of hermes wins, yet it is %+v, %v", a, ok)
	}
	if a, ok := p.ByUID(77); !ok || a.Name != "hermes" {
		t.Errorf("uid 77 is %+v, %v", a, ok)
	}
	if a, ok := p.ByName("shell"); !ok || a.Shell != "/bin/a:b" {
		t.Errorf("the shell is the rest of the line, yet it is %+v, %v", a, ok)
	}
	for _, name := range []string{"short", "word", "big", "signed", "", "# the app", "nobody", "noid"} {
		if a, ok := p.ByName(name); ok {
			t.Errorf("%q is no entry, yet it answers %+v", name, a)
		}
	}
	if a, ok := p.ByName("\vroot"); !ok || a.UID != 5 {
		t.Errorf("a name is compared byte by byte, yet \\vroot is %+v, %v", a, ok)
	}
}

func TestPasswdMove(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what, before, after string
		changed             bool
	}{
		{"both numbers move", image, "root:x:0:0:root:/root:/bin/sh\n# the app\nhermes:x:99:100:Hermes:/opt/data:/usr/sbin/nologin\n", true},
		{"numbers that are right stay as they are spelled", "hermes:x:0099:100::/:/", "hermes:x:0099:100::/:/", false},
		{"only the gid moves", "hermes:x:0099:7::/:/", "hermes:x:0099:100::/:/", true},
		{"a name that is absent", "root:x:0:0::/:/\n", "root:x:0:0::/:/\n", false},
		{"line ends stay", "root:x:0:0::/:/\r\nhermes:x:1:1::/:/\r\n", "root:x:0:0::/:/\r\nhermes:x:99:100::/:/\r\n", true},
		{"a second entry of the name stays", "hermes:x:1:1::/:\nhermes:x:1:1::/:\n", "hermes:x:99:100::/:\nhermes:x:1:1::/:\n", true},
		{"a comment with the name stays", "#hermes:x:1:1::/:\n+hermes:x:1:1::/:\n", "#hermes:x:1:1::/:\n+hermes:x:1:1::/:\n", false},
	} {
		p := ParsePasswd([]byte(c.before))
		if changed := p.Move("hermes", 99, 100); changed != c.changed || string(p.Bytes()) != c.after {
			t.Errorf("%s: changed %v, %q", c.what, changed, p.Bytes())
		}
		if p.Move("hermes", 99, 100) {
			t.Errorf("%s: the second move changed the file again", c.what)
		}
	}
}

func TestPasswdAdd(t *testing.T) {
	t.Parallel()
	app := Account{Name: "app", Password: "x", UID: 5, GID: 6, Home: "/d", Shell: "/s"}
	const entry = "app:x:5:6::/d:/s\n"
	for _, c := range []struct{ what, before, after string }{
		{"to an empty file", "", entry},
		{"at the end", image, image + entry},
		{"after a line without its newline", "root:x:0:0::/:/", "root:x:0:0::/:/\n" + entry},
		{"after a line that ends in a carriage return", "root:x:0:0::/:/\r", "root:x:0:0::/:/\r\n" + entry},
		{"before the first NIS entry", "root:x:0:0::/:/\n+a\n+::::::", "root:x:0:0::/:/\n" + entry + "+a\n+::::::"},
	} {
		p := ParsePasswd([]byte(c.before))
		if err := p.Add(app); err != nil || string(p.Bytes()) != c.after {
			t.Errorf("%s: %v, %q", c.what, err, p.Bytes())
		}
		if err := p.Add(app); !errors.Is(err, ErrExists) || string(p.Bytes()) != c.after {
			t.Errorf("%s: the second time gives %v, %q", c.what, err, p.Bytes())
		}
		if a, ok := ParsePasswd(p.Bytes()).ByName("app"); !ok || a != app {
			t.Errorf("%s: read back as %+v", c.what, a)
		}
	}
	p := ParsePasswd(nil)
	for _, bad := range []Account{
		{Name: ""},
		{Name: "a b"},
		{Name: "a\nroot"},
		{Name: "#a"},
		{Name: "+"},
		{Name: "a:b"},
		{Name: "\vroot"},
		{Name: "a", Home: "/:/"},
		{Name: "a", Shell: "/x\nroot::0:0::/:"},
		{Name: "a", Gecos: "x:y"},
		{Name: "a", Password: "\r"},
	} {
		if err := p.Add(bad); err == nil || len(p.Bytes()) > 0 {
			t.Errorf("%+v was added: %q", bad, p.Bytes())
		}
	}
}
