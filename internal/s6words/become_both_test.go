package s6words

import (
	"strings"
	"testing"
)

func TestLocksLimitsAndSessionsAsTheRealOnes(t *testing.T) {
	var cases []dual
	add := func(list ...string) {
		for n, s := range list {
			cases = append(cases, dual{name: strings.ReplaceAll(list[n], "/", "|"), script: s})
		}
	}
	add(
		"s6-setlock", "s6-setlock lk", "s6-setlock lk echo hi", "s6-setlock -n lk s6-setlock -n lk echo same process",
		"s6-setlock lk sh -c 's6-setlock -n lk echo no'", "s6-setlock lk sh -c 's6-setlock -n -t 50 lk echo no'", "s6-setlock -r lk echo there has to be one",
		"touch lk; s6-setlock -r lk sh -c 's6-setlock -rn lk echo both'", "touch lk; s6-setlock -r lk sh -c 's6-setlock -n lk echo no'",
		"s6-setlock -t 2000 lk echo in time", "s6-setlock -n nonesuch/x echo", "s6-setlock -t x lk echo", "s6-setlock . echo", "s6-setlock -Z lk echo",
		"s6-setlock -nN lk echo waits", "s6-setlock -rw lk echo", "s6-setlock lk nonesuch", "s6-setlock lk sh -c 'ls -l /proc/self/fd | grep -c /lk$'",
		"s6-softlimit", "s6-softlimit -o", "s6-softlimit -o x true", "s6-softlimit -a 1x true", "s6-softlimit true", "s6-softlimit nonesuch",
	)
	for _, s := range []string{
		"-o 50", "-o =", "-c 0", "-t 10", "-p 1000", "-f 1024000", "-s 1048576", "-d 1073741824", "-l 4096", "-r 1048576", "-m 9999999999", "-a 4294967296",
		"-o 50 -c 0 -f 2048", "-o 100 -o 60", "-c 18446744073709551615", "-f =",
	} {
		add("s6-softlimit " + s + " cat /proc/self/limits | grep -v -e signals -e queue -e prio -e realtime")
	}
	add(
		"s6-setsid", "s6-setsid nonesuch", "s6-setsid -Z true", "s6-setsid -d x true",
		`s6-setsid sh -c 'set -- $(cut -d" " -f1,5,6 /proc/$$/stat); test $1 = $2 -a $2 = $3 && echo leads'`,
		`s6-setsid -b sh -c 'set -- $(cut -d" " -f1,5,6 /proc/$$/stat); test $1 = $2 -a $2 != $3 && echo leads a group'`,
		"s6-setsid s6-setsid true", "s6-setsid s6-setsid -i echo no", "s6-setsid s6-setsid -q echo quiet", "s6-setsid -f true </dev/null", "s6-setsid -f -i true </dev/null",
		"s6-setsid -g -q echo on </dev/null", "s6-setsid -d 7 -f -i true",
		"s6-fghack", "s6-fghack true", "s6-fghack sh -c 'exit 7'", "s6-fghack sh -c 'kill -9 $$'", "s6-fghack sh -c '(sleep 0.1; echo late)& exit 3'", "s6-fghack sh -c 'echo x >&5'",
		"s6-fghack nonesuch",
	)
	cases = append(cases, dual{name: "s6-softlimit -Z", differ: "flags of softlimit", script: "s6-softlimit -Z true", code: 100})
	same(t, nil, cases)
}

