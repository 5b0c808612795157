package proc

import (
	"bytes"
	"os"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// statusLine reads one line of a /proc/PID/status text.
func statusLine(t *testing.T, data []byte, key string) string {
	t.Helper()
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		if rest, ok := bytes.CutPrefix(line, []byte(key+":")); ok {
			return string(bytes.TrimSpace(rest))
		}
	}
	t.Fatalf("no line %q in %s", key, data)
	return ""
}

func TestEffectiveIsWhatTheKernelSays(t *testing.T) {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("needs /proc to compare with: ", err)
	}
	want, err := strconv.ParseUint(statusLine(t, data, "CapEff"), 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Effective()
	if err != nil || uint64(got) != want {
		t.Fatalf("got %x, %v; want %x", uint64(got), err, want)
	}
	bound, err := strconv.ParseUint(statusLine(t, data, "CapBnd"), 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	var sum Capabilities
	for _, one := range AllCapabilities() {
		sum |= 1 << one
	}
	if uint64(sum) != bound {
		t.Fatalf("the bounding set is %x; want %x", uint64(sum), bound)
	}
}

func TestHas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := Capabilities(rapid.Uint64().Draw(t, "set"))
		one := rapid.UintRange(0, 200).Draw(t, "one")
		want := one < 64 && uint64(set)>>one&1 == 1
		if set.Has(Capability(one)) != want {
			t.Fatalf("%x has %d: %v", uint64(set), one, !want)
		}
	})
}

func TestDropBoundingMindsNothingThatIsNotThere(t *testing.T) {
	if err := dropBounding([]Capability{4000, 63}); err != nil {
		t.Fatalf("a capability that the kernel doesn't know: %v", err)
	}
}

func TestDroppedCapabilitiesAreGone(t *testing.T) {
	needsRoot(t)
	c := NewCommand("/bin/cat", []string{"cat", "/proc/self/status"})
	c.DropCapabilities = AllCapabilities()
	c.NoNewPrivs = true
	text, _ := output(t, c)
	for _, key := range []string{"CapBnd", "CapEff", "CapPrm"} {
		if got := statusLine(t, []byte(text), key); got != "0000000000000000" {
			t.Errorf("%s is %s", key, got)
		}
	}
	if got := statusLine(t, []byte(text), "NoNewPrivs"); got != "1" {
		t.Errorf("NoNewPrivs is %s", got)
	}
	if len(AllCapabilities()) == 0 {
		t.Error("the drop reached this process")
	}
}
