package spec

import (
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestRules(t *testing.T) {
	long := strings.Repeat("x", 256)
	for _, c := range []struct {
		rule      string
		good, bad []string
	}{
		{"", []string{"", "anything", "\n"}, []string{"\x00"}},
		{"content", []string{"", "a\x00b", "\n"}, nil},
		{"command", []string{"", "-x", "a b", "\n"}, []string{"a\x00b"}},
		{"text", []string{"x", " ", "${X}"}, []string{"", "a\x00"}},
		{"word", []string{"x", "two words", "é"}, []string{"", "a\nb", "\x1b[2J", "a\x00b", "\x7f"}},
		{"user", []string{"app", "_x", "a-1", "a_b"}, []string{"", "root", "App", "1a", "-a", "a b", "a:b", "a.b", "é", "a\n", strings.Repeat("a", 33)}},
		{"variable", []string{"A", "_", "a1", "A_B"}, []string{"", "1", "A-B", "A=B", "$A", "A B", "é", "A\n", "A\x00"}},
		{
			"inside",
			[]string{"a", "a/b", ".a", "a..b", "..a", "...", "a b", "é", "-", "a/.berth", ".berths", long[:255], long[:255] + "/" + long[:255]},
			[]string{"", "/", "/a", "a/", "a//b", "..", "../a", "a/..", "a/../b", ".", "./a", "a/.", "a/./b", ".berth", ".berth/boot", "a\nb", "a\x00b", long, "a/" + long},
		},
		{"absolute", []string{"/a", "/a/b", "/a.b/..c"}, []string{"", "/", "a", "/a/", "/a/../b", "/a/./b", "//a", "$HOME/x", "/a\n", "/\x00"}},
		{"root", []string{"/a", "${A}", "${A:-/x}/b", "/a/${B}/", "$$"}, []string{"", "/", "a", "/a/", "/a/../b"}},
		{"glob", []string{"/dev/dri/*", "/dev/[ab]", "/run/x.sock", `/a\[b`}, []string{"", "*", "dev/*", "/dev/[", "/dev/[a-", "/"}},
		{"file", []string{"a", "/a", "../a", "./a"}, []string{"", "a/", "/", "a\x00"}},
		{"beside", []string{"a", "/a", "../a"}, []string{"", "a/"}},
		{"base", []string{"a", ".a", "a b"}, []string{"", "a/b", "/a", ".", "..", "a/"}},
		{"service", []string{"a", "web-1", "0", "a_b"}, []string{"", "Web", "-a", "_a", "a.b", "a/b", "é", strings.Repeat("a", 65)}},
		{"slot", []string{"gateway-default", "gateway-Work.2", "0"}, []string{"", "-a", ".a", "a/b", "a b", "é", strings.Repeat("a", 130)}},
		{"flag", []string{"-x", "--long", "--"}, []string{"", "x", "-"}},
		{"signal", []string{"TERM", "SIGTERM", "HUP"}, []string{"", "term", "SIGSIGTERM", "STOP", "CHLD", "URG", "15"}},
		{"reload-signal", []string{"HUP", "SIGUSR1", "WINCH"}, []string{"", "hup", "TERM", "KILL", "STOP", "1"}},
		{"capability", []string{"CHOWN", "CAP_NET_RAW", "CHECKPOINT_RESTORE"}, []string{"", "chown", "CAP_", "CAP_CAP_CHOWN", "ALL", "21"}},
		{
			"account",
			[]string{"root", "www-data", "_apt", "0", "33", "33:33", "app:1000", "1000:video", "4294967294"},
			[]string{"", ":", "a:", ":a", "a:b:c", "App", "a b", "-1", "033", "65535", "4294967295", "99999999999", "é", "a\n", strings.Repeat("a", 33)},
		},
		{
			"address",
			[]string{"1", "80", "65535", "localhost:80", "127.0.0.1:80", "[::1]:80", "[::]:1", "${PORT:-80}", "${HOST}:80", "a-b.c:1"},
			[]string{
				"", "0", "65536", "080", "+80", "http", ":80", "a:", "a:0", "::1:80", "[::1]", "[::1:80", "::1]:80", "a b:80", "a\n:80",
				"[]:80", "u@h:80", "http://a:80", "80/", "$PORT", "-1",
			},
		},
		{
			"url",
			[]string{
				"http://localhost", "http://localhost:8080", "http://127.0.0.1/a/b?c=d&e=f", "http://[::1]/", "http://[::1]:80/x",
				"http://h?x", "${URL}", "http://${HOST}:${PORT}/ a", "http://h/{profile}", "http://h/a@b",
			},
			[]string{
				"", "localhost", "https://localhost/", "ftp://localhost/", "http://", "http:///x", "http://h:0/", "http://h:x/", "http://u:p@h/",
				"http://u@h", "http://h/a b", "http://h/\n", "http://h/#a", "http://::1/", "HTTP://h/", "/health", "http://?x", "http://[::1/", "$URL",
			},
		},
		{"inside-glob", []string{"a.log", "logs/*.log", "logs/[ab]?.log", "{profile}/x"}, []string{"", "/a/*", "../*", "a/../*", "logs/[", "*/", ".berth/*", "a\\"}},
		{"dotted", []string{"a", "a.b", "a_b.c-d.e f", "é"}, []string{"", ".", "a.", ".a", "a..b", "a.b\n", "a.\x00"}},
		{"cron", []string{"* * * * *", "anything"}, []string{"", "a\x00"}},
		{"pattern", []string{"a+", "[a-z0-9][a-z0-9_-]{0,63}", "x|y"}, []string{"", "(", "[", "a{2000}", `\8`, "(?=a)", long}},
	} {
		t.Run("rule "+c.rule, func(t *testing.T) {
			for _, s := range c.good {
				if what, _ := breach(c.rule, s); what != "" {
					t.Errorf("%q %s", s, what)
				}
			}
			for _, s := range c.bad {
				if what, hint := breach(c.rule, s); what == "" || hint == "" {
					t.Errorf("nothing is said about %q, or no hint given: %q %q", s, what, hint)
				}
			}
		})
	}
}

// TestInsideStaysInside is the law that whoever acts on the volume relies on: a name that passes is below the volume
// by its letters alone, whatever lies there.
func TestInsideStaysInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "..", ".", "", "b c", "...", "/", "\x00", ".berth"}), 1, 5).Draw(t, "parts")
		name := strings.Join(parts, "/")
		if what, _ := breach("inside", name); what != "" {
			return
		}
		if !filepath.IsLocal(name) || path.Clean(name) != name || name == "." || strings.HasPrefix(name+"/", ".berth/") {
			t.Fatalf("%q passes", name)
		}
	})
}

