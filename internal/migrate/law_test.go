package migrate

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/boot"
)

// grow draws a volume: a config file of any kind, an env file, backups, and things in their way.
func grow(t *rapid.T, g *rig) {
	config := drawDocument(t).text
	if rapid.Bool().Draw(t, "versioned") {
		config = strings.TrimPrefix(config, "\ufeff")
		line := rapid.SampledFrom([]string{"version: 1\n", "version: 3 # c\n", "version: 5\n", "version: 9\n", "\"version\": x\r\n", "old: {key: v}\n", "display: 1\n"}).Draw(t, "version")
		if mark, rest, ok := strings.Cut(config, "---"); ok && mark == "" {
			config = "---" + strings.SplitAfterN(rest, "\n", 2)[0] + line + strings.SplitAfterN(rest, "\n", 2)[1]
		} else {
			config = line + config
		}
	}
	if rapid.IntRange(0, 9).Draw(t, "other") == 0 {
		config = rapid.SampledFrom([]string{"", "- a\n", "a: [\n", "a: &x 1\nb: *x\n", "version: 1\nversion: 2\n"}).Draw(t, "text")
	}
	env := rapid.SampledFrom([]string{"", "A=1\nTOKEN=x # c\n", "TOKEN='a\nb'\r\n", "MODE=new"}).Draw(t, "env")
	for _, f := range []struct{ name, text string }{
		{"config.yaml", config},
		{".env", env},
		{"backups/config/config.yaml.bak-20200101T000000Z", config},
		{"backups/config/.env.bak-20200101T000000Z", "TOKEN=other"},
		{"backups/config/config.yaml.bak-20200102T000000Z", "b"},
		{"backups/config/config.yaml.bak-20200103T000000Z", "c"},
		{"backups/config/.berth-0123456789abcdef", "half"},
		{"logs/deep/x", ""},
	} {
		if rapid.IntRange(0, 3).Draw(t, "has "+f.name) == 0 {
			continue
		}
		g.put(f.name, f.text, 0o600)
		g.check(unix.Chmod(g.at(f.name), rapid.SampledFrom([]uint32{0o600, 0o640, 0o644, 0o600, 0o400}).Draw(t, "mode")|0o400))
		if os.Geteuid() == 0 && rapid.IntRange(0, 9).Draw(t, "roots") == 0 {
			g.check(os.Lchown(g.at(f.name), 0, 0))
		}
	}
	if odd := rapid.SampledFrom([]string{"", "", "", "config.yaml", ".env", "backups", "backups/config", "logs", "logs/deep"}).Draw(t, "odd"); odd != "" {
		g.check(os.RemoveAll(g.at(odd)))
		if _, err := os.Lstat(g.at(odd[:max(0, strings.LastIndexByte(odd, '/'))])); err == nil {
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				g.check(os.Symlink(g.top+"/victim", g.at(odd)))
			case 1:
				g.check(os.WriteFile(g.at(odd), []byte("x"), 0o600))
			case 2:
				g.check(unix.Mkfifo(g.at(odd), 0o600))
			default:
				g.check(os.Mkdir(g.at(odd), 0o755))
			}
		}
	}
	for _, e := range []string{"MODE=all", "SKIP=1"} {
		if rapid.IntRange(0, 4).Draw(t, e) == 0 {
			g.env = append(g.env, e)
		}
	}
	g.spec.Volume.Own.Files, g.spec.Volume.Own.Trees = nil, nil // no phase has healed anything: what is root's stays so
}

// TestLaw: on any volume a plan changes nothing, the boot after it makes exactly its steps, nothing else changes, and then there is
// nothing left to do. What was there is there still, or in a backup.
func TestLaw(t *testing.T) {
	top, migrated := t.TempDir(), 0
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(top, "law")
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		g := rigIn(rt, dir)
		g.write(g.top+"/victim/file", "root's own", 0o600)
		grow(rt, g)
		outside, before := snapshot(rt, g.top), g.tree()
		r := g.lawful()
		after := g.tree()
		if len(r.Steps()) > 0 {
			migrated++
		}
		for _, name := range changed(before, after) {
			if strings.HasPrefix(name, "backups/config/") && before[name] == "" && strings.Contains(name, ".bak-2026") {
				continue
			}
			if !slices.ContainsFunc(r.Steps(), func(s boot.Step) bool { return s.Target == name }) {
				rt.Fatalf("%s changed from %q to %q, and no step says so:\n%s", name, before[name], after[name], strings.Join(steps(r), "\n"))
			}
		}
		for _, name := range []string{"config.yaml", ".env"} {
			if before[name] == after[name] {
				continue
			}
			kept := slices.ContainsFunc(g.shelfOf(name), func(text string) bool { return strings.HasSuffix(before[name], quote(text)) })
			if !kept {
				rt.Fatalf("%s was %q, and no backup holds it", name, before[name])
			}
		}
		for _, name := range changed(outside, snapshot(rt, g.top)) {
			if !strings.HasPrefix(name, "vol") {
				rt.Fatalf("outside the volume %q changed", name)
			}
		}
	})
	if migrated < 5 {
		t.Errorf("only %d volumes were migrated", migrated)
	}
}

func quote(text string) string { return strconv.Quote(text) }
