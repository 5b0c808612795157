package main

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/fsx"
)

const (
	killsEnv  = "BERTH_PROOF_KILLS"  // how many kills; hack/proof has a thousand
	binaryEnv = "BERTH_PROOF_BINARY" // the program that is shipped, instead of the tests' own
)

// changing are the calls by which berth changes the disk.
const changing = "mkdirat,renameat,renameat2,linkat,symlinkat,unlinkat,mknodat,fchown,fchownat,fchmod,fchmodat,write,pwrite64,ftruncate,fsync,fdatasync"

const killedSpec = `version: 1
app: hermes
user: {name: hermes, uid: 10000, gid: 10000, uid-env: [PUID], gid-env: [PGID]}
volume:
  path: /data
  dirs: [logs, skills, backups]
  own: {trees: [logs, skills, backups, profiles], files: [.env, config.yaml, auth.json]}
  modes: {.env: "0600"}
install: {path: /app}
seed:
  - {path: .env, content: "# settings\nAPI_KEY=\nOTHER=1\n", mode: "0600"}
  - {path: notes/SOUL.md, content: "be kind\n", mode: "0640"}
keep:
  - {path: skills, from: skills, marker: SKILL.md}
generate:
  - {path: .env, key: API_KEY, bytes: 32}
migrate: {file: config.yaml, version-key: version, backup: [config.yaml, .env], steps: steps.yaml}
mirror:
  - {path: .env, profiles: true, keys: [PORTAL]}
reseed:
  - {path: auth.json, entry: main, from-env: AGAIN, tokens: [token], terminal: over}
profiles: {dir: profiles, marker: SOUL.md}
main: {command: [hermes], program: /app/argv}
`

const killedSteps = `version: 1
latest: 3
env-file: .env
steps:
  - {to: 2, edits: [{default: display.mode, value: all}]}
  - {to: 3, edits: [{move: old.key, to: new.key}]}
`

// A killing is a program in a jail of its own, which is killed at its calls.
type killing struct {
	t     *testing.T
	dir   string
	env   []string
	texts map[string][]string // what a file may hold, by its name: what it held before and what it holds in the end
}

func newKilling(t *testing.T) *killing {
	t.Helper()
	k := &killing{t: t, dir: t.TempDir()}
	env := &testscript.Env{WorkDir: k.dir, Vars: []string{"PATH=" + os.Getenv("PATH")}, Values: map[any]any{}}
	if err := setup(env); err != nil {
		t.Fatal(err)
	}
	k.env = env.Vars
	if binary := os.Getenv(binaryEnv); binary != "" {
		if err := copyFile(binary, k.dir+"/root/app/berth"); err != nil {
			t.Fatal(err)
		}
	}
	k.put("etc/berth/berth.yaml", killedSpec)
	k.put("etc/berth/steps.yaml", killedSteps)
	k.put("app/skills/core/SKILL.md", "core")
	k.put("app/skills/web/fetch/SKILL.md", "fetch")
	k.put("app/skills/web/fetch/run", "#!")
	return k
}

// put makes a file of root's.
func (k *killing) put(name, text string) {
	k.t.Helper()
	name = filepath.Join(k.dir, "root", name)
	for _, err := range []error{os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644), os.Lchown(name, 0, 0)} {
		if err != nil {
			k.t.Fatal(err)
		}
	}
}

// lay makes the volume and the accounts anew: an older image's, which root restored, with the user moved.
func (k *killing) lay() {
	k.t.Helper()
	for _, dir := range []string{"data", "run"} {
		if err := os.RemoveAll(k.dir + "/root/" + dir); err != nil {
			k.t.Fatal(err)
		}
		if err := os.Mkdir(k.dir+"/root/"+dir, 0o755); err != nil {
			k.t.Fatal(err)
		}
	}
	k.put("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nhermes:x:10000:10000::/data:/bin/sh\n")
	k.put("etc/group", "root:x:0:\nhermes:x:10000:\n")
	for _, name := range []string{"skills/a/b", "skills/a/c", "skills/d", "logs/app.log"} {
		k.put("data/"+name, "x")
	}
	k.put("data/config.yaml", "# mine\nversion: 1\nold:\n    key: 'a'\n")
	k.put("data/profiles/a/SOUL.md", "x")
	k.put("data/profiles/a/.env", "PORTAL=stale\nA=1\n")
	k.put("data/auth.json", "{\n  \"main\": {\"over\": true}\n}\n")
}

