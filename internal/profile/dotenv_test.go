package profile

import (
	"testing"

	"github.com/berth-init/berth/internal/fsx"
)

func TestAssignment(t *testing.T) {
	for _, c := range []struct {
		line, name, value string
		ok                bool
	}{
		{"A=b", "A", "b", true},
		{"A=b\r\n", "A", "b", true},
		{"  export  A = b # why", "A", "b", true},
		{`A="b # c" # d`, "A", "b # c", true},
		{`A='b'`, "A", "b", true},
		{`A="open`, "A", `"open`, true},
		{"A=", "A", "", true},
		{"A=#b", "A", "", true},
		{"A=b#c", "A", "b#c", true},
		{"\ufeffA=b", "A", "b", true},
		{"exported=1", "exported", "1", true},
		{"# A=b", "", "", false},
		{"A", "", "", false},
		{"=b", "", "", false},
		{"A B=c", "", "", false},
		{"", "", "", false},
	} {
		name, value, ok := Assignment([]byte(c.line))
		if name != c.name || value != c.value || ok != c.ok {
			t.Errorf("%q: got %q, %q, %v", c.line, name, value, ok)
		}
	}
}

func TestSetting(t *testing.T) {
	g := newRig(t)
	g.profile("a")
	ask := func() (value string, err error) {
		err = g.in("a", func(p *Profile) (err error) { value, err = p.Setting(".env", "API_SERVER_PORT"); return err })
		return value, err
	}
	if v, err := ask(); v != "" || err != nil {
		t.Errorf("no file: %q, %v", v, err)
	}
	g.write("profiles/a/.env", "X=1\nAPI_SERVER_PORT=1\nAPI_SERVER_PORT=9001\nAPI_SERVER_PORT=\n#API_SERVER_PORT=3\n")
	if v, err := ask(); v != "9001" || err != nil {
		t.Errorf("got %q, %v", v, err)
	}
	g.mkdir("profiles/b")
	g.link("a", "profiles/c")
	g.write("profiles/b/SOUL.md", "")
	g.link("../a/.env", "profiles/b/.env")
	err := g.in("b", func(p *Profile) error { _, err := p.Setting(".env", "API_SERVER_PORT"); return err })
	wants(t, err, fsx.ErrSymlink, "refusing to read")
}
