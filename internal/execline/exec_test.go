package execline

import "testing"

func TestWhatBecomesWhatBesideTheRealOnes(t *testing.T) {
	beside(t, []recorded{
		{
			`exec /etc/passwd/x`,
			outcome{code: 126, stderr: "exec: fatal: unable to exec /etc/passwd/x: Not a directory"},
		},
		{
			`exec /etc/passwd`,
			outcome{code: 126, stderr: "exec: fatal: unable to exec /etc/passwd: Permission denied"},
		},
		{
			`exec nosuch`,
			outcome{code: 127, stderr: "exec: fatal: unable to exec nosuch: No such file or directory"},
		},
		{
			`exec ""`,
			outcome{code: 126, stderr: "exec: fatal: unable to exec : Permission denied"},
		},
		{
			`exec`,
			outcome{code: 100, stderr: "exec: usage"},
		},
		{
			`nosuch`,
			outcome{code: 127, stderr: "execlineb: fatal: unable to exec nosuch: No such file or directory"},
		},
		{
			`cd / getcwd A importas A A ARGS $A`,
			outcome{stdout: "<.></>"},
		},
		{
			`cd /nosuch ARGS`,
			outcome{code: 111, stderr: "execline-cd: fatal"},
		},
		{
			`cd`,
			outcome{code: 100, stderr: "execline-cd: usage"},
		},
		{
			`cd /`,
			outcome{code: 100, stderr: "execline-cd: usage"},
		},
		{
			`execline-cd / getcwd -E A ARGS $A`,
			outcome{stdout: "<.></>"},
		},
		{
			`umask 027 sh -c umask`,
			outcome{stdout: "0027\n"},
		},
		{
			`umask 27 sh -c umask`,
			outcome{stdout: "0027\n"},
		},
		{
			`umask 888 sh -c umask`,
			outcome{code: 100, stderr: "execline-umask: usage"},
		},
		{
			`umask 7777 sh -c umask`,
			outcome{stdout: "0777\n"},
		},
		{
			`umask 17777 sh -c umask`,
			outcome{stdout: "0777\n"},
		},
		{
			`umask u=rwx sh -c umask`,
			outcome{code: 100, stderr: "execline-umask: usage"},
		},
		{
			`umask`,
			outcome{code: 100, stderr: "execline-umask: usage"},
		},
		{
			`umask 0`,
			outcome{code: 100, stderr: "execline-umask: usage"},
		},
		{
			`umask 027x sh -c umask`,
			outcome{stdout: "0027\n"},
		},
		{
			`getpid A ARGS`,
			outcome{stdout: "<.>"},
		},
		{
			`getpid "a=b" ARGS`,
			outcome{code: 100, stderr: "getpid: fatal"},
		},
		{
			`getpid "" ARGS`,
			outcome{code: 100, stderr: "getpid: fatal"},
		},
		{
			`getcwd "a=b" ARGS`,
			outcome{code: 100, stderr: "getcwd: fatal"},
		},
		{
			`exit`,
			outcome{},
		},
		{
			`exit 3`,
			outcome{code: 3},
		},
		{
			`exit 300`,
			outcome{code: 44},
		},
		{
			`exit -1`,
			outcome{code: 100, stderr: "exit: usage"},
		},
		{
			`exit x`,
			outcome{code: 100, stderr: "exit: usage"},
		},
		{
			`exit 3 4`,
			outcome{code: 3},
		},
		{
			`homeof root`,
			outcome{stdout: "/root\n"},
		},
		{
			`homeof nosuchuser`,
			outcome{code: 111, stderr: "homeof: fatal"},
		},
		{
			`homeof`,
			outcome{code: 100, stderr: "homeof: usage"},
		},
		{
			`homeof root x`,
			outcome{stdout: "/root\n"},
		},
		{
			`homeof daemon`,
			outcome{stdout: "/usr/sbin\n"},
		},
		{
			`exec -a foo sh -c "echo $0"`,
			outcome{stdout: "foo\n"},
		},
		{
			`exec -l sh -c "echo $0"`,
			outcome{stdout: "-sh\n"},
		},
		{
			`exec -l -a foo sh -c "echo $0"`,
			outcome{stdout: "-foo\n"},
		},
		{
			`exec -c env`,
			outcome{},
		},
		{
			`exec -c sh -c "echo $PATH"`,
			outcome{stdout: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"},
		},
		{
			`exec -q`,
			outcome{code: 100, stderr: "exec: usage"},
		},
		{
			`tryexec { nosuch } ARGS b`,
			outcome{stdout: "<.><b>"},
		},
		{
			`tryexec { ARGS a } ARGS b`,
			outcome{stdout: "<.><a>"},
		},
		{
			`tryexec -n { ARGS a } ARGS b`,
			outcome{stdout: "<.><b>"},
		},
		{
			`tryexec -n { ARGS a } nosuch`,
			outcome{stdout: "<.><a>"},
		},
		{
			`tryexec -n { ARGS a }`,
			outcome{code: 100, stderr: "tryexec: fatal"},
		},
		{
			`tryexec { nosuch }`,
			outcome{},
		},
		{
			`tryexec { } ARGS b`,
			outcome{code: 100, stderr: "tryexec: fatal"},
		},
		{
			`tryexec { nosuch } nosuch2`,
			outcome{code: 127, stderr: "tryexec: fatal: unable to exec nosuch2: No such file or directory"},
		},
		{
			`tryexec -a foo -l { sh -c "echo $0" } ARGS`,
			outcome{stdout: "-foo\n"},
		},
		{
			`tryexec -c { env } ARGS`,
			outcome{},
		},
		{
			`tryexec -c { nosuch } env`,
			outcome{stdout: "\nHOME=/root\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`execline-umask 077 redirfd -w 1 out ARGS x`,
			outcome{files: "/out -rw------- \"<.><x>\""},
		},
		{
			`./plain`,
			outcome{code: 126, stderr: "execlineb: fatal: unable to exec ./plain: Permission denied"},
		},
		{
			`plain`,
			outcome{code: 127, stderr: "execlineb: fatal: unable to exec plain: No such file or directory"},
		},
		{
			`exec ./plain`,
			outcome{code: 126, stderr: "exec: fatal: unable to exec ./plain: Permission denied"},
		},
		{
			`tryexec { ./plain } ARGS x`,
			outcome{stdout: "<.><x>"},
		},
		{
			`getpid -P A env -u A true`,
			outcome{},
		},
		{
			`exec exec exec ARGS x`,
			outcome{stdout: "<.><x>"},
		},
		{
			`cd sub cd x ARGS`,
			outcome{stdout: "<.>"},
		},
		{
			`cd sub foreground { getcwd -E A ARGS $A } getcwd -E A ARGS $A`,
			outcome{stdout: "<.><DIR/sub><.><DIR/sub>"},
		},
	})
}
