package execline

import (
	"flag"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A writer writes random scripts of a small grammar.
type writer struct{ t *rapid.T }

func (w writer) pick(from ...string) string { return rapid.SampledFrom(from).Draw(w.t, "one of") }

// word is an argument: plain, quoted, with keys, with backslashes.
func (w writer) word() string {
	parts := rapid.SliceOfN(rapid.SampledFrom([]string{
		"a", "b:c", `"x y"`, "$A", "${A}", "$B", "${B}", `\\$A`, `\\\\${B}`, `\\`, `""`, "$C", "{x", "}", "#", "$", "${", `\$A`, `"\n"`, `\ `,
	}), 1, 4).Draw(w.t, "word")
	out := strings.Join(parts, "")
	switch {
	case strings.HasPrefix(out, "#"), strings.HasPrefix(out, "}"), strings.HasPrefix(out, "{"): // not at a word's beginning: the list of differences has them
		return "." + out
	}
	return out
}

func (w writer) words() string {
	n := rapid.IntRange(0, 3).Draw(w.t, "words")
	out := []string{}
	for range n {
		out = append(out, w.word())
	}
	return strings.Join(out, " ")
}

// definition is a command that substitutes.
func (w writer) definition() string {
	flags := w.pick("", "-s ", "-n ", "-C ", "-sCn ", "-sd: ", `-sd "xy" `, "-sn ")
	value := w.pick("v", `"1 2"`, `" a  b "`, `""`, "a:b:", `"x1y2x"`, "$A", `"\\$B"`, `"p\nq\n"`)
	switch w.pick("define", "importas", "multidefine", "multisubstitute") {
	case "importas":
		return fmt.Sprintf("export E %s importas %s%s%s E", value, flags, w.pick("", "-u "), w.pick("A", "B"))
	case "multidefine":
		flags := w.pick("", "-r ", "-0 ", "-d: ")
		last := w.pick("B", "C")
		if flags != "-r " && w.pick("B", "") == "" {
			last = `""`
		}
		return fmt.Sprintf("multidefine %s%s { A %s }", flags, value, last)
	case "multisubstitute":
		return fmt.Sprintf("multisubstitute { define %sA %s importas -D %s B NOPE }", flags, value, w.pick("d", `""`))
	}
	return fmt.Sprintf("define %s%s %s", flags, w.pick("A", "B"), value)
}

// question is a command that ends, one way or the other.
func (w writer) question() string {
	return w.pick("true", "false", "exit 3", "exit 200", "eltest -d sub", "eltest $A = v", `eltest \\${A} = a`, "nosuch", "sh -c \"kill -9 $$\"")
}

// command is a whole one.
func (w writer) command(depth int) string {
	if depth == 0 {
		return "ARGS " + w.words()
	}
	next := func() string { return w.command(depth - 1) }
	switch w.pick("define", "define", "foreground", "if", "ifelse", "ifte", "ifthenelse", "redirfd", "pipeline", "backtick", "forx", "export", "fdmove", "cd", "args") {
	case "define":
		return w.definition() + " " + next()
	case "foreground":
		return fmt.Sprintf("foreground { %s } importas ? ? ARGS $? %s", next(), w.words())
	case "if":
		return fmt.Sprintf("if %s{ %s } %s", w.pick("", "-n ", "-X ", "-t ", "-x 7 "), w.question(), next())
	case "ifelse":
		return fmt.Sprintf("ifelse %s{ %s } { %s } %s", w.pick("", "-n ", "-X "), w.question(), next(), next())
	case "ifte":
		return fmt.Sprintf("ifte { %s } { %s } %s", next(), next(), w.question())
	case "ifthenelse":
		return fmt.Sprintf("ifthenelse { %s } { %s } { %s } %s", w.question(), next(), next(), next())
	case "redirfd":
		return fmt.Sprintf("redirfd -%s 1 out%s %s", w.pick("w", "a", "x"), w.pick("1", "2"), next())
	case "pipeline":
		return fmt.Sprintf("pipeline { %s } cat", next())
	case "backtick":
		return fmt.Sprintf("backtick %sA { %s } importas -D none A A %s", w.pick("", "-N ", "-x ", "-D d ", "-I "), next(), next())
	case "forx":
		return fmt.Sprintf("forx -E B { a %s } %s", w.word(), next())
	case "export":
		return fmt.Sprintf("export V %s foreground { %s } importas -i A V %s", w.word(), next(), next())
	case "fdmove":
		return fmt.Sprintf("fdmove -c 5 1 foreground { fdmove 1 5 %s } fdclose 5 %s", next(), next())
	case "cd":
		return fmt.Sprintf("cd sub foreground { getcwd -E D ARGS $D } %s", next())
	}
	return next()
}

// fewer has rapid draw so many times, unless the command line says how often: each draw starts a dozen processes.
func fewer(t *testing.T, n int) {
	t.Helper()
	f := flag.Lookup("rapid.checks")
	if f == nil || f.Value.String() != f.DefValue {
		return
	}
	if err := f.Value.Set(strconv.Itoa(n)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Value.Set(f.DefValue) })
}

// TestRandomScriptsBesideTheRealOnes lets both run the same scripts, which rapid makes smaller where they differ.
func TestRandomScriptsBesideTheRealOnes(t *testing.T) {
	real, ours := sides(t)
	fewer(t, 8)
	rapid.Check(t, func(r *rapid.T) {
		depth := rapid.IntRange(1, 3).Draw(r, "depth")
		script := expand(writer{r}.command(depth))
		if want, got := real.run(t, script), ours.run(t, script); want != got {
			r.Fatalf("%s\nthe real commands:\n%s\nours:\n%s", script, want, got)
		}
	})
}
