package execline

import "testing"

func TestConditionsBesideTheRealOnes(t *testing.T) {
	beside(t, []recorded{
		{
			`if { false } ARGS`,
			outcome{code: 1},
		},
		{
			`if { sh -c "exit 200" } ARGS`,
			outcome{code: 128},
		},
		{
			`if { sh -c "kill -9 $$" } ARGS`,
			outcome{code: 137, stderr: "if: fatal"},
		},
		{
			`if -X { sh -c "kill -9 $$" } ARGS`,
			outcome{code: 137},
		},
		{
			`if -n { true } ARGS`,
			outcome{code: 1},
		},
		{
			`if -n { false } ARGS k`,
			outcome{stdout: "<.><k>"},
		},
		{
			`if -t { false } ARGS`,
			outcome{},
		},
		{
			`if -x 300 { false } ARGS`,
			outcome{code: 100, stderr: "if: fatal"},
		},
		{
			`if -x a { false } ARGS`,
			outcome{code: 100, stderr: "if: usage"},
		},
		{
			`if -x 5 { sh -c "kill -9 $$" } ARGS`,
			outcome{code: 137, stderr: "if: fatal"},
		},
		{
			`if`,
			outcome{code: 100, stderr: "if: fatal"},
		},
		{
			`if { true }`,
			outcome{},
		},
		{
			`if { } ARGS k`,
			outcome{stdout: "<.><k>"},
		},
		{
			`if { nosuch } ARGS`,
			outcome{code: 111, stderr: "if: fatal: unable to spawn nosuch: No such file or directory"},
		},
		{
			`if { /etc/passwd/x } ARGS`,
			outcome{code: 111, stderr: "if: fatal: unable to spawn /etc/passwd/x: Not a directory"},
		},
		{
			`if { /etc/passwd } ARGS`,
			outcome{code: 111, stderr: "if: fatal: unable to spawn /etc/passwd: Permission denied"},
		},
		{
			`if -n { nosuch } ARGS y`,
			outcome{code: 111, stderr: "if: fatal: unable to spawn nosuch: No such file or directory"},
		},
		{
			`if -Xn { sh -c "kill -9 $$" } ARGS`,
			outcome{stdout: "<.>"},
		},
		{
			`foreground { nosuch } importas A ? ARGS $A`,
			outcome{stdout: "<.><127>", stderr: "foreground: warning: unable to spawn nosuch: No such file or directory"},
		},
		{
			`foreground { } importas A ? ARGS $A`,
			outcome{stdout: "<.><0>"},
		},
		{
			`foreground { sh -c "kill -9 $$" } importas A ? ARGS $A`,
			outcome{stdout: "<.><265>"},
		},
		{
			`foreground { sh -c "exit 255" } importas A ? ARGS $A`,
			outcome{stdout: "<.><255>"},
		},
		{
			`foreground { /etc/passwd } importas A ? ARGS $A`,
			outcome{stdout: "<.><127>", stderr: "foreground: warning: unable to spawn /etc/passwd: Permission denied"},
		},
		{
			`foreground -x { } ARGS`,
			outcome{stdout: "<.>", stderr: "foreground: warning: unable to spawn -x: No such file or directory"},
		},
		{
			`if -q { } ARGS`,
			outcome{code: 100, stderr: "if: usage"},
		},
		{
			`ifelse { false } { ARGS a } ARGS b`,
			outcome{stdout: "<.><b>"},
		},
		{
			`ifelse { true } { ARGS a } ARGS b`,
			outcome{stdout: "<.><a>"},
		},
		{
			`ifelse -n { true } { ARGS a } ARGS b`,
			outcome{stdout: "<.><b>"},
		},
		{
			`ifelse { nosuch } { ARGS a } ARGS b`,
			outcome{code: 111, stderr: "ifelse: fatal: unable to spawn nosuch: No such file or directory"},
		},
		{
			`ifelse { true } { } ARGS b`,
			outcome{},
		},
		{
			`ifelse { true }`,
			outcome{code: 100, stderr: "ifelse: fatal"},
		},
		{
			`ifelse { true } { ARGS a }`,
			outcome{stdout: "<.><a>"},
		},
		{
			`ifelse { false } { ARGS a }`,
			outcome{},
		},
		{
			`ifelse { sh -c "kill -9 $$" } { ARGS a } ARGS b`,
			outcome{code: 137, stderr: "ifelse: fatal"},
		},
		{
			`ifelse -X { sh -c "kill -9 $$" } { ARGS a } ARGS b`,
			outcome{stdout: "<.><b>"},
		},
		{
			`ifelse -Xn { sh -c "kill -9 $$" } { ARGS a } ARGS b`,
			outcome{stdout: "<.><a>"},
		},
		{
			`ifelse -n { false }`,
			outcome{code: 100, stderr: "ifelse: fatal"},
		},
		{
			`ifelse { } { ARGS a } ARGS b`,
			outcome{stdout: "<.><a>"},
		},
		{
			`ifte { ARGS a } { ARGS b } true`,
			outcome{stdout: "<.><a>"},
		},
		{
			`ifte { ARGS a } { ARGS b } false`,
			outcome{stdout: "<.><b>"},
		},
		{
			`ifte -n { ARGS a } { ARGS b } false`,
			outcome{stdout: "<.><a>"},
		},
		{
			`ifte { ARGS a } { ARGS b } nosuch`,
			outcome{code: 111, stderr: "ifte: fatal: unable to spawn nosuch: No such file or directory"},
		},
		{
			`ifte { ARGS a } { ARGS b }`,
			outcome{code: 100, stderr: "ifte: fatal"},
		},
		{
			`ifte { ARGS a }`,
			outcome{code: 100, stderr: "ifte: fatal"},
		},
		{
			`ifte { ARGS a } { ARGS b } sh -c "kill -9 $$"`,
			outcome{code: 137, stderr: "ifte: fatal"},
		},
		{
			`ifte -X { ARGS a } { ARGS b } sh -c "kill -9 $$"`,
			outcome{stdout: "<.><b>"},
		},
		{
			`ifthenelse { true } { ARGS a } { ARGS b } ARGS c`,
			outcome{stdout: "<.><a><.><c>"},
		},
		{
			`ifthenelse { false } { ARGS a } { ARGS b } ARGS c`,
			outcome{stdout: "<.><b><.><c>"},
		},
		{
			`ifthenelse { false } { ARGS a } { sh -c "exit 7" } importas A ? ARGS $A`,
			outcome{stdout: "<.><7>"},
		},
		{
			`ifthenelse { sh -c "kill -9 $$" } { ARGS a } { ARGS b } ARGS c`,
			outcome{code: 137, stderr: "ifthenelse: fatal"},
		},
		{
			`ifthenelse -X { sh -c "kill -9 $$" } { ARGS a } { ARGS b } ARGS c`,
			outcome{stdout: "<.><b><.><c>"},
		},
		{
			`ifthenelse { true } { nosuch } { ARGS b } importas A ? ARGS $A`,
			outcome{stdout: "<.><127>", stderr: "ifthenelse: warning: unable to spawn nosuch: No such file or directory"},
		},
		{
			`ifthenelse { true } { } { ARGS b } importas A ? ARGS $A`,
			outcome{stdout: "<.><0>"},
		},
		{
			`ifthenelse { true } { ARGS a }`,
			outcome{code: 100, stderr: "ifthenelse: fatal"},
		},
		{
			`ifthenelse { true } { ARGS a } { ARGS b }`,
			outcome{stdout: "<.><a>"},
		},
		{
			`ifthenelse -s { true } { ARGS a } { ARGS b } ARGS c`,
			outcome{stdout: "<.><a><printf><<%s>><.><c>"},
		},
		{
			`ifthenelse -s { true } { export A b } { ARGS b } importas A A ARGS $A c`,
			outcome{stdout: "<.><b><c>"},
		},
		{
			`ifthenelse -s { false } { export A b } { export A c } importas A A ARGS $A c`,
			outcome{stdout: "<.><c><c>"},
		},
		{
			`if { if { true } false } ARGS`,
			outcome{code: 1},
		},
		{
			`if { ifelse { false } { true } exit 3 } ARGS`,
			outcome{code: 3},
		},
		{
			`if { export A b importas A A eltest $A = b } ARGS yes`,
			outcome{stdout: "<.><yes>"},
		},
		{
			`if { export A b nosuch } ARGS`,
			outcome{code: 127, stderr: "export: fatal: unable to exec nosuch: No such file or directory"},
		},
		{
			`if { define A b exit 3 } ARGS`,
			outcome{code: 3},
		},
		{
			`foreground { foreground { ARGS a } ARGS b } ARGS c`,
			outcome{stdout: "<.><a><.><b><.><c>"},
		},
		{
			`foreground { if { exit 5 } ARGS } importas ? ? ARGS $?`,
			outcome{stdout: "<.><5>"},
		},
		{
			`foreground { exec -c env } ARGS`,
			outcome{stdout: "<.>"},
		},
		{
			`foreground { exec -a foo sh -c "echo $0" } ARGS`,
			outcome{stdout: "foo\n<.>"},
		},
		{
			`foreground { cd sub sh -c pwd } sh -c pwd`,
			outcome{stdout: "DIR/sub\nDIR\n"},
		},
		{
			`foreground { umask 077 sh -c umask } sh -c umask`,
			outcome{stdout: "0077\n0022\n"},
		},
		{
			`foreground { redirfd -w 1 out ARGS x } ARGS y`,
			outcome{stdout: "<.><y>", files: "/out -rw-r--r-- \"<.><x>\""},
		},
		{
			`if { plain } ARGS`,
			outcome{code: 111, stderr: "if: fatal: unable to spawn plain: No such file or directory"},
		},
		{
			`if { ./plain } ARGS`,
			outcome{code: 111, stderr: "if: fatal: unable to spawn ./plain: Permission denied"},
		},
		{
			`foreground { tryexec { nosuch } ARGS a } ARGS b`,
			outcome{stdout: "<.><a><.><b>"},
		},
		{
			`foreground { emptyenv env } ARGS`,
			outcome{stdout: "<.>"},
		},
		{
			`if -n { eltest a = b } ARGS`,
			outcome{stdout: "<.>"},
		},
		{
			`ifelse { eltest -d sub } { ARGS dir } ARGS none`,
			outcome{stdout: "<.><dir>"},
		},
		{
			`if { forx i { a b } importas i i ARGS $i } ARGS c`,
			outcome{stdout: "<.><a><.><b><.><c>"},
		},
		{
			`if { loopwhilex -o 1 exit 0 } ARGS`,
			outcome{stdout: "<.>"},
		},
		{
			`if { backtick A { ARGS x } importas A A ARGS $A } ARGS y`,
			outcome{stdout: "<.><<.><x>><.><y>"},
		},
	})
}