// TestEveryTagIsKnown holds the tags of the Spec to what the decoder, the schema and the reference understand.
func TestEveryTagIsKnown(t *testing.T) {
	rules := []string{
		"", "content", "command", "text", "word", "user", "variable", "inside", "absolute", "root", "glob", "file", "beside", "base",
		"service", "slot", "flag", "signal", "pattern", "reload-signal", "capability", "account", "address", "url", "inside-glob",
		"cron", "dotted", "count", "bytes", "peer",
	}
	tags := regexp.MustCompile(`([a-z-]+):"`)
	known := []string{"yaml", "doc", "required", "enum", "default", "min", "max", "is", "keys", "one-of", "any-of"}
	eachField(reflect.TypeFor[Spec](), "", func(f reflect.StructField, where string) {
		for _, tag := range tags.FindAllStringSubmatch(string(f.Tag), -1) {
			if !slices.Contains(known, tag[1]) {
				t.Errorf("%s has the tag %s, which nobody reads", where, tag[1])
			}
		}
		for _, tag := range []string{"is", "keys"} {
			if !slices.Contains(rules, f.Tag.Get(tag)) {
				t.Errorf("%s: there is no rule %q", where, f.Tag.Get(tag))
			}
		}
		if f.Tag.Get("doc") == "" {
			t.Errorf("%s has no doc", where)
		}
		if !regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`).MatchString(f.Tag.Get("yaml")) {
			t.Errorf("%s: the key is %q", where, f.Tag.Get("yaml"))
		}
		if (f.Tag.Get("min") == "") != (f.Tag.Get("max") == "") {
			t.Errorf("%s has one bound", where)
		}
		for _, tag := range []string{"one-of", "any-of"} {
			for _, key := range (field{StructField: f}).words(tag) {
				if _, ok := fieldOf(element(f.Type), key); !ok {
					t.Errorf("%s: %s names %q, which isn't a key there", where, tag, key)
				}
			}
		}
		if e := element(f.Type); f.Type.Kind() == reflect.Map && f.Tag.Get("keys") == "" {
			t.Errorf("%s is a map of %s whose keys obey no rule", where, e)
		}
	})
}

// eachField visits every key of the language once.
func eachField(t reflect.Type, where string, visit func(f reflect.StructField, where string)) {
	for f := range t.Fields() {
		if f.Tag.Get("yaml") == "-" {
			continue
		}
		here := join(where, f.Tag.Get("yaml"))
		visit(f, here)
		if e := element(f.Type); isStruct(e) {
			eachField(e, here+suffix(f.Type), visit)
		}
	}
}

func TestDefaultsObeyTheirOwnRules(t *testing.T) {
	n := 0
	eachField(reflect.TypeFor[Spec](), "", func(f reflect.StructField, where string) {
		if f.Tag.Get("default") == "" {
			return
		}
		n++
		var complaints []Complaint
		d := &decoder{complaints: &complaints}
		in := field{StructField: f, where: where}
		stated := stated(in)
		stated.in = &source{name: "default", text: f.Tag.Get("default")}
		v := reflect.New(f.Type).Elem()
		d.value(stated, v, in)
		if len(complaints) > 0 {
			t.Errorf("%s", said(complaints))
		}
		if f.Type.Kind() != reflect.Bool && f.Tag.Get("default") != "0" && v.IsZero() {
			t.Errorf("%s: the default %q leaves the zero value", where, f.Tag.Get("default"))
		}
	})
	if n < 10 {
		t.Errorf("only %d defaults are seen", n)
	}
}

func TestNearest(t *testing.T) {
	keys := keysOf(reflect.TypeFor[User]())
	for _, c := range []struct{ about, word, want string }{
		{"a letter missing", "nam", "name"},
		{"a letter too many", "uiid", "uid"},
		{"two letters swapped", "uidenv-", "uid-env"},
		{"an underscore for a hyphen", "umask_env", "umask-env"},
		{"capitals", "GID", "gid"},
		{"a hyphen missing", "joingroupsof", "join-groups-of"},
		{"an ending missing", "other-user", "other-users"},
		{"another word", "password", ""},
		{"nothing", "", ""},
		{"a short word that is nothing like it", "xy", ""},
		{"a word too long to compare", strings.Repeat("uid-env", 10), ""},
		{"letters of another script", "üid", ""},
	} {
		t.Run(c.about, func(t *testing.T) {
			if got := guess(c.word, keys); got != c.want {
				t.Errorf("%q is near to %q, want %q", c.word, got, c.want)
			}
		})
	}
	if got := meant("nam", keys); got != "did you mean name?" {
		t.Error(got)
	}
	if got := meant("zzz", []string{"a", "b"}); got != "known here: a, b" {
		t.Error(got)
	}
}

func TestSectionsWith(t *testing.T) {
	for key, want := range map[string][]string{
		"uid":         {"user", "control.allow[]"},
		"program":     {"main"},
		"final-codes": {"services.NAME.restart"},
		"is":          {"seed[].when"},
		"command":     {"main", "services.NAME", "hooks[]"},
		"timeout":     {"hooks[]", "services.NAME.ready", "services.NAME.health"},
		"limit":       {"services.NAME.restart"},
		"nothing":     nil,
		"version":     nil,
		"-":           nil,
	} {
		if got := sectionsWith(key); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", key, got, want)
		}
	}
}
