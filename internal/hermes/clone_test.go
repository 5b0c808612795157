package hermes

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fsWalk tells every name below a directory.
func fsWalk(dir string, tell func(rel string)) error {
	return filepath.WalkDir(dir, func(p string, _ fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if rel, _ := filepath.Rel(dir, p); rel != "." && err == nil {
			tell(rel)
		}
		return err
	})
}

// lived gives the volume's own profile a life.
func (g *rig) lived() {
	g.t.Helper()
	g.write(".env", "TELEGRAM_BOT_TOKEN=t\nOPENAI_API_KEY=k\nAPI_SERVER_PORT=9001\n", 0o644)
	g.write("config.yaml", "model: mine\n", 0o640)
	g.write("SOUL.md", "be mine\n")
	g.write("skills/a/SKILL.md", "skill")
	g.write("skills/run.sh", "#!", 0o755)
	g.write("memories/MEMORY.md", "m")
	g.write("memories/USER.md", "u")
	g.write("memories/other", "o")
	g.write("plans/p", "p")
	g.write("auth.json", "{}", 0o600)
	for _, own := range []string{
		"gateway.pid", "gateway_state.json", "processes.json", "gateway.lock", "state.db", "state.db-wal", "state.db-shm", "response_store.db",
		"sessions/s", "backups/b", "cron/jobs.json", "active_profile", ".install_method", "logs/gateways/default/current", "logs/container-boot.log",
		".berth/boots.jsonl", "profiles/other/SOUL.md", "state/gateway.lifecycle.json",
	} {
		g.write(own, "default") // which active_profile may say
	}
	g.write("logs/agent.log", "l")
}

func TestClone(t *testing.T) {
	g := newRig(t)
	g.lived()
	g.gets(0, says("Created profile coder", "lacks TELEGRAM_BOT_TOKEN, API_SERVER_PORT"), "profile", "create", "--clone", "coder")
	at := func(name string) string { return "profiles/coder/" + name }
	want := []string{
		".env", "SOUL.md", "config.yaml", "cron", "home", "logs", "memories", "memories/MEMORY.md", "memories/USER.md", "plans", "sessions",
		"skills", "skills/a", "skills/a/SKILL.md", "skills/run.sh", "skins", "workspace",
	}
	g.is(slices.Equal(g.below("profiles/coder"), want), "it has %q", g.below("profiles/coder"))
	g.is(g.read(at(".env")) == "OPENAI_API_KEY=k\n", ".env says %q", g.read(at(".env")))
	g.is(g.mode(at(".env")) == 0o600 && g.mode(at("config.yaml")) == 0o640 && g.mode(at("skills/run.sh")) == 0o755, "modes are wrong")
	g.is(g.read(at("SOUL.md")) == "be mine\n" && g.read(at("config.yaml")) == "model: mine\n", "it isn't a copy")
	g.is(g.read(".env") == "TELEGRAM_BOT_TOKEN=t\nOPENAI_API_KEY=k\nAPI_SERVER_PORT=9001\n", "the original says %q", g.read(".env"))
	g.owned(at(".env"), at("skills/a/SKILL.md"))

	g.gets(0, says("lacks API_SERVER_PORT:"), "profile", "create", "--clone", "--clone-channels", "second")
	g.is(g.read("profiles/second/.env") == "TELEGRAM_BOT_TOKEN=t\nOPENAI_API_KEY=k\n", ".env says %q", g.read("profiles/second/.env"))

	g.write("profiles/second/SOUL.md", "be second\n")
	for i, args := range []string{"--clone-from second", "--clone --clone-from=second", "-p second --clone"} {
		name := "x" + string(rune('a'+i))
		g.gets(0, nil, append([]string{"profile", "create", name}, strings.Fields(args)...)...)
		g.is(g.read("profiles/"+name+"/SOUL.md") == "be second\n", "%s copies another", args)
	}
}

func TestCloneAll(t *testing.T) {
	g := newRig(t)
	g.lived()
	g.gets(0, says("lacks TELEGRAM_BOT_TOKEN"), "profile", "create", "--clone-all", "coder")
	want := []string{
		".env", "SOUL.md", "auth.json", "config.yaml", "cron", "home", "logs", "logs/agent.log", "memories", "memories/MEMORY.md", "memories/USER.md",
		"memories/other", "plans", "plans/p", "sessions", "skills", "skills/a", "skills/a/SKILL.md", "skills/run.sh", "skins", "state", "workspace",
	}
	g.is(slices.Equal(g.below("profiles/coder"), want), "it has %q", g.below("profiles/coder"))
	g.is(g.mode("profiles/coder/auth.json") == 0o600 && g.mode("profiles/coder/.env") == 0o600, "modes are wrong")
	g.gets(0, nil, "profile", "create", "--clone-all", "--clone-from", "coder", "second")
	g.is(slices.Equal(g.below("profiles/second"), want), "a copy of a copy has %q", g.below("profiles/second"))
}

func TestCloneOfAlmostNothing(t *testing.T) {
	g := newRig(t)
	g.gets(0, nil, "profile", "create", "--clone", "coder")
	g.is(g.mode("profiles/coder/.env") == 0o600 && g.read("profiles/coder/SOUL.md") == "be kind\n", "it has %q", g.below("profiles/coder"))
	g.is(g.err.Len() == 0, "it says %s", &g.err)
}

