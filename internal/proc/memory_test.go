package proc

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestTheProgramComesBackWhenItIsNeeded(t *testing.T) {
	table := bytes.Repeat([]byte("kept"), 1000)
	ReturnProgram()
	if !bytes.Equal(table, []byte(strings.Repeat("kept", 1000))) {
		t.Error("data changed")
	}
}

func TestOnlyWhatNobodyCanHaveWrittenIsGivenBack(t *testing.T) {
	exe, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Skipf("no /proc here: %v", err)
	}
	const where = "00400000-009d4000 "
	for perms, want := range map[string]bool{"r-xp": true, "r--p": true, "rw-p": false, "r-xs": false, "rwxp": false} {
		line := where + perms + " 00000000 fe:00 1234                       " + exe
		begin, end, ok := constant(line, exe)
		if ok != want || ok && (begin != 0x400000 || end != 0x9d4000) {
			t.Errorf("%s: %x-%x %v", perms, begin, end, ok)
		}
		if _, _, ok := constant(line+".other", exe); ok {
			t.Errorf("%s: another file's", perms)
		}
	}
	for _, line := range []string{"", "00400000-009d4000 r-xp 00000000 00:00 0", "x-y r--p 0 0 0 " + exe} {
		if _, _, ok := constant(line, exe); ok {
			t.Errorf("%q is given back", line)
		}
	}
}

// resident gives the KiB of the program that the process holds.
func resident(t *testing.T) int {
	t.Helper()
	data, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Skipf("no /proc here: %v", err)
	}
	exe, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	kib, counts := 0, false
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		switch {
		case len(f) > 1 && strings.Contains(f[0], "-"):
			_, _, counts = constant(strings.TrimSuffix(line, "\n"), exe)
		case counts && f[0] == "Rss:":
			n, err := strconv.Atoi(f[1])
			if err != nil {
				t.Fatal(err)
			}
			kib += n
		}
	}
	return kib
}

func TestMemoryIsGivenBack(t *testing.T) {
	before := resident(t)
	ReturnProgram()
	if after := resident(t); after >= before {
		t.Errorf("it held %d KiB, and holds %d", before, after)
	}
}
