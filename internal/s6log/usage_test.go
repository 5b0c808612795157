package s6log

import (
	"fmt"
	"strings"
	"testing"
)

// TestWordsAreReadAsTheRealOneReadsThem: flags and directives, right ones and wrong ones, by their effect and by what is said.
func TestWordsAreReadAsTheRealOneReadsThem(t *testing.T) {
	var scenes []scene
	for _, args := range []string{
		"", "-x 1", "-l 10 1", "-l 0 1", "-l 47 1", "-l x 1", "-l", "-l100x 1", "-l 4294967295 1", "-l 4294967296 1", "-b1", "-e 1", "--", "-- 1",
		"-d 1 1", "-d 2 1", "-d 9077 1", "-d x 1", "-d 1 -x", "-d -1 1", "-d 9077 -l x", "-v -v 1", "-vv 1 f", "-q 1 f", "-qqq 1", "-p 1", "-bp 1", "-q -- -x 1",
		"nx 1", "n 1", "n3", "n03 1", "n+3 1", "n-1 1", "n0x3 1", "n4294967295 1", "n4294967296 1", "n1_0 1",
		"s 1", "s10 ./d", "s999999999 ./d", "s4294967295 ./d", "s4294967296 ./d", "s4096x ./d", "s4096 l2048 ./d", "s4096 l2049 ./d", "s4097 l2049 ./d",
		"l99999 ./d", "l4294967295 ./d", "l4294967296 ./d", "s10 l2048 1", "s268435455 l134217727 1", "s268435455 l134217728 1", "l0 1", "S-1 1", "S99999999999999999999999 1", "S0 1",
		"rx 1", "r0 1", "r2147483647 1", "r2147483648 1", "E 2", "E1 2", "E0 2", "E4294967296 2", "^ 1", "^4294967295 1", "^0 =x", "^0 =d/x",
		"= 1", "=", "= =", "=./x", "=nosuch/x", "f", "f 1", "1 f", "1 -x", "1 +x", "+a", "+a -b f", "t", "1 t", "1 n3", "T 1", "t", "t 1",
		"3", "22", "11", "tt 1", "ff 1", "fx", "1x", "2x", "tT 1", "dir", "d/ 1", "e 1", "p 1", "pabc 1", "pabc p 1", "$ 1", "| 1", "2", "1 2", "1 1",
		"n xyz 1", "xyz tT 1", "tT xyz 1", "nx +a", "nx 1 +a", "xyz 1 f", "+[ xyz 1", "s5000 l9999 xyz 1", "1 nx", "!true ./d", "?true ./d", "! ./d", "? ./d", "!x", "./nosuch/d", "/dev/null/d", ". x", "./a ./b", "./", ".//d/.", "- 1", "+ 1", "- + 1",
	} {
		scenes = append(scenes, scene{name: "s6-log " + args, args: strings.Fields(args), steps: []any{"x\n"}})
	}
	scenes = append(
		scenes,
		scene{name: "an empty directive", args: []string{"", "1"}},
		scene{name: "a prefix with a space", args: []string{"pa b", "1"}, steps: []any{"x\n"}},
	)
	compare(t, insideAll(scenes))
}

func TestAnExpressionThatIsNoneIsRefused(t *testing.T) {
	for _, re := range []string{"+(", "-[[:foo:]]", "+[z-a]", "-a{2,1}", "+["} {
		t.Run(re, func(t *testing.T) {
			real, ours := both(t, &scene{args: []string{"--", re, "1"}, inside: true})
			want := fmt.Sprintf("code 100\nout \nerr s6-log: fatal: unrecognized directive: %s", re)
			if !strings.HasPrefix(ours, want+": error parsing regexp: ") {
				t.Errorf("ours: %s", ours)
			}
			if !strings.HasPrefix(real, want) {
				t.Errorf("the real one: %s", real)
			}
		})
	}
}

// insideAll has all scenes played inside.
func insideAll(scenes []scene) []scene {
	for i := range scenes {
		scenes[i].inside = true
	}
	return scenes
}
