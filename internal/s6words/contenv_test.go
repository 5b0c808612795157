package s6words

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

// contenvAt lays a container's environment down and gives what BERTH_S6_RUN has to be for it.
func contenvAt(t *testing.T, files map[string]string) (run, dir string) {
	t.Helper()
	run = t.TempDir()
	must(t, os.Chmod(run, 0o755))
	dir = run + contenvDir
	must(t, os.MkdirAll(dir, 0o755))
	lay(files)(t, dir)
	return run, dir
}

func TestWithContenv(t *testing.T) {
	files := map[string]string{
		"NEW": "value\n", "OLD": "value", "EMPTY": "", "BLANK": "\n", "LINES": "a\nb\n\n", "NUL": "a\x00b", ".DOT": "x", "A=B": "x", "SPACES": " a ", "DIR/": "", "FIFO": "fifo",
		"LONG": strings.Repeat("x", maxVariable+1),
	}
	for _, c := range []struct {
		name, script, want string
		path               string // the file PATH
		warns              int
	}{
		{name: "the environment is the directory's alone", script: "GONE=1 with-contenv sh -c 'test -z \"$GONE\" && echo $NEW $OLD $SPACES'", want: "value value a\n", warns: 2},
		{name: "an empty file is none, a newline alone is an empty value", script: "EMPTY=1 BLANK=1 with-contenv sh -c 'echo ${EMPTY-none} ${BLANK-none}.'", want: "none .\n", warns: 2},
		{name: "one newline at the end goes, a NUL becomes one", script: "with-contenv sh -c 'echo \"$LINES-$NUL\"'", want: "a\nb\n-a\nb\n", warns: 2},
		{name: "PATH is kept where the directory has none", script: "with-contenv sh -c 'echo $PATH' | grep -c ^/", want: "1\n", warns: 2},
		{name: "PATH is the directory's", path: "/usr/bin:/bin:/own\n", script: "with-contenv sh -c 'echo $PATH'", want: "/usr/bin:/bin:/own\n", warns: 2},
		{name: "the program is looked for along the old one", path: "/own", script: "with-contenv printenv PATH", want: "/own\n", warns: 2},
		{name: "S6_KEEP_ENV leaves all as it is", script: "S6_KEEP_ENV=1 MINE=1 with-contenv sh -c 'echo $MINE$NEW'", want: "1\n"},
		{name: "S6_KEEP_ENV of 0 doesn't", script: "S6_KEEP_ENV=0 MINE=1 with-contenv sh -c 'echo $MINE$NEW'", want: "value\n", warns: 2},
		{name: "it is the interpreter of a script", script: "printf '#!%s sh\\necho $NEW $1\\n' $(command -v with-contenv) >$BERTH_S6_RUN/s; chmod +x $BERTH_S6_RUN/s; $BERTH_S6_RUN/s word", want: "value word\n", warns: 2},
		{name: "printcontenv prints one", script: "printcontenv NEW; printcontenv OLD; printcontenv BLANK; printcontenv NONE; echo $?; printcontenv EMPTY; echo $?; printcontenv ../x; echo $?", want: "value\nvalue\n\n1\n1\n1\n"},
		{name: "printcontenv under S6_KEEP_ENV", script: "S6_KEEP_ENV=1 MINE=2 printcontenv MINE; S6_KEEP_ENV=1 printcontenv NEW; echo $?", want: "2\n1\n"},
		{name: "a hook's new file is there at the next call", script: "with-contenv sh -c 'echo ${HOOK-none}'; printf 1 >$BERTH_S6_RUN" + contenvDir + "/HOOK; with-contenv sh -c 'echo $HOOK'", want: "none\n1\n", warns: 2},
		{name: "no program", script: "with-contenv; echo $?; printcontenv; echo $?", want: "100\n100\n"},
		{name: "an unknown program", script: "with-contenv nonesuch 2>/dev/null; echo $?", want: "127\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			run0, dir := contenvAt(t, files)
			if c.path != "" {
				must(t, os.WriteFile(filepath.Join(dir, "PATH"), []byte(c.path), 0o644))
			}
			o := run(t, links(t), run0, c.script, "BERTH_S6_RUN="+run0)
			if o.Stdout != c.want || o.Code != 0 {
				t.Errorf("%s: %d, %q, want %q\n%s", c.script, o.Code, o.Stdout, c.want, o.stderr)
			}
			if c.warns > 0 && strings.Count(o.stderr, "LONG: Argument list too long") == 0 && !strings.Contains(c.script, "2>") {
				t.Errorf("what was left out isn't said: %s", o.stderr)
			}
		})
	}
}

