package profile

import (
	"crypto/sha256"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/spec"
)

func hermesPort() *spec.Port {
	return &spec.Port{Env: "API_SERVER_PORT", From: "profile", Range: []int{9200, 9799}, Except: "default"}
}

// By the definition: the whole hash as one number, modulo the length.
func TestPortIsTheHash(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		first := rapid.IntRange(1, 60000).Draw(t, "first")
		length := rapid.IntRange(1, 5000).Draw(t, "length")
		sum := sha256.Sum256([]byte(name))
		rest := new(big.Int).Mod(new(big.Int).SetBytes(sum[:]), big.NewInt(int64(length)))
		got, ok := Port(&spec.Port{Range: []int{first, first + length - 1}}, name)
		if want := first + int(rest.Int64()); !ok || got != want || got < first || got >= first+length {
			t.Fatalf("%q in %d+%d: got %d, %v, want %d", name, first, length, got, ok, want)
		}
	})
}

func TestPort(t *testing.T) {
	a, ok := Port(hermesPort(), "coder")
	b, _ := Port(hermesPort(), "coder")
	c, _ := Port(hermesPort(), "writer")
	if !ok || a != b || a == c || a < 9200 || a > 9799 {
		t.Errorf("coder %d and %d, writer %d", a, b, c)
	}
	for about, p := range map[string]*spec.Port{
		"no port at all": nil, "no range": {}, "half a range": {Range: []int{9200}}, "a range that is none": {Range: []int{2, 1}},
	} {
		if got, ok := Port(p, "coder"); ok {
			t.Errorf("%s gives %d", about, got)
		}
	}
	if got, ok := Port(hermesPort(), "default"); ok {
		t.Errorf("the one that is excepted has %d", got)
	}
}
