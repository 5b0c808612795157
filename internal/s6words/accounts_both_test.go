package s6words

import (
	"strings"
	"testing"
)

func TestAccountsAsTheRealOnes(t *testing.T) {
	var cases []dual
	add := func(root bool, list ...string) {
		for _, script := range list {
			cases = append(cases, dual{name: strings.ReplaceAll(script, "/", "|"), script: script, root: root})
		}
	}
	const who = ` sh -c 'echo "$UID-$GID-$GIDLIST-$A"; while read k v; do case $k in [UG]id:|Groups:) echo "$v";; esac; done </proc/self/status'`
	for _, a := range []string{"nobody", "daemon", "root", "1234:5678", "0:0", "''", "games"} {
		add(true, "s6-setuidgid "+a+who, "UID=7 GID=8 GIDLIST=9 A=1 s6-setuidgid "+a+who)
	}
	for _, a := range []string{"nobody x", "nouser true", ":5 true", "5: true", "nobody:5 true", "1:users true", "4294967296:1 true", "-x true", "nobody", "", "nobody false", "nobody ./none", "nobody /etc/passwd", "nobody /etc"} {
		add(true, "s6-setuidgid "+a)
	}
	for _, a := range []string{
		"daemon", "-u daemon", "-g daemon", "-g nogr", "-B daemon:users", "-B daemon", "-B nouser:users", "-B root:42", "-nB root:42", "-nB 1:2:3",
		"-n 42", "-n 4:5", "-nu 42", "-ng 43", "-D 1:2:3,4 nouser", "-D 1:2:x nouser", "-D 1:2 nouser", "-D 1 nouser", "-D x nouser", "-D 1:x nouser",
		"-BD 8:9:10 nouser:nogr", "-uD 8:9:10 nouser", "-iD 8:9:10 nouser", "-Di nouser", "-D 8:9:10 -i nouser", "-nD 8:9:10 17", "-nD 8:9:10 17:18", "-n root", "root",
		"-nB daemon:x", ":5", "-B :5", "-nB :5", "-nB 5:", "-uB root:root", "-ug root", "-nB root", "nouser", "-u nouser", "-Z root", "-n 5x", "-nu 5x", "''", "-B ''", "-n ''",
	} {
		add(false, "UID=71 GID=72 GIDLIST=73 s6-envuidgid "+a+" printenv UID GID GIDLIST")
	}
	add(false, "s6-envuidgid root", "s6-envuidgid", "s6-envuidgid root nonesuch", "s6-envuidgid -D")
	for _, a := range []string{"-u 5", "-g 5", "-G 5,6", "-G ''", "-U", "-z -U", "-zU -u 3", "-u 3 -U", "-u x", "-u 5 -g 6 -G 7,8", "-G 7,7", "-G 7,x", "-G ,7", "-G 7,", "-G x", "-z", "-u 4294967296"} {
		add(true, "s6-applyuidgid "+a+who, "A=1 UID=11 GID=12 GIDLIST=13,14 s6-applyuidgid "+a+who)
	}
	for _, e := range []string{"UID=1x GID=2 GIDLIST=", "UID=1 GID=2", "UID=1 GID=x GIDLIST=", "UID=1 GID=2 GIDLIST=x", "UID=1 GID=2 GIDLIST="} {
		add(true, e+" s6-applyuidgid -U"+who)
	}
	add(true, "s6-applyuidgid", "s6-applyuidgid -u 1", "s6-applyuidgid -Q true")
	cases = append(cases, dual{name: "an account by its number", root: true, script: "s6-setuidgid 65534 id -u", differ: "setuidgid by number", says: "65534\n"})
	cases = append(
		cases,
		dual{
			name: "who is that user already", root: true, script: "setpriv --reuid 65534 --regid 65534 --clear-groups s6-setuidgid nobody id -u",
			differ: "setuidgid as oneself", says: "65534\n",
		},
		dual{
			name: "who is another user", root: true, script: "setpriv --reuid 65534 --regid 65534 --clear-groups s6-setuidgid daemon id -u",
		},
		dual{
			name: "PATH names a directory that the user can't search", root: true,
			script: "mkdir -m 700 x; PATH=$PWD/x:$PATH; s6-setuidgid nobody nonesuch", differ: "unsearchable PATH", code: 127,
		},
	)
	same(t, nil, cases)
}