func TestCloneOfLinks(t *testing.T) {
	g := newRig(t)
	g.write("skills/a/x", "x")
	g.write("common/skill/y", "y")
	g.write("common/soul", "shared\n")
	g.link("common/soul", "SOUL.md")
	g.link("../common/skill", "skills/inside")
	g.link(g.at("common/skill/y"), "skills/absolute")
	g.link("a/../a/x", "skills/sideways")
	g.link("inside/y", "skills/chain")
	g.link("/etc", "skills/outside")
	g.link("../../../../etc/passwd", "skills/climb")
	g.link(g.home+"/../x", "skills/nextdoor")
	g.link("nowhere", "skills/dangling")
	g.link("loop", "skills/loop")
	g.link("..", "skills/top")
	g.link(".", "skills/self")
	g.link("../profiles", "skills/profiles")
	fifo(t, g.at("skills/fifo"))
	g.own("skills/fifo")
	g.link("fifo", "skills/tofifo")
	g.gets(0, says("leads off the volume", "leads to nothing", "leads to what holds it", `skills/outside" is not in the copy`), "profile", "create", "--clone", "coder")
	got := g.below("profiles/coder/skills")
	want := []string{"a", "a/x", "absolute", "chain", "inside", "inside/y", "sideways"}
	g.is(slices.Equal(got, want), "it has %q", got)
	for _, name := range append(want, "../SOUL.md") {
		in, err := os.Lstat(g.at("profiles/coder/skills/" + name))
		ok(t, err)
		g.is(in.Mode()&fs.ModeSymlink == 0, "%s is still a link", name)
	}
	g.is(g.read("profiles/coder/SOUL.md") == "shared\n", "SOUL.md says %q", g.read("profiles/coder/SOUL.md"))
}

// Two links a level make 2^n of n levels: the copy ends all the same.
func TestCloneOfATreeWithoutEnd(t *testing.T) {
	g := quickRig(t)
	last := ""
	for name := range strings.SplitSeq("abcdefghijklmnopqrst", "") {
		g.mkdir("bombs/" + name)
		if last != "" {
			g.link("../"+last, "bombs/"+name+"/l")
			g.link("../"+last, "bombs/"+name+"/r")
		}
		last = name
	}
	g.mkdir("skills")
	g.link("../bombs/"+last, "skills/bomb")
	c := &copier{volume: g.e.Volume, stage: "profiles/x", remarks: &remarks{}, entries: maxEntries - 1000}
	g.mkdir("profiles/x")
	err := g.e.As(func() error {
		from, err := g.e.Volume.Sub("skills")
		if err != nil {
			return err
		}
		defer func() { _ = from.Close() }()
		to, err := g.e.Volume.Sub("profiles/x")
		if err != nil {
			return err
		}
		defer func() { _ = to.Close() }()
		return c.tree(t.Context(), from, "skills", to, nil)
	})
	g.is(err != nil && strings.Contains(err.Error(), "larger than allowed"), "got %v", err)
}

func TestRemarksAreBounded(t *testing.T) {
	g := newRig(t)
	for name := range strings.SplitSeq("abcdefghijklmnopqrst", "") {
		g.link("/", "skills/"+name)
	}
	g.gets(0, says("10 more of these"), "profile", "create", "--clone", "coder")
	g.is(strings.Count(g.err.String(), "\n") == 11, "it says %s", &g.err)
}

// What may not be read, or lies on a link, is left out with a word; the profile is made.
func TestCloneOfWhatCannotBeRead(t *testing.T) {
	g := newRig(t)
	g.lived()
	g.write("outside", "SECRET=1\n")
	ok(t, os.Remove(g.at(".env")), os.RemoveAll(g.at("memories")))
	g.link("outside", ".env")
	g.link("plans", "memories")
	g.gets(0, says(`/.env" is not in the copy`, `/memories" is not in the copy`), "profile", "create", "--clone", "coder")
	g.is(!strings.Contains(g.read("profiles/coder/.env"), "SECRET"), ".env says %q", g.read("profiles/coder/.env"))
	g.is(g.there("profiles/coder/memories"), "memories are missing")
	if os.Geteuid() != 0 {
		t.Skip("the rest needs root: it makes what the app may not read")
	}
	ok(t, os.Chown(g.at("config.yaml"), 0, 0), os.Chmod(g.at("config.yaml"), 0o600), os.Chown(g.at("skills/a"), 0, 0), os.Chmod(g.at("skills/a"), 0o700))
	g.gets(0, says("config.yaml", "skills/a", "permission denied"), "profile", "create", "--clone", "second")
	g.is(g.read("profiles/second/config.yaml") == "model: {}\n" && g.there("profiles/second/skills/run.sh"), "it has %q", g.below("profiles/second"))
}

// Whoever swaps what is being copied gets their own links left out, never what they lead to.
func TestAnAttackerSwapsWhatIsCopied(t *testing.T) {
	g := quickRig(t)
	dir := filepath.Dir(g.home)
	ok(t, os.Mkdir(dir+"/victim", 0o755), os.WriteFile(dir+"/victim/x", []byte("secret"), 0o644))
	g.write("skills/a/x", "mine")
	g.link(dir+"/victim", "skills/.swap")
	stop, done := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			if err := exchange(g.at("skills/a"), g.at("skills/.swap")); err != nil {
				done <- err
				return
			}
		}
	}()
	for range 20 {
		code, _ := g.ask("profile", "create", "--clone", "coder")
		if code == 0 {
			for _, name := range g.below("profiles/coder/skills") {
				if strings.HasSuffix(name, "/x") {
					g.is(g.read("profiles/coder/skills/"+name) == "mine", "%s is the victim's", name)
				}
			}
			g.gets(0, nil, "profile", "delete", "--yes", "coder")
		}
	}
	close(stop)
	ok(t, <-done)
}