func TestFifodirsAsTheRealOnes(t *testing.T) {
	var cases []dual
	add := func(root bool, list ...string) {
		for _, s := range list {
			cases = append(cases, dual{name: strings.ReplaceAll(s, "/", "|"), script: s, root: root})
		}
	}
	add(false,
		"s6-mkfifodir", "s6-mkfifodir fd", "s6-mkfifodir fd; s6-mkfifodir fd", "s6-mkfifodir -g x fd", "touch f; s6-mkfifodir f", "s6-mkfifodir nonesuch/fd", "mkdir fd; s6-mkfifodir fd", "mkdir fd; s6-mkfifodir -f fd",
		"umask 077; s6-mkfifodir fd", "s6-mkfifodir -Z fd",
		"s6-ftrig-notify", "s6-ftrig-notify fd", "s6-ftrig-notify nonesuch a", "s6-mkfifodir fd; s6-ftrig-notify fd abc", "touch f; s6-ftrig-notify f abc",
		"s6-cleanfifodir", "s6-cleanfifodir nonesuch", "s6-mkfifodir fd; s6-cleanfifodir fd", "touch f; s6-cleanfifodir f",
		"s6-ftrig-wait", "s6-ftrig-wait fd", "s6-ftrig-wait -t x fd a", "s6-ftrig-wait -t 100 nonesuch a", "s6-mkfifodir fd; s6-ftrig-wait -t 300 fd '(('", "s6-mkfifodir fd; s6-ftrig-wait -t 800 fd a; echo $?; until [ -z \"$(ls -A fd)\" ]; do sleep 0.02; done",
		"s6-mkfifodir fd; s6-ftrig-listen1 -t 5000 fd 'a.c' s6-ftrig-notify fd xabc; until [ -z \"$(ls -A fd)\" ]; do sleep 0.02; done", "s6-mkfifodir fd; s6-ftrig-listen1 -t 5000 fd abc s6-ftrig-notify fd abcd",
		"s6-mkfifodir fd; s6-ftrig-listen1 -t 5000 fd 'a(b|c)+d' s6-ftrig-notify fd acbbd",
		"s6-mkfifodir fd; s6-ftrig-listen1 -t 300 fd a nonesuch", "s6-ftrig-listen1 fd a", "s6-mkfifodir fd; s6-ftrig-listen1 -t 5000 fd '' s6-ftrig-notify fd x",
	)
	add(true, "s6-mkfifodir -g 5 fd", "s6-mkfifodir fd; s6-mkfifodir -fg 5 fd", "s6-mkfifodir -g 5 fd; s6-mkfifodir -f fd")
	cases = append(cases, dual{name: "an anchor", differ: "anchors of ftrig", script: "s6-mkfifodir fd; s6-ftrig-listen1 -t 500 fd '^ab' s6-ftrig-notify fd ab", says: "b\n"})
	same(t, nil, cases)
}

func TestStampsAsTheRealOnes(t *testing.T) {
	var cases []dual
	for _, s := range []string{
		"printf 'a\\nb\\n'", "printf a", "printf ''", "printf '\\n\\n'", "printf 'a\\0b\\nc'",
	} {
		cases = append(cases, dual{name: "tai64n " + s, script: s + " | s6-tai64n | sed 's/^@[0-9a-f]*/@/'"})
	}
	for _, s := range []string{
		"@400000006b07ea6e363b6089 x\\n", "@400000006b07ea6e363b6089", "@400000006b07ea6e363b6089\\n", "no label\\n", "@4000 short\\n", "@400000006b07ea6e363b608g x\\n", "@400000006b07ea6e363b6089x\\n", "",
		"a @400000006b07ea6e363b6089\\n", "@400000000000000a00000000 1970\\n", "@40000000586846a500000000 2017\\n@40000000586846a400000000 at\\n@40000000586846a300000000 before\\n", "@40000000586846a3ffffffff odd\\n",
		"@400000006b07ea6e363b6089 a\\n@400000006b07ea6e363b6089 b", "@400000006B07EA6E363B6089 x\\n",
	} {
		cases = append(cases, dual{name: "tai64nlocal " + s, script: "printf '" + s + "' | TZ=UTC s6-tai64nlocal; printf '" + s + "' | TZ=Europe/Berlin s6-tai64nlocal -g"})
	}
	cases = append(cases, dual{name: "tai64nlocal -Z", script: "s6-tai64nlocal -Z </dev/null"})
	same(t, nil, cases)
}