// Without an environment of the container, as in docker exec before the boot, the program still gets its own.
func TestWithContenvWithoutAny(t *testing.T) {
	o := run(t, links(t), t.TempDir(), "MINE=1 with-contenv sh -c 'echo $MINE'; printcontenv MINE; echo $?", "BERTH_S6_RUN=/nonesuch")
	if o.Stdout != "1\n111\n" || !strings.Contains(o.stderr, "there is no environment") {
		t.Errorf("%+v %s", o, o.stderr)
	}
}

// As s6-envdir does with an empty environment and the same rule for ends of lines.
func TestAnyContenvAsTheRealEnvdir(t *testing.T) {
	needs(t)
	ours := links(t)
	few(t, 10)
	rapid.Check(t, func(r *rapid.T) {
		base, err := os.MkdirTemp("", "contenv")
		must(t, err)
		defer func() { _ = os.RemoveAll(base) }()
		dir := base + contenvDir
		must(t, os.MkdirAll(dir, 0o755))
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"A", "B", "C", "D", ".E", "é", "a b"}), 1, 5, rapid.ID).Draw(r, "names") {
			text := rapid.StringOfN(rapid.SampledFrom([]rune("ab \t\n\x00\r=é")), 0, 6, -1).Draw(r, name)
			must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
		}
		const show = " sh -c 'printenv -0 | grep -zav -e ^PWD= -e ^PATH= -e ^OLDPWD= -e ^_= -e ^SHLVL= -e ^BERTH | sort -z'"
		a := run(t, "/usr/bin", base, "exec env -i PATH=$PATH s6-envdir -f "+dir+show)
		b := run(t, ours, base, "exec with-contenv"+show, "BERTH_S6_RUN="+base)
		if a.Stdout != b.Stdout {
			r.Fatalf("the real one gives %q\nours gives %q\n%s", a.Stdout, b.Stdout, b.stderr)
		}
	})
}

// Root takes no variables from where somebody else could put them; others have nothing to lose.
func TestRootBelievesOnlyRootsContenv(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: it changes owners")
	}
	const app = 10000
	for _, c := range []struct {
		name    string
		change  func(run string) error
		refused bool
	}{
		{"root's alone", func(string) error { return nil }, false},
		{"a sticky place", func(run string) error { return unix.Chmod(run, 0o1777) }, false},
		{"a place that everybody may rename in", func(run string) error { return unix.Chmod(run, 0o777) }, true},
		{"a place that the group may rename in", func(run string) error { return unix.Chmod(run, 0o775) }, true},
		{"somebody's place", func(run string) error { return os.Chown(run, app, app) }, true},
		{"somebody's s6", func(run string) error { return os.Chown(run+"/s6", app, app) }, true},
		{"everybody's s6", func(run string) error { return unix.Chmod(run+"/s6", 0o1777) }, true},
		{"a link to an s6", func(run string) error {
			return errors.Join(os.Rename(run+"/s6", run+"/real"), os.Symlink("real", run+"/s6"))
		}, true},
		{"somebody's environment", func(run string) error { return os.Chown(run+contenvDir, app, app) }, true},
		{"a group's environment", func(run string) error { return unix.Chmod(run+contenvDir, 0o775) }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			run0, err := os.MkdirTemp("", "contenv") // t.TempDir's parent is root's alone
			must(t, err)
			defer func() { _ = os.RemoveAll(run0) }()
			must(t, os.MkdirAll(run0+contenvDir, 0o755))
			for _, dir := range []string{run0, run0 + "/s6", run0 + contenvDir} {
				must(t, os.Chmod(dir, 0o755))
			}
			must(t, os.WriteFile(run0+contenvDir+"/WHOSE", []byte("directory"), 0o600))
			must(t, os.Chmod(run0+contenvDir+"/WHOSE", 0o644))
			must(t, c.change(run0))
			const script = "with-contenv sh -c 'echo $WHOSE'; printcontenv WHOSE"
			root := run(t, links(t), "/", "WHOSE=own; export WHOSE; "+script, "BERTH_S6_RUN="+run0)
			want, warns := "directory\ndirectory\n", 0
			if c.refused {
				want, warns = "own\n", 2
			}
			if root.Stdout != want || strings.Count(root.stderr, "root takes no variables from") != warns {
				t.Errorf("root gets %q, want %q: %s", root.Stdout, want, root.stderr)
			}
			user := run(t, links(t), "/", "exec s6-applyuidgid -u 10000 -g 10000 -G '' printcontenv WHOSE", "BERTH_S6_RUN="+run0)
			if user.Stdout != "directory\n" || user.stderr != "" {
				t.Errorf("a user gets %q: %s", user.Stdout, user.stderr)
			}
		})
	}
}
