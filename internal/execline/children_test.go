package execline

import "testing"

func TestChildrenBesideTheRealOnes(t *testing.T) {
	beside(t, []recorded{
		{
			`background { true } importas ! ! sh -c "test -n $! && echo ok"`,
			outcome{stdout: "ok\n"},
		},
		{
			`background { nosuch } ARGS`,
			outcome{code: 111, stderr: "background: fatal: unable to spawn nosuch: No such file or directory"},
		},
		{
			`background -d { true } sh -c "test -n $! && echo ok"`,
			outcome{stdout: "ok\n"},
		},
		{
			`background -d { true } env`,
			outcome{stdout: "\n!=N\nHOME=/root\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`background { } ARGS`,
			outcome{code: 100, stderr: "background: fatal"},
		},
		{
			`background`,
			outcome{code: 100, stderr: "background: fatal"},
		},
		{
			`background -z { } ARGS`,
			outcome{code: 100, stderr: "background: usage"},
		},
		{
			`background { sh -c "exit 3" } wait { } ARGS done`,
			outcome{stdout: "<.><done>"},
		},
		{
			`background { sh -c "exit 3" } importas ! ! wait -o { $! } sh -c "echo $?; env | grep [?]"`,
			outcome{code: 1, stdout: "0\n"},
		},
		{
			`background { sh -c "exit 3" } wait { 1 } ARGS`,
			outcome{stdout: "<.>"},
		},
		{
			`background { sh -c "exit 3" } wait { x } ARGS`,
			outcome{code: 100, stderr: "wait: usage"},
		},
		{
			`background { sleep 2 } wait -t 100 { } ARGS a`,
			outcome{stdout: "<.><a>"},
		},
		{
			`background { sleep 2 } wait -i -t 100 { } ARGS a`,
			outcome{code: 99, stderr: "wait: fatal"},
		},
		{
			`background { sleep 2 } wait -r { } ARGS a`,
			outcome{stdout: "<.><a>"},
		},
		{
			`background { sleep 2 } wait -ir { } ARGS a`,
			outcome{code: 99, stderr: "wait: fatal"},
		},
		{
			`background { sleep 0.1 } wait -o { } env`,
			outcome{stdout: "\n!=N\n?=0\nHOME=/root\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`background { sh -c "exit 200" } wait -o { } env`,
			outcome{stdout: "\n!=N\n?=128\nHOME=/root\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`background { sh -c "kill -9 $$" } wait -o { } env`,
			outcome{stdout: "\n!=N\n?=137\nHOME=/root\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`background { sleep 2 } wait -r -o { } env`,
			outcome{stdout: "\nHOME=/root\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`wait { } ARGS`,
			outcome{stdout: "<.>"},
		},
		{
			`wait -o { } env`,
			outcome{stdout: "\nHOME=/root\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`wait { 1 2 3 } ARGS`,
			outcome{stdout: "<.>"},
		},
		{
			`wait ARGS`,
			outcome{code: 100, stderr: "wait: usage"},
		},
		{
			`wait 1`,
			outcome{code: 127},
		},
		{
			`wait`,
			outcome{},
		},
		{
			`background { sh -c "exit 3" } wait`,
			outcome{},
		},
		{
			`background { sh -c "exit 3" } importas ! ! wait $!`,
			outcome{code: 3},
		},
		{
			`background { sh -c "exit 3" } importas ! ! wait $! 99999`,
			outcome{code: 127},
		},
		{
			`background { sh -c "exit 3" } importas ! ! wait 99999`,
			outcome{code: 127},
		},
		{
			`background { sh -c "exit 3" } importas ! ! wait x`,
			outcome{code: 100, stderr: "wait: usage"},
		},
		{
			`background { sleep 2 } importas ! ! wait -t 50 $!`,
			outcome{code: 127},
		},
		{
			`background { sleep 2 } importas ! ! wait -it 50 $!`,
			outcome{code: 99, stderr: "wait: fatal"},
		},
		{
			`background { sh -c "exit 200" } importas ! ! wait $!`,
			outcome{code: 128},
		},
		{
			`background { sh -c "kill -9 $$" } importas ! ! wait $!`,
			outcome{code: 137},
		},
		{
			`background { sleep 2 } importas ! ! wait -r $!`,
			outcome{code: 127},
		},
		{
			`background { sleep 2 } importas ! ! wait -ir $!`,
			outcome{code: 99, stderr: "wait: fatal"},
		},
		{
			`background { sh -c "exit 5" } foreground { sleep 0.1 } importas ! ! wait -r -o { $! } env`,
			outcome{stdout: "\n!=N\n?=5\nHOME=/root\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`pipeline { ARGS a } cat`,
			outcome{stdout: "<.><a>"},
		},
		{
			`pipeline { cat } ARGS b`,
			outcome{stdout: "<.><b>"},
		},
		{
			`pipeline -w { redirfd -w 1 out sh -c "cat; echo ." } foreground { ARGS b } fdclose 1 sh -c "until grep -qs [.]$ out; do sleep 0.01; done"`,
			outcome{files: "/out -rw-r--r-- \"<.><b>.\\n\""},
		},
		{
			`pipeline -d { ARGS a } cat`,
			outcome{stdout: "<.><a>"},
		},
		{
			`pipeline { nosuch } cat`,
			outcome{code: 111, stderr: "pipeline: fatal: unable to spawn nosuch: No such file or directory"},
		},
		{
			`pipeline { ARGS a } nosuch`,
			outcome{code: 127, stderr: "pipeline: fatal: unable to exec nosuch: No such file or directory"},
		},
		{
			`pipeline { } cat`,
			outcome{},
		},
		{
			`pipeline { ARGS a }`,
			outcome{code: 100, stderr: "pipeline: fatal"},
		},
		{
			`pipeline`,
			outcome{code: 100, stderr: "pipeline: fatal"},
		},
		{
			`pipeline { true } importas ! ! sh -c "test -n $! && echo ok"`,
			outcome{stdout: "ok\n"},
		},
		{
			`pipeline -d { true } sh -c "env | grep !"`,
			outcome{code: 1},
		},
		{
			`pipeline { ARGS a } pipeline { cat } cat`,
			outcome{stdout: "<.><a>"},
		},
		{
			`pipeline { yes } head -1`,
			outcome{stdout: "y\n"},
		},
		{
			`backtick A { ARGS a } importas A A ARGS $A`,
			outcome{stdout: "<.><<.><a>>"},
		},
		{
			`backtick -N A { ARGS a } importas A A ARGS $A`,
			outcome{stdout: "<.><<.><a>>"},
		},
		{
			`backtick A { printf "a\nb\n\n" } importas A A ARGS $A`,
			outcome{stdout: "<.><a\nb\n>"},
		},
		{
			`backtick -E A { ARGS a } ARGS $A`,
			outcome{stdout: "<.><<.><a>>"},
		},
		{
			`backtick -I A { printf "a\n\0b" } importas A A ARGS $A`,
			outcome{code: 100, stderr: "execlineb: fatal"},
		},
		{
			`backtick A { sh -c "echo x; exit 3" } importas A A ARGS $A`,
			outcome{code: 3, stderr: "backtick: fatal"},
		},
		{
			`backtick -I A { sh -c "echo x; exit 3" } importas A A ARGS $A`,
			outcome{stdout: "<.><x>"},
		},
		{
			`backtick -x A { sh -c "echo x; exit 3" } importas -D no A A ARGS $A`,
			outcome{stdout: "<.><no>"},
		},
		{
			`backtick -D def A { sh -c "echo x; exit 3" } importas -D no A A ARGS $A`,
			outcome{stdout: "<.><def>"},
		},
		{
			`backtick A { sh -c "kill -9 $$" } importas A A ARGS $A`,
			outcome{code: 137, stderr: "backtick: fatal"},
		},
	})
}
