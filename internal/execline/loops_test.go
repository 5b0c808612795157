package execline

import "testing"

func TestLoopsBesideTheRealOnes(t *testing.T) {
	beside(t, []recorded{
		{
			`forx i { a b c } importas i i ARGS $i`,
			outcome{stdout: "<.><a><.><b><.><c>"},
		},
		{
			`forx -E i { a b c } ARGS $i`,
			outcome{stdout: "<.><a><.><b><.><c>"},
		},
		{
			`forx i { } ARGS`,
			outcome{},
		},
		{
			`forx i { a } false`,
			outcome{},
		},
		{
			`forx -o 0,1 i { a b } sh -c "echo $i; exit 1"`,
			outcome{stdout: "a\nb\n"},
		},
		{
			`forx -o 0 i { a b } sh -c "echo $i; exit 1"`,
			outcome{code: 1, stdout: "a\n"},
		},
		{
			`forx -x 1 i { a b } sh -c "echo $i; exit 1"`,
			outcome{code: 1, stdout: "a\n"},
		},
		{
			`forx -x 2 i { a b } sh -c "echo $i; exit 1"`,
			outcome{stdout: "a\nb\n"},
		},
		{
			`forx -p i { a b } sh -c "exit 1"`,
			outcome{},
		},
		{
			`forx -p -o 0 i { a b } sh -c "exit 1"`,
			outcome{code: 1},
		},
		{
			`forx -p -x 1 i { a b } sh -c "exit 1"`,
			outcome{code: 1},
		},
		{
			`forx -p -x 2 i { a b } sh -c "exit 1"`,
			outcome{},
		},
		{
			`forx -x 137 i { a b } sh -c "echo $i; kill -9 $$"`,
			outcome{code: 137, stdout: "a\n"},
		},
		{
			`forx -o 0 i { a b } sh -c "echo $i; kill -9 $$"`,
			outcome{code: 137, stdout: "a\n"},
		},
		{
			`forx -o 0 i { a b } sh -c "echo $i; exit 200"`,
			outcome{code: 128, stdout: "a\n"},
		},
		{
			`forx -o x i { a b } sh -c "echo $i; exit 200"`,
			outcome{code: 100, stderr: "forx: usage"},
		},
		{
			`forx -o 0, i { a b } sh -c "echo $i; exit 200"`,
			outcome{code: 128, stdout: "a\n"},
		},
		{
			`forx -o 300 i { a b } sh -c "echo $i; exit 44"`,
			outcome{code: 44, stdout: "a\n"},
		},
		{
			`forx i { a b } nosuch`,
			outcome{code: 111, stderr: "forx: fatal: unable to spawn nosuch: No such file or directory"},
		},
		{
			`forx "a=b" { a } true`,
			outcome{code: 100, stderr: "forx: fatal"},
		},
		{
			`forx i { a }`,
			outcome{},
		},
		{
			`forx i`,
			outcome{code: 100, stderr: "forx: usage"},
		},
		{
			`heredoc 0 "a\nb\nc" forstdin i importas i i ARGS $i`,
			outcome{stdout: "<.><a><.><b>"},
		},
		{
			`heredoc 0 "a\nb\nc" forstdin -N i importas i i ARGS $i`,
			outcome{stdout: "<.><a\n><.><b\n><.><c>"},
		},
		{
			`heredoc 0 "a\n\nc\n" forstdin -E i ARGS $i`,
			outcome{stdout: "<.><a><.><><.><c>"},
		},
		{
			`heredoc 0 "a\n\nc\n" forstdin -CE i ARGS $i`,
			outcome{stdout: "<.><a><.><c>"},
		},
		{
			`heredoc 0 "a\n\nc" forstdin -CE i ARGS $i`,
			outcome{stdout: "<.><a>"},
		},
		{
			`heredoc 0 "a\n\nc" forstdin -CNE i ARGS $i`,
			outcome{stdout: "<.><a\n>"},
		},
		{
			`heredoc 0 "a b c" forstdin -d " " -E i ARGS $i`,
			outcome{stdout: "<.><a><.><b>"},
		},
		{
			`heredoc 0 "a b:c " forstdin -d " :" -E i ARGS $i`,
			outcome{stdout: "<.><a><.><b><.><c>"},
		},
		{
			`heredoc 0 "1:a,2:bb," forstdin -d "" -E i ARGS $i`,
			outcome{stdout: "<.><a><.><bb>"},
		},
		{
			`heredoc 0 "1:a,2:b" forstdin -d "" -E i ARGS $i`,
			outcome{code: 111, stdout: "<.><a>", stderr: "forstdin: fatal"},
		},
		{
			`heredoc 0 "1:ax2:b" forstdin -d "" -E i ARGS $i`,
			outcome{code: 111, stderr: "forstdin: fatal"},
		},
		{
			`heredoc 0 "a\nb\n" forstdin -o 0 i false`,
			outcome{code: 1},
		},
		{
			`heredoc 0 "a\nb\n" forstdin -x 1 i false`,
			outcome{code: 1},
		},
		{
			`heredoc 0 "a\nb\n" forstdin -p i false`,
			outcome{},
		},
		{
			`heredoc 0 "a\nb\n" forstdin -p -E i ARGS x`,
			outcome{stdout: "<.><x><.><x>"},
		},
		{
			`heredoc 0 "a\nb\n" forstdin i false`,
			outcome{},
		},
		{
			`heredoc 0 "a\nb\n" forstdin i nosuch`,
			outcome{code: 111, stderr: "forstdin: fatal: unable to spawn nosuch: No such file or directory"},
		},
		{
			`heredoc 0 "" forstdin i false`,
			outcome{code: 1},
		},
		{
			`heredoc 0 "a" forstdin i ARGS`,
			outcome{code: 1},
		},
		{
			`heredoc 0 "a\nb\n" forstdin "a=b" ARGS`,
			outcome{code: 100, stderr: "forstdin: fatal"},
		},
		{
			`heredoc 0 "a\nb\n" forstdin`,
			outcome{code: 100, stderr: "forstdin: usage"},
		},
		{
			`heredoc 0 "a\nb\n" forstdin i`,
			outcome{code: 100, stderr: "forstdin: usage"},
		},
		{
			`heredoc 0 "a\nb\nc\n" forstdin -E i cat`,
			outcome{},
		},
		{
			`forbacktickx i { printf "a\nb\n" } importas i i ARGS $i`,
			outcome{stdout: "<.><a><.><b>"},
		},
		{
			`forbacktickx -E i { printf "a\nb\n" } ARGS $i`,
			outcome{stdout: "<.><a><.><b>"},
		},
		{
			`forbacktickx -d " " -E i { printf "a b " } ARGS $i`,
			outcome{stdout: "<.><a><.><b>"},
		},
		{
			`forbacktickx -o 0 -E i { printf "a\nb\n" } false`,
			outcome{code: 1},
		},
		{
			`forbacktickx -C -N -E i { printf "a\n\nb" } ARGS $i`,
			outcome{stdout: "<.><a\n>"},
		},
		{
			`forbacktickx -E i { printf "a\nb\n" } cat`,
			outcome{},
		},
		{
			`forbacktickx -E i { false } ARGS $i`,
			outcome{code: 1},
		},
		{
			`forbacktickx -p -E i { printf "a\nb\n" } true`,
			outcome{},
		},
		{
			`forbacktickx`,
			outcome{code: 100, stderr: "forbacktickx: usage"},
		},
		{
			`loopwhilex false`,
			outcome{code: 1},
		},
		{
			`loopwhilex sh -c "exit 3"`,
			outcome{code: 3},
		},
		{
			`loopwhilex -o 3 sh -c "exit 4"`,
			outcome{code: 4},
		},
		{
			`loopwhilex -x 3 sh -c "exit 3"`,
			outcome{code: 3},
		},
		{
			`loopwhilex -n true`,
			outcome{},
		},
		{
			`loopwhilex sh -c "kill -9 $$"`,
			outcome{code: 137},
		},
		{
			`loopwhilex nosuch`,
			outcome{code: 111, stderr: "loopwhilex: fatal: unable to spawn nosuch: No such file or directory"},
		},
		{
			`loopwhilex`,
			outcome{code: 100, stderr: "loopwhilex: usage"},
		},
		{
			`loopwhilex -o x true`,
			outcome{code: 100, stderr: "loopwhilex: usage"},
		},
		{
			`pipeline { printf "a\\0b\\0" } forstdin -0E i ARGS $i`,
			outcome{stdout: "<.><a><.><b>"},
		},
		{
			`pipeline { printf "a\\0b" } forstdin -0E i ARGS $i`,
			outcome{stdout: "<.><a>"},
		},
		{
			`pipeline { printf "a\\0b\n" } forstdin -E i ARGS $i`,
			outcome{stdout: "<.><a>"},
		},
		{
			`forbacktickx -0 -E i { printf "a\\0b\\0" } ARGS $i`,
			outcome{stdout: "<.><a><.><b>"},
		},
		{
			`heredoc 0 "aa\n\ncc" forstdin -CNE i ARGS $i`,
			outcome{stdout: "<.><aa\n><.><cc>"},
		},
		{
			`heredoc 0 "aa\n\n\n\ncc\n\n" forstdin -CE i ARGS $i`,
			outcome{stdout: "<.><aa><.><cc>"},
		},
		{
			`forx -p i { a } nosuch`,
			outcome{code: 111, stderr: "forx: fatal: unable to spawn nosuch: No such file or directory"},
		},
		{
			`forx -E i { a b } define A $i ARGS $A`,
			outcome{stdout: "<.><a><.><b>"},
		},
		{
			`forx -E i { a b } cd sub sh -c pwd`,
			outcome{stdout: "DIR/sub\nDIR/sub\n"},
		},
		{
			`forx -E -o 0 i { a b } exit 3`,
			outcome{code: 3},
		},
		{
			`forx -E i { a b } export A $i importas A A ARGS $A`,
			outcome{stdout: "<.><a><.><b>"},
		},
		{
			`heredoc 0 "a\nb\n" forstdin -E i foreground { ARGS $i } ARGS`,
			outcome{stdout: "<.><a><.><.><b><.>"},
		},
		{
			`forbacktickx -d: -E i { printf a:b: } ARGS $i`,
			outcome{stdout: "<.><a><.><b>"},
		},
		{
			`forbacktickx -d "" -E i { execlineb -c "dollarat -d \"\"" "x y" z } ARGS $i`,
			outcome{stdout: "<.><x y><.><z>"},
		},
		{
			`redirfd -r 0 a.txt forbacktickx -E i { printf "a\nb\n" } cat`,
			outcome{stdout: "a\n"},
		},
		{
			`forbacktickx -E i { printf "a\n" } importas ! p eltest -n $p`,
			outcome{},
		},
		{
			`loopwhilex -x 0 true`,
			outcome{},
		},
		{
			`loopwhilex -n -o 0 true`,
			outcome{},
		},
		{
			`loopwhilex eltest a = b`,
			outcome{code: 1},
		},
	})
}