// boot boots, behind whatever the prefix is, and gives how it ended.
func (k *killing) boot(prefix ...string) (int, string) {
	k.t.Helper()
	c := exec.Command(k.dir+"/bin/jail", append(prefix, "/init", "true")...)
	c.Dir, c.Env = k.dir, append(slices.Clone(k.env), "PUID=4242", "PGID=4343", "PORTAL=https://a.example/v1", `AGAIN={"token":"new"}`)
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	if err := c.Run(); err != nil {
		e, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			k.t.Fatal(err)
		}
		return exitCode(e.ProcessState), said.String()
	}
	return 0, said.String()
}

// calls counts how often each call is made, by the thread that makes it most.
func (k *killing) calls() map[string]int {
	k.t.Helper()
	k.lay()
	if code, said := k.boot("strace", "-f", "-qq", "-o", "/tmp/calls", "-e", "trace="+changing); code != 0 {
		k.t.Skipf("needs strace that may trace: %s", said)
	}
	data, err := os.ReadFile(k.dir + "/root/tmp/calls")
	if err != nil {
		k.t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^(\d+) +(\w+)\(`)
	threads := map[string]int{}
	most := map[string]int{}
	for _, m := range line.FindAllStringSubmatch(string(data), -1) {
		threads[m[1]+m[2]]++
		most[m[2]] = max(most[m[2]], threads[m[1]+m[2]])
	}
	return most
}

// tree is what a boot is judged by, without the key, the times of backups, the records of boots, and what a dead writer left in the image's /etc under a
// name of its own: it goes with the container.
func (k *killing) tree() map[string]string {
	k.t.Helper()
	all := map[string]string{}
	key, at := regexp.MustCompile(`API_KEY=\w{16,}`), regexp.MustCompile(`\.bak-\w+`)
	for _, top := range []string{"data", "etc"} {
		err := filepath.WalkDir(filepath.Join(k.dir, "root", top), func(p string, d fs.DirEntry, err error) error {
			if err != nil || top == "etc" && fsx.IsTemp(d.Name()) {
				return err
			}
			var st unix.Stat_t
			if err := unix.Lstat(p, &st); err != nil {
				return err
			}
			name, _ := filepath.Rel(k.dir+"/root", p)
			for name = at.ReplaceAllString(name, ".bak-<time>"); all[name] != ""; {
				name += "'" // another backup of the same file
			}
			what := strconv.FormatUint(uint64(st.Mode), 8) + " " + strconv.Itoa(int(st.Uid)) + ":" + strconv.Itoa(int(st.Gid))
			if d.Type().IsRegular() && !strings.HasPrefix(name, "data/.berth/") {
				data, err := os.ReadFile(p)
				if err != nil {
					return err
				}
				what += " " + key.ReplaceAllString(string(data), "API_KEY=<key>")
			}
			all[name] = what
			return nil
		})
		if err != nil {
			k.t.Fatal(err)
		}
	}
	return all
}

// knows takes what the files of a tree hold for whole.
func (k *killing) knows(tree map[string]string) {
	if k.texts == nil {
		k.texts = map[string][]string{}
	}
	for name, what := range tree {
		if text, is := content(what); is {
			k.texts[name] = append(k.texts[name], text)
		}
	}
}

// content is what a file holds, of its line in a tree, if it is one.
func content(what string) (text string, is bool) {
	if !strings.HasPrefix(what, "100") {
		return "", false
	}
	_, owned, _ := strings.Cut(what, " ")
	_, text, is = strings.Cut(owned, " ")
	return text, is
}

// whole looks at the files as a reader does that comes between the kill and the next boot. A file holds what it held, or what it will
// hold; one that several phases write line by line holds lines of these, each whole. An entry of a kept tree is there with all of its
// files or not at all.
func (k *killing) whole(when string) {
	k.t.Helper()
	tree := k.tree()
	for name, what := range tree {
		text, is := content(what)
		if !is || fsx.IsTemp(filepath.Base(name)) || slices.Contains(k.texts[name], text) || k.wholeLines(name, text) {
			continue
		}
		k.t.Errorf("%s: %s holds %q, which is none of %q", when, name, text, k.texts[name])
	}
	for _, name := range []string{"data/config.yaml", "data/auth.json", "data/profiles/a/.env", "etc/passwd", "etc/group"} {
		if _, there := tree[name]; !there {
			k.t.Errorf("%s: %s is gone", when, name)
		}
	}
	for _, file := range []string{"SKILL.md", "run"} {
		if _, entry := tree["data/skills/web/fetch"]; entry && tree["data/skills/web/fetch/"+file] == "" {
			k.t.Errorf("%s: skills/web/fetch is there without its %s", when, file)
		}
	}
}

// wholeLines says whether a file is one of lines, and has only whole ones that are its own.
func (k *killing) wholeLines(name, text string) bool {
	base := filepath.Base(name)
	if !strings.HasPrefix(base, ".env") && base != ".bundled_manifest" {
		return false
	}
	known := []string{"API_KEY="} // of the seed
	for of, texts := range k.texts {
		if filepath.Base(of) == base || of == "data/.env" && strings.HasPrefix(base, ".env") {
			for _, t := range texts {
				known = append(known, strings.Split(t, "\n")...)
			}
		}
	}
	lines := strings.Split(text, "\n")
	foreign := func(line string) bool { return !slices.Contains(known, line) }
	return len(lines) > 1 && lines[len(lines)-1] == "" && !slices.ContainsFunc(lines, foreign)
}

// The program is killed at calls that change files, drawn at random: strace counts them for each call and thread, so this
// samples where the tests of the rooms enumerate. What is there then is whole, and the next boot ends where an undisturbed one does.
func TestKilledAtRandomCalls(t *testing.T) {
	n := sampled(t, killsEnv, 6)
	k, want, most, names := sampling(t)
	killed, survived := map[string]int{}, 0
	for i := range n {
		name := names[rand.IntN(len(names))]
		at := 1 + rand.IntN(most[name])
		when := name + " " + strconv.Itoa(at)
		k.lay()
		code, said := k.boot("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace="+name, "-e", "inject="+name+":signal=KILL:when="+strconv.Itoa(at))
		switch code {
		case 0: // the threads shared the calls otherwise
			survived++
		case 137:
			killed[name]++
		default:
			t.Errorf("kill %d, at %s: ended with %d: %s", i, when, code, said)
		}
		k.whole(when)
		if code, said := k.boot(); code != 0 {
			t.Errorf("killed at %s, the next boot ended with %d: %s", when, code, said)
		}
		if diff := cmp.Diff(want, k.tree()); diff != "" {
			t.Errorf("killed at %s, then booted: %s", when, diff)
		}
	}
	sum := 0
	for _, name := range slices.Sorted(maps.Keys(killed)) {
		t.Logf("%6d killed at %s", killed[name], name)
		sum += killed[name]
	}
	t.Logf("%6d in all, %d boots came to their end before", sum, survived)
	if sum < n/2 {
		t.Errorf("only %d of %d boots were killed", sum, n)
	}
}

// sampled gives how many samples are wanted, where samples can be taken.
func sampled(t *testing.T, variable string, n int) int {
	t.Helper()
	if root, err := condition("root"); err != nil || !root {
		t.Skip("needs root: namespaces and a root directory of its own")
	}
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("needs strace")
	}
	syscall.Umask(0o022)
	if text := os.Getenv(variable); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// sampling gives a program, the tree that an undisturbed boot of it leaves, and the calls that change the disk: how often each is
// made, and which can be injected into.
func sampling(t *testing.T) (k *killing, want map[string]string, most map[string]int, names []string) {
	t.Helper()
	k = newKilling(t)
	k.lay()
	k.knows(k.tree())
	if code, said := k.boot(); code != 0 {
		t.Fatalf("an undisturbed boot ended with %d: %s", code, said)
	}
	want, most = k.tree(), k.calls()
	k.knows(want)
	return k, want, most, injectable(t, most)
}

// injectable gives the names of the calls. One that this strace has no name for it writes as syscall_0x1c4, and can't inject into.
func injectable(t *testing.T, most map[string]int) []string {
	t.Helper()
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(most)), func(name string) bool { return strings.HasPrefix(name, "syscall_") })
	if len(names) < 6 {
		t.Fatalf("berth makes few kinds of calls: %v", most)
	}
	return names
}
