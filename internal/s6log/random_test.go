package s6log

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestRandomScriptsDoWhatTheRealOneDoes: any directives, any lines. What is in a directory's files is compared as a whole:
// the real one ends an archive where a read of its own ended, ours at the first line's end at which it is full.
func TestRandomScriptsDoWhatTheRealOneDoes(t *testing.T) {
	theirs, self := realPath(t, "s6-log"), oursPath(t)
	top := t.TempDir()
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		words := rapid.Custom(directives).Draw(rt, "directives")
		flags := rapid.SliceOfN(rapid.SampledFrom([]string{"-b", "-q", "-v", "-l50", "-l100", "-l0", "-p"}), 0, 2).Draw(rt, "flags")
		input := rapid.Custom(lines).Draw(rt, "lines")
		args := append(append(flags, "--", "n500"), words...) // the archives are of other sizes, and all are compared
		run++
		var got [2]string
		done := make(chan bool)
		for i, path := range []string{theirs, self} {
			go func() {
				defer func() { done <- true }()
				got[i] = whole(rt, path, fmt.Sprintf("%s/%d.%d", top, run, i), args, input)
			}()
		}
		<-done
		<-done
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

// whole runs a program on a file, and gives what came of it; a directory's files are one.
func whole(t *rapid.T, path, dir string, args []string, input string) string {
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	cmd := exec.Cmd{Path: path, Args: append([]string{"s6-log"}, args...), Dir: dir, Stdin: strings.NewReader(input), Stdout: &out, Stderr: &errs}
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("code %d\nout %s\nerr %s\n", cmd.ProcessState.ExitCode(), timeless(out.String()), timeless(errs.String()))
	if cmd.ProcessState.ExitCode() == 100 {
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
