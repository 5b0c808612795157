package spec

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
)

// limit is what reading any file may allocate in all, freed or not: the live heap stays far below it.
const limit = 64 << 20

// spent gives the bytes that f allocates.
func spent(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// laughs is the file of a billion laughs: each anchor is ten of the one before.
func laughs() string {
	var b strings.Builder
	b.WriteString("version: 1\na0: &a0 lol\n")
	for i := 1; i < 30; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s*a%d]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), i-1)
	}
	return b.String()
}

func TestHostileFilesCostLittle(t *testing.T) {
	const kb = 1 << 10
	fill := func(s string) string { return strings.Repeat(s, MaxSize/len(s)) }
	for _, c := range []struct{ about, text string }{
		{"a billion laughs", laughs()},
		{"laughs by merge keys", "a: &a {x: 1}\n" + strings.Repeat("b: {<<: [*a, *a, *a, *a]}\n", 1000)},
		{"an anchor that holds itself", "a: &a [*a, *a]\n"},
		{"40 kB of brackets", strings.Repeat("[", 40*kb)},
		{"40 kB of braces", strings.Repeat("{", 40*kb)},
		{"40 kB of pairs of brackets", strings.Repeat("[", 20*kb) + strings.Repeat("]", 20*kb)},
		{"8 kB of pairs of brackets", strings.Repeat("[", 4*kb) + strings.Repeat("]", 4*kb)},
		{"40 kB of braces in keys", strings.Repeat("{a: ", 10*kb)},
		{"40 kB of dashes", strings.Repeat("- ", 20*kb)},
		{"12 kB of dashes", strings.Repeat("- ", 6*kb)},
		{"40 kB of question marks", strings.Repeat("? ", 20*kb)},
		{"one list as long as a file may be", "[" + fill("a,") + "]"},
		{"one list as long as elements may be", "[" + strings.Repeat("a,", maxMarks-2) + "]"},
		{"a list of lists", "[" + strings.Repeat("[],", maxMarks/2-2) + "]"},
		{"a list of mappings in short form", "[" + strings.Repeat("a: b,", maxMarks/2-2) + "]"},
		{"a mapping of empty values", "{" + strings.Repeat("a,", maxMarks-2) + "}"},
		{"a mapping of mappings", "{" + strings.Repeat("a: {},", maxMarks/3-2) + "}"},
		{"many keys, all different", func() string {
			var b strings.Builder
			for i := range maxMarks/2 - 2 {
				fmt.Fprintf(&b, "k%d: 1\n", i)
			}
			return b.String()
		}()},
		{"many keys, all alike", strings.Repeat("app: x\n", maxMarks/2-2)},
		{"many anchors", "[" + strings.Repeat("&a b,", maxMarks-2) + "]"},
		{"many tags", "[" + strings.Repeat("!a b,", maxMarks-2) + "]"},
		{"many anchors with tags in keys and values", "{" + strings.Repeat("&a !b c: &d !e f,", maxMarks/2-2) + "}"},
		{"many wrong values", "version: 1\nmain: {verbs: [" + strings.Repeat("1,", maxMarks-8) + "1]}\n"},
		{"many wrong values on lines of their own", "version: 1\nmain:\n  verbs:\n" + strings.Repeat("  - 1\n", maxMarks/2-4)},
		{"many unknown keys of a length that is compared", "version: 1\nmain:\n" + func() string {
			var b strings.Builder
			for i := range 4000 {
				fmt.Fprintf(&b, " an-unknown-key-of-middle-length-%d: 1\n", i)
			}
			return b.String()
		}()},
		{"many comments", strings.Repeat("#\n", maxMarks-2) + "version: 1\n"},
		{"many comments beside values", strings.Repeat("- a #\n", maxMarks/2-2)},
		{"many documents", strings.Repeat("---\n", maxMarks-2)},
		{"one word", fill("a")},
		{"one word in quotes", `"` + fill(`\t`)[2:] + `"`},
		{"one block of text", "a: |\n" + strings.Repeat(" b\n", maxMarks-4)},
		{"one text with many references", "version: 1\nvolume: {path: \"" + strings.Repeat("${A}", 60*kb) + "\"}\n"},
		{"one text with nested references", "version: 1\nvolume: {path: \"" + strings.Repeat("${A:-", 40*kb) + "\"}\n"},
		{"many broken references on one line", "version: 1\nenv: {path: [" + strings.Repeat("'${',", maxMarks/2) + "a]}\n"},
		{"a pattern that is costly to compile", "version: 1\nprofiles: {dir: x, name: \"((((a{10}){10}){10}){10})\"}\n"},
		{"a long pattern", "version: 1\nprofiles: {dir: x, name: \"" + strings.Repeat("(a|b)", 40*kb) + "\"}\n"},
		{"a directory of seeds", "version: 1\nseed: [{path: " + strings.Repeat("a/", 100*kb) + "b, content: x}]\n"},
		{"seeds below one another", "version: 1\nseed:\n" + strings.Repeat("- {path: "+strings.Repeat("a/", 100)+"b, content: x}\n", 1000)},
		{"services that all miss one another", "version: 1\nservices:\n" + func() string {
			var b strings.Builder
			for i := range 800 {
				fmt.Fprintf(&b, " a-service-with-a-long-name-number-%d: {command: [x], after: [a-service-with-a-long-nome-number-%d]}\n", i, i+800)
			}
			return b.String()
		}()},
		{"services in one long circle", "version: 1\nservices:\n" + func() string {
			var b strings.Builder
			for i := range 1000 {
				fmt.Fprintf(&b, " s%d: {command: [x], after: [s%d]}\n", i, (i+1)%1000)
			}
			return b.String()
		}()},
		{"services in many circles", "version: 1\nservices:\n" + func() string {
			var b strings.Builder
			for i := range 60 {
				fmt.Fprintf(&b, " s%d: {command: [x], after: [", i)
				for j := range 60 {
					fmt.Fprintf(&b, "s%d,", j)
				}
				b.WriteString("]}\n")
			}
			return b.String()
		}()},
		{"services with names as long as the file", "version: 1\nservices:\n" + func() string {
			var b strings.Builder
			for i := range 60 {
				fmt.Fprintf(&b, " %s%d: {command: [x], after: [y]}\n", strings.Repeat("n", 4000), i)
			}
			return b.String()
		}()},
		{"redirects to slots whose names can be cut in many ways", "version: 1\nprofiles: {dir: p, name: \"((((a{10}){10}){5})|b)\"}\nservices:\n" + func() string {
			var b strings.Builder
			for i := 1; i <= 63; i += 2 {
				fmt.Fprintf(&b, " a%s: {per-profile: true, command: [x]}\n", strings.Repeat("-a", i/2))
			}
			b.WriteString("main:\n redirect:\n")
			for i := range 800 {
				fmt.Fprintf(&b, " - {args: [x%d], to: a%s}\n", i, strings.Repeat("-a", 60))
			}
			return b.String()
		}()},
		{"a slot with as many hyphens as a file may have", "version: 1\nprofiles: {dir: p}\nservices: {a: {per-profile: true, command: [x]}}\nmain: {redirect: [{args: [x], to: a" + fill("-")[:MaxSize-200] + "}]}\n"},
		{"rights to services that aren't there", "version: 1\nservices: {x: {command: [x]}}\ncontrol:\n allow:\n" + strings.Repeat(" - {uid: 5, services: [z,z,z,z,z,z]}\n", 400)},
		{"many cron expressions that are never due", "version: 1\nservices:\n" + func() string {
			var b strings.Builder
			for i := range 800 {
				fmt.Fprintf(&b, " s%d: {kind: task, command: [x], schedule: {cron: \"0 0 31 2 *\"}}\n", i)
			}
			return b.String()
		}()},
		{"a cron expression as long as the file", "version: 1\nservices: {x: {kind: task, command: [x], schedule: {cron: \"" + fill("1,") + "\"}}}\n"},
		{"many limits that are none", "version: 1\nservices:\n" + func() string {
			var b strings.Builder
			for i := range 800 {
				fmt.Fprintf(&b, " s%d: {command: [x], limits: {nofile: %s}}\n", i, strings.Repeat("9", 250))
			}
			return b.String()
		}()},
		{"many capabilities that are none", "version: 1\nservices: {x: {command: [x], limits: {capabilities: [" + strings.Repeat("NET_BOUND_SERVICES,", 8000) + "]}}}\n"},
		{"directives", strings.Repeat("%TAG !a! b\n", 20*kb) + "---\na\n"},
		{"no text at all", string(make([]byte, MaxSize))},
		{"more than may be", strings.Repeat("a: b\n", MaxSize)},
	} {
		t.Run(c.about, func(t *testing.T) {
			var s *Spec
			var complaints []Complaint
			cost := spent(func() {
				s, complaints = one(c.text)
				for _, c := range complaints[:min(len(complaints), 100)] {
					_ = c.String()
				}
			})
			if cost > limit {
				t.Errorf("it costs %d MiB", cost>>20)
			}
			if s != nil && len(complaints) > 0 || s == nil && len(complaints) == 0 {
				t.Errorf("spec %v, %d complaints", s != nil, len(complaints))
			}
			placesLieInTheFile(t, files{"berth.yaml": c.text}, complaints[:min(len(complaints), 100)])
		})
	}
}

