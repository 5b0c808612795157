package proc

import (
	"fmt"
	"os"
	"testing"

	"pgregory.net/rapid"
)

// statLine is a line as the kernel writes it, for a process that calls itself name.
func statLine(pid int, name string, state byte, parent int, start uint64) []byte {
	return fmt.Appendf(nil, "%d (%s) %c %d 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 %d 1000 200 18446744073709551615\n", pid, name, state, parent, start)
}

func TestParseStatOfHostileNames(t *testing.T) {
	for _, name := range []string{
		"sh", "", " ", "a b", ")", "x) R 1 2 3", "(((", ") S 1 ) Z 0", "line\nbreak", "\xff\xfe",
	} {
		got, ok := parseStat(statLine(42, name, 'S', 7, 99))
		if want := (stat{'S', 7, 99}); !ok || got != want {
			t.Errorf("the name %q gave %+v, %v", name, got, ok)
		}
	}
}

func TestParseStatIsNotLedAstrayByAnyName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringN(0, 15, 15).Draw(t, "name")
		want := stat{
			state:  rapid.SampledFrom([]byte("RSDZTtXI")).Draw(t, "state"),
			parent: rapid.IntRange(0, 1<<22).Draw(t, "parent"),
			start:  rapid.Uint64().Draw(t, "start"),
		}
		got, ok := parseStat(statLine(1, name, want.state, want.parent, want.start))
		if !ok || got != want {
			t.Fatalf("%q: got %+v, %v; want %+v", name, got, ok, want)
		}
	})
}

func TestParseStatTakesAnyBytes(t *testing.T) {
	for _, text := range []string{"", ")", "1 (x)", "1 (x) S", "1 (x) S x 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "1 (x) SS 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "1 (x) S 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 -5"} {
		if got, ok := parseStat([]byte(text)); ok {
			t.Errorf("%q was read as %+v", text, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOf(rapid.Byte()).Draw(t, "data")
		if _, ok := parseStat(data); ok && len(data) < 40 {
			t.Fatalf("%q is too short to be one", data)
		}
	})
}

func TestDescends(t *testing.T) {
	p, err := children.Start(sh("sleep 1000 & echo; wait"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if _, err := children.SignalDescendants(9); err != nil {
			t.Error(err)
		}
		none(t)
	}()
	if _, ours := descends(p.Pid(), nil); !ours {
		t.Error("our child is not ours")
	}
	for name, pid := range map[string]int{"we": os.Getpid(), "our parent": os.Getppid(), "PID 1": 1, "a number that nobody has": 1 << 30} {
		if _, ours := descends(pid, nil); ours {
			t.Errorf("%s (%d) counts as our descendant", name, pid)
		}
	}
}
