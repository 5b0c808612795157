package main

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const refusalsEnv = "BERTH_PROOF_REFUSALS" // how many calls are refused; hack/proof has a thousand

// A disk that is dying, a quota, a full disk, one that turns read-only: the kernel refuses one call of a boot, drawn at random, where
// the tests of the rooms fill real file systems. Each file is then the old one or the new one, whole; what isn't as it should be has
// a line that says what was refused, with what; and the next boot ends where an undisturbed one does.
func TestRefusedAtRandomCalls(t *testing.T) {
	n := sampled(t, refusalsEnv, 6)
	k, want, most, names := sampling(t)
	unordered(want)
	refusals := []syscall.Errno{syscall.EIO, syscall.EDQUOT, syscall.ENOSPC, syscall.EROFS}
	words := []string{"EIO", "EDQUOT", "ENOSPC", "EROFS"}
	told, harmless, mute := map[string]int{}, 0, 0
	for i := range n {
		name, which := names[rand.IntN(len(names))], rand.IntN(len(refusals))
		at := 1 + rand.IntN(most[name])
		when := words[which] + " at " + name + " " + strconv.Itoa(at)
		k.lay()
		code, said := k.boot("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace="+name, "-e", "inject="+name+":error="+words[which]+":when="+strconv.Itoa(at))
		if !slices.Contains([]int{0, 1, 125}, code) || strings.Contains(said, "goroutine ") {
			t.Errorf("refusal %d, %s: ended with %d: %s", i, when, code, said)
		}
		k.whole(when)
		diff := cmp.Diff(want, unordered(k.tree()))
		switch {
		case strings.Contains(said, refusals[which].Error()):
			told[words[which]]++
		case name == "write": // the line itself may be what could not be written
			mute++
		case diff != "" || code != 0:
			t.Errorf("%s: ended with %d and says nothing of it: %s%s", when, code, said, diff)
		default: // the threads shared the calls otherwise, or there was another way
			harmless++
		}
		if code, said := k.boot(); code != 0 {
			t.Errorf("%s, the next boot ended with %d: %s", when, code, said)
		}
		if diff := cmp.Diff(want, unordered(k.tree())); diff != "" {
			t.Errorf("%s, then booted: %s", when, diff)
		}
	}
	sum := 0
	for _, word := range words {
		t.Logf("%6d told of %s", told[word], word)
		sum += told[word]
	}
	t.Logf("%6d in all; %d made no difference, %d wrote the words themselves", sum, harmless, mute)
	if sum < n/4 {
		t.Errorf("only %d of %d boots told of a refusal", sum, n)
	}
}

// unordered leaves out in which order the lines of the .env are: what one boot could not add the next adds behind the others.
func unordered(tree map[string]string) map[string]string {
	lines := strings.SplitAfter(tree["data/.env"], "\n")
	slices.Sort(lines)
	tree["data/.env"] = strings.Join(lines, "")
	return tree
}
