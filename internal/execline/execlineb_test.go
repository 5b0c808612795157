package execline

import "testing"

func TestScriptsBesideTheRealOnes(t *testing.T) {
	beside(t, []recorded{
		{
			`emptyenv -p export "#" 1 export 0 x export 10 y export 1a b export EXECLINE_X 1 execlineb -c "env" a b`,
			outcome{stdout: "\n#:1=1\n#=2\n0:1=x\n0=execlineb\n10:1=y\n1=a\n1a:1=b\n2=b\nEXECLINE_X=1\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`emptyenv -p export "#" 1 export 0 x export 10 y export 1a b export EXECLINE_X 1 execlineb -pc "env" a b`,
			outcome{stdout: "\n#=2\n0=execlineb\n10=y\n1=a\n1a=b\n2=b\nEXECLINE_X=1\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`emptyenv -p execlineb -S2 -c "env" a b`,
			outcome{stdout: "\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`emptyenv -p execlineb -S2 -c "ARGS $0 $1 $2 $3 $# $@ ${4} x${3}y" a`,
			outcome{stdout: "<.><execlineb><a><><$3><1><a><${4}><x${3}y>", stderr: "execlineb: warning"},
		},
		{
			`emptyenv -p execlineb -s2 -c "ARGS $0 $1 $2 $3 $# $@ ${4} x${3}y" a b c d`,
			outcome{stdout: "<.><execlineb><a><b><c><4><c><d><d><xcy>"},
		},
		{
			`emptyenv -p execlineb -S0 -c "ARGS $0 $1 $2 $3 $# ${@}x ${4} x${3}y" a b c d`,
			outcome{stdout: "<.><execlineb><a><b><c><4><ax><bx><cx><dx><d><xcy>"},
		},
		{
			`emptyenv -p execlineb -s0 -c "ARGS $0 $1 $2 $3 $# ${@}x ${4} x${3}y" a b c d`,
			outcome{stdout: "<.><execlineb><a><b><c><4><ax><bx><cx><dx><d><xcy>"},
		},
		{
			`emptyenv -p execlineb -WS2 -c "ARGS $0 $1 $2 $3 $# $@ ${4} x${3}y" a`,
			outcome{code: 100, stderr: "execlineb: fatal"},
		},
		{
			`emptyenv -p execlineb -wS2 -c "ARGS $0 $1 $2 $3 $# $@ ${4} x${3}y; env" a`,
			outcome{stdout: "<.><execlineb><a><><$3><1><a><${4}><x${3}y;><env>", stderr: "execlineb: warning"},
		},
		{
			`emptyenv -p execlineb -qS2 -c "ARGS $0 $1 $2 $3 $# $@ ${4} x${3}y" a`,
			outcome{stdout: "<.><execlineb><a><><$3><1><a><${4}><x${3}y>"},
		},
		{
			`emptyenv -p execlineb -w -Pc "env"`,
			outcome{stdout: "\nEXECLINE_STRICT=1\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`emptyenv -p execlineb -W -Pc "env"`,
			outcome{stdout: "\nEXECLINE_STRICT=2\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`emptyenv -p execlineb -W -Pc "foreground ARGS \"\" env"`,
			outcome{code: 100, stderr: "foreground: fatal"},
		},
		{
			`emptyenv -p execlineb -w -Pc "foreground ARGS b \"\" env"`,
			outcome{stdout: "\n<.><b>PATH=BIN:/usr/bin:/bin\n?=0\nEXECLINE_STRICT=1", stderr: "foreground: warning\nforeground: warning\nforeground: warning\nforeground: warning"},
		},
		{
			`emptyenv -p execlineb -w -Pc "execlineb -q -Pc env"`,
			outcome{stdout: "\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`emptyenv -p export EXECLINE_STRICT x execlineb -Pc env`,
			outcome{stdout: "\nPATH=BIN:/usr/bin:/bin", stderr: "execlineb: warning"},
		},
		{
			`emptyenv -p export EXECLINE_STRICT x execlineb -Pc "foreground ARGS \"\" env"`,
			outcome{stdout: "\n<.>PATH=BIN:/usr/bin:/bin\n?=0", stderr: "execlineb: warning"},
		},
		{
			`emptyenv -p export EXECLINE_STRICT 7 execlineb -Pc "env"`,
			outcome{stdout: "\nEXECLINE_STRICT=7\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`emptyenv -p export EXECLINE_STRICT 0 execlineb -Pc "env"`,
			outcome{stdout: "\nEXECLINE_STRICT=0\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`emptyenv -p export EXECLINE_STRICT "" execlineb -Pc "env"`,
			outcome{stdout: "\nPATH=BIN:/usr/bin:/bin", stderr: "execlineb: warning"},
		},
		{
			`emptyenv -p export EXECLINE_STRICT 1 execlineb -S1 -c "env"`,
			outcome{stdout: "\nEXECLINE_STRICT=1\nPATH=BIN:/usr/bin:/bin", stderr: "execlineb: warning"},
		},
		{
			`emptyenv -p export EXECLINE_STRICT 0 execlineb -S1 -c "env"`,
			outcome{stdout: "\nEXECLINE_STRICT=0\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`emptyenv -p export EXECLINE_STRICT 2 execlineb -S1 -c "env"`,
			outcome{code: 100, stderr: "execlineb: fatal"},
		},
		{
			`execlineb`,
			outcome{code: 100, stderr: "execlineb: usage"},
		},
		{
			`execlineb /nosuch`,
			outcome{code: 111, stderr: "execlineb: fatal"},
		},
		{
			`execlineb /etc`,
			outcome{code: 111, stderr: "execlineb: fatal"},
		},
		{
			`execlineb -c`,
			outcome{code: 100, stderr: "execlineb: usage"},
		},
		{
			`execlineb -z`,
			outcome{code: 100, stderr: "execlineb: usage"},
		},
		{
			`execlineb -Sx -c env`,
			outcome{code: 100, stderr: "execlineb: usage"},
		},
		{
			`execlineb -c ""`,
			outcome{},
		},
		{
			`execlineb -c "}"`,
			outcome{code: 100, stderr: "execlineb: fatal"},
		},
		{
			`execlineb -c "{ a"`,
			outcome{code: 100, stderr: "execlineb: fatal"},
		},
		{
			`execlineb -c "\"a"`,
			outcome{code: 100, stderr: "execlineb: fatal"},
		},
		{
			`execlineb -c "{ }"`,
			outcome{code: 126, stderr: "execlineb: fatal: unable to exec : Permission denied"},
		},
		{
			`execlineb -c " a"`,
			outcome{code: 127, stderr: "execlineb: fatal: unable to exec a: No such file or directory"},
		},
		{
			`execlineb -Pc "\" \""`,
			outcome{code: 127, stderr: "execlineb: fatal: unable to exec  : No such file or directory"},
		},
		{
			`emptyenv -p execlineb -c "elgetpositionals ARGS $0 $1 $2 $# $@" a b`,
			outcome{stdout: "<.><execlineb><a><b><2><a><b>"},
		},
		{
			`emptyenv -p execlineb -c "elgetpositionals -P3 ARGS $0 $1 $2 $3 $4 $# $@" a b`,
			outcome{stdout: "<.><execlineb><a><b><><$4><2><a><b>"},
		},
		{
			`emptyenv -p execlineb -c "elgetopt ab:c elgetpositionals foreground { ARGS $@ $# } env" -a -bfoo -- x y`,
			outcome{code: 100, stderr: "execlineb: usage"},
		},
		{
			`emptyenv -p execlineb -c "elgetopt -D yes ab:c elgetpositionals foreground { ARGS $@ $# } env" -a -b foo -c x y`,
			outcome{code: 100, stderr: "execlineb: usage"},
		},
		{
			`emptyenv -p execlineb -c "elgetopt ab:c elgetpositionals foreground { ARGS $@ $# } env" -z`,
			outcome{code: 100, stderr: "execlineb: usage"},
		},
		{
			`emptyenv -p execlineb -c "elgetopt ab:c elgetpositionals foreground { ARGS $@ $# } env" -b`,
			outcome{code: 100, stderr: "execlineb: usage"},
		},
		{
			`emptyenv -p execlineb -c "elgetopt ab:c elgetpositionals foreground { ARGS $@ $# } env" x -a`,
			outcome{stdout: "\n#=2\n0=execlineb\n1=x\n2=-a\n<.><x><-a><2>PATH=BIN:/usr/bin:/bin\n?=0"},
		},
		{
			`emptyenv -p export ELGETOPT_q 1 execlineb -c "elgetopt ab:c elgetpositionals foreground { ARGS $@ $# } env" -a -a x -a`,
			outcome{code: 100, stderr: "execlineb: usage"},
		},
		{
			`emptyenv -p execlineb -c "shift elgetpositionals foreground { ARGS $@ $# } env" a b c`,
			outcome{stdout: "\n#=2\n0=execlineb\n1=b\n2=c\n<.><b><c><2>PATH=BIN:/usr/bin:/bin\n?=0"},
		},
		{
			`emptyenv -p execlineb -c "shift -n 2 elgetpositionals foreground { ARGS $@ $# } env" a b c`,
			outcome{stdout: "\n#=1\n0=execlineb\n1=c\n<.><c><1>PATH=BIN:/usr/bin:/bin\n?=0"},
		},
		{
			`emptyenv -p execlineb -c "shift -n 5 elgetpositionals foreground { ARGS $@ $# } env" a b c`,
			outcome{stdout: "\n#=0\n0=execlineb\n<.><0>PATH=BIN:/usr/bin:/bin\n?=0"},
		},
		{
			`emptyenv -p execlineb -c "shift -b 1 elgetpositionals foreground { ARGS $@ $# } env" " a" " b" "" c`,
			outcome{stdout: "\n#=1\n0=execlineb\n1=c\n<.><c><1>PATH=BIN:/usr/bin:/bin\n?=0"},
		},
		{
			`emptyenv -p execlineb -c "shift -n 1 -b 1 elgetpositionals ARGS $@ $#" x " a" "b" "" c`,
			outcome{stdout: "<.><c><1>"},
		},
		{
			`emptyenv -p execlineb -c "shift -b 2 elgetpositionals ARGS $@ $#" x " a" "b" "" c`,
			outcome{code: 100, stderr: "shift: fatal"},
		},
		{
			`emptyenv -p execlineb -c "shift elgetpositionals ARGS $@ $#"`,
			outcome{stdout: "<.><0>"},
		},
		{
			`emptyenv -p execlineb -c "shift -n 0 elgetpositionals ARGS $@ $#" a`,
			outcome{stdout: "<.><a><1>"},
		},
		{
			`emptyenv -p execlineb -c "dollarat" a "b c" d`,
			outcome{stdout: "a\nb c\nd\n"},
		},
		{
			`emptyenv -p execlineb -c "dollarat -n" a "b c" d`,
			outcome{stdout: "a\nb c\nd"},
		},
		{
			`emptyenv -p execlineb -c "dollarat -d:" a "b c" d`,
			outcome{stdout: "a:b c:d:"},
		},
		{
			`emptyenv -p execlineb -c "dollarat -d:x -n" a "b c" d`,
			outcome{stdout: "a:b c:d"},
		},
		{
			`emptyenv -p execlineb -c "dollarat -d \"\"" a "b c" d`,
			outcome{stdout: "1:a,3:b c,1:d,"},
		},
		{
			`emptyenv -p execlineb -c "dollarat -0" a "b c" d`,
			outcome{stdout: "a\x00b c\x00d\x00"},
		},
		{
			`emptyenv -p execlineb -c "dollarat -0d, x" a "b c" d`,
			outcome{stdout: "a,b c,d,"},
		},
		{
			`emptyenv -p execlineb -c "dollarat" `,
			outcome{},
		},
		{
			`emptyenv -p execlineb -c "runblock 1" " ARGS" " a" "" " ARGS" " b" "" ARGS c`,
			outcome{code: 127, stderr: "runblock: fatal: unable to exec printf <%s> .: No such file or directory"},
		},
		{
			`emptyenv -p execlineb -c "runblock 2" " ARGS" " a" "" " ARGS" " b" "" ARGS c`,
			outcome{code: 127, stderr: "runblock: fatal: unable to exec printf <%s> .: No such file or directory"},
		},
		{
			`emptyenv -p execlineb -c "runblock -r 2" " ARGS" " a" "" " ARGS" " b" "" ARGS c`,
			outcome{stdout: "<.><c>"},
		},
		{
			`emptyenv -p execlineb -c "runblock -r 1" " ARGS" " a" "" " ARGS" " b" "" ARGS c`,
			outcome{code: 127, stderr: "runblock: fatal: unable to exec  printf <%s> .: No such file or directory"},
		},
		{
			`emptyenv -p execlineb -c "runblock 3" " ARGS" " a" "" " ARGS" " b" "" ARGS c`,
			outcome{code: 100, stderr: "runblock: fatal"},
		},
		{
			`emptyenv -p execlineb -c "runblock 0" " ARGS" " a" "" " ARGS" " b" "" ARGS c`,
			outcome{code: 100, stderr: "runblock: usage"},
		},
		{
			`emptyenv -p execlineb -c "runblock -r 0" " ARGS" " a" "" " ARGS" " b" "" ARGS c`,
			outcome{code: 127, stderr: "runblock: fatal: unable to exec  printf <%s> .: No such file or directory"},
		},
		{
			`emptyenv -p execlineb -c "runblock -n 1 1" x " ARGS" " a" "" " ARGS" " b" "" ARGS c`,
			outcome{code: 127, stderr: "runblock: fatal: unable to exec printf <%s> .: No such file or directory"},
		},
		{
			`emptyenv -p execlineb -c "runblock -n 1 1 ARGS k" x " ARGS" " a" "" " ARGS" " b" "" ARGS c`,
			outcome{stdout: "<.><k><printf <%s> .><a>"},
		},
		{
			`emptyenv -p execlineb -c "runblock -P 1" " env" ""`,
			outcome{stdout: "\n#=2\n0=execlineb\n1= env\n2=\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`emptyenv -p execlineb -c "runblock 1" " env" ""`,
			outcome{stdout: "\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`emptyenv -p execlineb -c "runblock 1" "env" ""`,
			outcome{stdout: "\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`emptyenv -p execlineb -c "runblock -n9 1" "env" ""`,
			outcome{code: 100, stderr: "runblock: fatal"},
		},
		{
			`emptyenv -p execlineb -c "runblock x" "env" ""`,
			outcome{code: 100, stderr: "runblock: usage"},
		},
		{
			`emptyenv -p execlineb -c "runblock" "env" ""`,
			outcome{code: 100, stderr: "runblock: usage"},
		},
		{
			`emptyenv -p execlineb -c "ifte { runblock 2 } { runblock -r 2 } runblock 1" " true" "" " ARGS" " a" "" ARGS c`,
			outcome{code: 127, stderr: "runblock: fatal: unable to exec printf <%s> .: No such file or directory"},
		},
		{
			`emptyenv -p execlineb -c "runblock 1" " a" " b"`,
			outcome{code: 100, stderr: "runblock: fatal"},
		},
		{
			`emptyenv -p execlineb -c "runblock -r 1" "" `,
			outcome{},
		},
		{
			`emptyenv -p execlineb -c "elgetopt ab:c elgetpositionals foreground { ARGS $@ $# } env" -- -a -bfoo -- x y`,
			outcome{stdout: "\n#=2\n0=execlineb\n1=x\n2=y\n<.><x><y><2>PATH=BIN:/usr/bin:/bin\n?=0\nELGETOPT_a=1\nELGETOPT_b=foo"},
		},
		{
			`emptyenv -p execlineb -c "elgetopt -D yes ab:c elgetpositionals foreground { ARGS $@ $# } env" -- -a -b foo -c x y`,
			outcome{stdout: "\n#=2\n0=execlineb\n1=x\n2=y\n<.><x><y><2>PATH=BIN:/usr/bin:/bin\n?=0\nELGETOPT_a=yes\nELGETOPT_b=foo\nELGETOPT_c=yes"},
		},
		{
			`emptyenv -p export ELGETOPT_q 1 execlineb -c "elgetopt ab:c elgetpositionals foreground { ARGS $@ $# } env" -- -a -a x -a`,
			outcome{stdout: "\n#=2\n0=execlineb\n1=x\n2=-a\n<.><x><-a><2>PATH=BIN:/usr/bin:/bin\n?=0\nELGETOPT_a=1\nELGETOPT_q:1=1"},
		},
		{
			`emptyenv -p export ELGETOPT_q 1 export ELGETOPT_a 1 execlineb -c "elgetopt a env" --`,
			outcome{stdout: "\n#=0\n0=execlineb\nELGETOPT_a:1=1\nELGETOPT_q:1=1\nPATH=BIN:/usr/bin:/bin"},
		},
	})
}
