package execline

import "testing"

func TestMoreChildrenBesideTheRealOnes(t *testing.T) {
	beside(t, []recorded{
		{
			`backtick A { sh -c "exit 200" } importas A A ARGS $A`,
			outcome{code: 128, stderr: "backtick: fatal"},
		},
		{
			`backtick A { nosuch } importas A A ARGS $A`,
			outcome{code: 111, stderr: "backtick: fatal: unable to spawn nosuch: No such file or directory"},
		},
		{
			`backtick -I A { nosuch } importas A A ARGS $A`,
			outcome{code: 111, stderr: "backtick: fatal: unable to spawn nosuch: No such file or directory"},
		},
		{
			`backtick -D x A { nosuch } importas A A ARGS $A`,
			outcome{code: 111, stderr: "backtick: fatal: unable to spawn nosuch: No such file or directory"},
		},
		{
			`backtick A { } importas A A ARGS $A`,
			outcome{code: 100, stderr: "backtick: fatal"},
		},
		{
			`backtick "a=b" { } importas A A ARGS $A`,
			outcome{code: 100, stderr: "backtick: fatal"},
		},
		{
			`backtick "" { } ARGS`,
			outcome{code: 100, stderr: "backtick: fatal"},
		},
		{
			`backtick A`,
			outcome{code: 100, stderr: "backtick: usage"},
		},
		{
			`backtick`,
			outcome{code: 100, stderr: "backtick: usage"},
		},
		{
			`backtick A { true } importas A A ARGS $A`,
			outcome{stdout: "<.><>"},
		},
		{
			`backtick -x -E A { false } ARGS $A`,
			outcome{code: 100, stderr: "importas: fatal"},
		},
		{
			`withstdinas A importas A A ARGS $A`,
			outcome{stdout: "<.><>"},
		},
		{
			`heredoc 0 "abc\n" withstdinas A importas A A ARGS $A`,
			outcome{stdout: "<.><abc>"},
		},
		{
			`heredoc 0 "abc\n" withstdinas -N A importas A A ARGS $A`,
			outcome{stdout: "<.><abc\n>"},
		},
		{
			`heredoc 0 "abc\n" withstdinas -E A ARGS $A`,
			outcome{stdout: "<.><abc>"},
		},
		{
			`heredoc 0 "abc\n\n" withstdinas -E A ARGS $A`,
			outcome{stdout: "<.><abc\n>"},
		},
		{
			`withstdinas`,
			outcome{code: 100, stderr: "withstdinas: usage"},
		},
		{
			`withstdinas A`,
			outcome{},
		},
		{
			`backtick A { printf "a\\0b" } importas A A ARGS $A`,
			outcome{code: 124, stderr: "backtick: fatal"},
		},
		{
			`backtick -I A { printf "a\\0b" } importas A A ARGS $A`,
			outcome{stdout: "<.><a>"},
		},
		{
			`backtick -x A { printf "a\\0b" } importas -D no A A ARGS $A`,
			outcome{stdout: "<.><no>", stderr: "backtick: warning"},
		},
		{
			`backtick -D def A { printf "a\\0b" } importas -D no A A ARGS $A`,
			outcome{stdout: "<.><def>", stderr: "backtick: warning"},
		},
		{
			`backtick -I A { printf "a\n\\0b" } importas A A ARGS $A`,
			outcome{stdout: "<.><a>"},
		},
		{
			`backtick -NI A { printf "a\n\\0b" } importas A A ARGS $A`,
			outcome{stdout: "<.><a\n>"},
		},
		{
			`pipeline { printf "a\\0b" } withstdinas -E A ARGS $A`,
			outcome{stdout: "<.><a>"},
		},
		{
			`pipeline { printf "a\\0b" } withstdinas -i -E A ARGS $A`,
			outcome{code: 1, stderr: "withstdinas: fatal"},
		},
		{
			`pipeline { printf "a\\0b" } withstdinas -I -E A ARGS $A`,
			outcome{code: 100, stderr: "importas: fatal"},
		},
		{
			`pipeline { printf "a\\0b" } withstdinas -I A importas -D no A A ARGS $A`,
			outcome{stdout: "<.><no>"},
		},
		{
			`pipeline { printf "a\\0b" } withstdinas -D x -E A ARGS $A`,
			outcome{stdout: "<.><x>", stderr: "withstdinas: warning"},
		},
		{
			`trap { } ARGS`,
			outcome{code: 100, stderr: "trap: fatal"},
		},
		{
			`trap ARGS`,
			outcome{code: 100, stderr: "trap: fatal"},
		},
		{
			`trap { xx { ARGS } } ARGS`,
			outcome{code: 100, stderr: "trap: fatal"},
		},
		{
			`trap { term ARGS } ARGS`,
			outcome{code: 100, stderr: "trap: fatal"},
		},
		{
			`trap { term { ARGS } }`,
			outcome{code: 100, stderr: "trap: usage"},
		},
		{
			`trap { term { ARGS x } } nosuch`,
			outcome{code: 111, stderr: "trap: fatal: unable to spawn nosuch: No such file or directory"},
		},
		{
			`trap { hup { ARGS } } sh -c "exit 200"`,
			outcome{code: 128},
		},
		{
			`trap { timeout { ARGS } } true`,
			outcome{code: 100, stderr: "trap: fatal"},
		},
		{
			`trap { chld { ARGS c } } true`,
			outcome{code: 100, stderr: "trap: fatal"},
		},
		{
			`trap { stop { ARGS c } } true`,
			outcome{code: 100, stderr: "trap: fatal"},
		},
		{
			`trap { 0 { ARGS c } } true`,
			outcome{},
		},
		{
			`trap { 65 { ARGS c } } true`,
			outcome{code: 100, stderr: "trap: fatal"},
		},
		{
			`trap { term } true`,
			outcome{code: 100, stderr: "trap: fatal"},
		},
		{
			`pipeline { pipeline { ARGS a } cat } cat`,
			outcome{stdout: "<.><a>"},
		},
		{
			`pipeline { foreground { ARGS a } ARGS b } cat`,
			outcome{stdout: "<.><a><.><b>"},
		},
		{
			`backtick A { foreground { ARGS a } ARGS b } importas A A ARGS $A`,
			outcome{stdout: "<.><<.><a><.><b>>"},
		},
		{
			`backtick -E A { execlineb -c dollarat x y } ARGS $A`,
			outcome{stdout: "<.><x\ny>"},
		},
		{
			`backtick -E A { homeof root } ARGS $A`,
			outcome{stdout: "<.></root>"},
		},
		{
			`backtick -E A { pipeline { ARGS a } cat } ARGS $A`,
			outcome{stdout: "<.><<.><a>>"},
		},
		{
			`backtick -E A { redirfd -w 1 out ARGS a } ARGS $A`,
			outcome{stdout: "<.><>", files: "/out -rw-r--r-- \"<.><a>\""},
		},
		{
			`backtick -E A { cd sub sh -c "echo x" } ARGS $A`,
			outcome{stdout: "<.><x>"},
		},
		{
			`backtick -E A { if { ARGS q } ARGS r } ARGS $A`,
			outcome{stdout: "<.><<.><q><.><r>>"},
		},
		{
			`backtick -E A { backtick -E B { ARGS a } ARGS $B } ARGS $A`,
			outcome{stdout: "<.><<.><<.><a>>>"},
		},
		{
			`background { sleep 0.1 } wait { } ARGS`,
			outcome{stdout: "<.>"},
		},
		{
			`background -d { ARGS a } foreground { sleep 0.2 } ARGS b`,
			outcome{stdout: "<.><a><.><b>"},
		},
		{
			`pipeline { yes } sh -c "head -1"`,
			outcome{stdout: "y\n"},
		},
		{
			`pipeline { sh -c "trap" } cat`,
			outcome{},
		},
		{
			`background { sh -c "exit 3" } importas ! p background { sh -c "exit 4" } importas ! q wait $q $p`,
			outcome{code: 100, stderr: "wait: usage"},
		},
		{
			`background { sh -c "exit 3" } importas ! p background { sh -c "exit 4" } importas ! q wait $p $q`,
			outcome{code: 100, stderr: "wait: usage"},
		},
		{
			`trap { SIGTERM { redirfd -w 1 out ARGS got } } sh -c "kill -TERM $PPID; until test -s out; do sleep 0.01; done; exit 3"`,
			outcome{code: 3, files: "/out -rw-r--r-- \"<.><got>\""},
		},
		{
			`trap { default { redirfd -w 1 out importas S SIGNAL ARGS $S } hup { exit } } sh -c "kill -USR1 $PPID; until test -s out; do sleep 0.01; done; exit 3"`,
			outcome{code: 3, files: "/out -rw-r--r-- \"<.><10>\""},
		},
		{
			`trap { 15 { redirfd -w 1 out env } } sh -c "kill -TERM $PPID; until test -s out; do sleep 0.01; done"`,
			outcome{files: "/out -rw-r--r-- \"PATH=BIN:/usr/bin:/bin\\nHOME=/root\\n!=N\\nSIGNAL=15\\n\""},
		},
		{
			`trap -x { hup { ARGS hup } } sh -c "trap 'echo T; exit 4' TERM; kill -TERM $PPID; while :; do sleep 0.01; done"`,
			outcome{code: 4, stdout: "T\n"},
		},
		{
			`trap { hup { ARGS } } sh -c "kill -9 $$"`,
			outcome{code: 137},
		},
		{
			`trap { term { nosuch } } sh -c "kill -TERM $PPID; sleep 1; exit 3"`,
			outcome{code: 111, stderr: "trap: fatal: unable to spawn nosuch: No such file or directory"},
		},
	})
}