func TestAHostileChainCostsNoMoreThanAFile(t *testing.T) {
	open := func(path string) ([]byte, error) {
		return []byte("extends: ./a/" + path[strings.LastIndexByte(path, '/')+1:] + "\nmain: {verbs: [" + strings.Repeat("a,", maxMarks/2) + "a]}\n"), nil
	}
	var complaints []Complaint
	if cost := spent(func() { _, complaints = Read(open, "x.yaml") }); cost > limit {
		t.Errorf("it costs %d MiB", cost>>20)
	}
	if len(complaints) == 0 || !strings.Contains(said(complaints), "too many lines and elements") {
		t.Errorf("got %s", said(complaints[:min(len(complaints), 3)]))
	}
}

func TestAFileAtTheLimitIsRead(t *testing.T) {
	text := "version: 1\n#" + strings.Repeat("x", MaxSize-12)
	if _, complaints := one(text); len(text) != MaxSize || complaints != nil {
		t.Errorf("%d bytes: %s", len(text), said(complaints))
	}
	_, complaints := one(text + "y")
	if len(complaints) != 1 || complaints[0].Line != 0 || !strings.Contains(complaints[0].Text, "more than 262144 bytes") {
		t.Errorf("one byte more: %s", said(complaints))
	}
}

func TestMarksBoundTheNodes(t *testing.T) {
	data, err := os.ReadFile("testdata/good/agent.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if n := marks(string(data)); n > maxMarks/10 {
		t.Errorf("a spec that says everything has %d marks of %d: the bound is too near", n, maxMarks)
	}
	for _, c := range []struct {
		text string
		want int
	}{
		{"", 0},
		{"a: b\n", 2},
		{"[a, b]", 2},
		{"{a: b, c: d}", 4},
		{"- a\n- b\n", 4},
		{"-", 1},
		{"a-b --flag ?x", 0},
		{"? a\n", 2},
	} {
		if got := marks(c.text); got != c.want {
			t.Errorf("%q has %d marks, want %d", c.text, got, c.want)
		}
	}
}

// TestReadingAUsualSpecIsCheap keeps PID 1 lean: what a boot spends on its spec is paid on every start.
func TestReadingAUsualSpecIsCheap(t *testing.T) {
	data, err := os.ReadFile("testdata/good/agent.yaml")
	if err != nil {
		t.Fatal(err)
	}
	cost := spent(func() {
		if _, complaints := one(string(data)); complaints != nil {
			t.Error(said(complaints))
		}
	})
	if cost > 2<<20 {
		t.Errorf("it costs %d KiB", cost>>10)
	}
}
