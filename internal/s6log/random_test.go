package s6log

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/chain"
)

// TestRandomScriptsDoWhatTheRealOneDoes: any directives, any lines. What is in a directory's files is compared as a whole:
// the real one ends an archive where a read of its own ended, ours at the first line's end at which it is full.
func TestRandomScriptsDoWhatTheRealOneDoes(t *testing.T) {
	theirs := realPath(t)
	top := t.TempDir()
	t.Chdir(top) // and back
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		words := rapid.Custom(directives).Draw(rt, "directives")
		flags := rapid.SliceOfN(rapid.SampledFrom([]string{"-b", "-q", "-v", "-l50", "-l100", "-l0", "-p"}), 0, 2).Draw(rt, "flags")
		input := rapid.Custom(lines).Draw(rt, "lines")
		args := append(append(flags, "--", "n500"), words...) // the archives are of other sizes, and all are compared
		run++
		var got [2]string // one after the other: ours reaps whatever child of this process dies, as it may be PID 1
		got[0] = whole(rt, theirs, fmt.Sprintf("%s/%d.0", top, run), args, input)
		got[1] = whole(rt, "", fmt.Sprintf("%s/%d.1", top, run), args, input)
		if got[0] != got[1] {
			at := 0
			for at < min(len(got[0]), len(got[1])) && got[0][at] == got[1][at] {
				at++
			}
			at = max(at-100, 0)
			rt.Fatalf("s6-log %q:\nthe real one:\n%.300s\nours:\n%.300s\nwith %.1000q", args, got[0][at:], got[1][at:], input)
		}
	})
}

// directives draws a script.
func directives(t *rapid.T) []string {
	control := rapid.OneOf(
		rapid.SampledFrom([]string{
			"f", "t", "T", "p", "ppre", "E5", "E0", "^0", "^80", "s4096", "s5000", "l0", "l2000", "r50", "+", "-", "!", "?",
			"n", "xyz", "tT", "l9999999", // wrong ones
		}),
		rapid.Custom(func(t *rapid.T) string {
			return rapid.SampledFrom([]string{"+", "-"}).Draw(t, "sign") + rapid.StringMatching(`\^?([abc .]|\[ab\]|\[\^c\]|\(a\|b\)|\[\[:alpha:\]\])([*+?]|\{1,2\})?[abc]?\$?`).Draw(t, "expression")
		}),
	)
	var words []string
	for i := range rapid.IntRange(1, 4).Draw(t, "actions") {
		// Wrong words are rare, so that most scripts do something.
		for _, w := range rapid.SliceOfN(control, 0, 3).Draw(t, "controls") {
			if len(w) > 1 && (w == "xyz" || w == "tT" || w == "l9999999") || w == "n" {
				if rapid.IntRange(0, 9).Draw(t, "is wrong") > 0 {
					continue
				}
			}
			words = append(words, w)
		}
		words = append(words, rapid.SampledFrom([]string{"1", "2", fmt.Sprintf("=./x%d", i), fmt.Sprintf("./d%d", i)}).Draw(t, "action"))
	}
	return words
}

// lines draws whole lines, some of them long.
func lines(t *rapid.T) string {
	var b strings.Builder
	for range rapid.IntRange(0, 20).Draw(t, "lines") {
		b.WriteString(rapid.StringMatching(`[abcd .\-]{0,12}`).Draw(t, "line"))
		b.WriteString(strings.Repeat("ab c", rapid.SampledFrom([]int{0, 0, 0, 10, 30, 300, 2500}).Draw(t, "more")))
		b.WriteByte('\n')
	}
	return b.String()
}

// whole runs a program on a file, ours in this process, and gives what came of it; a directory's files are one.
func whole(t *rapid.T, path, dir string, args []string, input string) string {
	fail := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	fail(os.Mkdir(dir, 0o755))
	fail(os.WriteFile(dir+".in", []byte(input), 0o600))
	in, err := os.Open(dir + ".in")
	fail(err)
	defer func() { _ = in.Close() }()
	var out, errs strings.Builder
	var code int
	if path == "" {
		fail(os.Chdir(dir))
		code = Log(&chain.Call{Name: "s6-log", Args: args, Env: os.Environ(), Stdin: in, Stdout: &out, Stderr: &errs})
	} else {
		cmd := exec.Cmd{Path: path, Args: append([]string{"s6-log"}, args...), Dir: dir, Stdin: in, Stdout: &out, Stderr: &errs}
		if err := cmd.Run(); cmd.ProcessState == nil {
			fail(err)
		}
		code = cmd.ProcessState.ExitCode()
	}
	text := fmt.Sprintf("code %d\nout %s\nerr %s\n", code, timeless(out.String()), timeless(errs.String()))
	if code == 100 {
		return text // the real one has made the directories in front of the wrong word already
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		text += fmt.Sprintf("%s %v ", e.Name(), info.Mode())
		if e.IsDir() {
			text += fmt.Sprintf("%q\n", timeless(content(t, dir+"/"+e.Name())))
			continue
		}
		data, err := os.ReadFile(dir + "/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		text += fmt.Sprintf("%q\n", timeless(string(data)))
	}
	return text
}
