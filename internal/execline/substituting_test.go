package execline

import "testing"

func TestSubstitutionsBesideTheRealOnes(t *testing.T) {
	beside(t, []recorded{
		{
			`define`,
			outcome{code: 100, stderr: "define: usage"},
		},
		{
			`define A`,
			outcome{code: 100, stderr: "define: usage"},
		},
		{
			`define A b`,
			outcome{},
		},
		{
			`define A b ARGS $A ""`,
			outcome{stdout: "<.><b><>"},
		},
		{
			`define "$A" b ARGS "$A"`,
			outcome{stdout: "<.><$A>"},
		},
		{
			`define "" b ARGS "${}" "$"`,
			outcome{code: 111, stderr: "define: fatal"},
		},
		{
			`elgetpositionals ARGS`,
			outcome{code: 111, stderr: "elgetpositionals: fatal"},
		},
		{
			`export "#" x elgetpositionals ARGS`,
			outcome{code: 111, stderr: "elgetpositionals: fatal"},
		},
		{
			`export "#" 1 elgetpositionals ARGS`,
			outcome{code: 111, stderr: "elgetpositionals: fatal"},
		},
		{
			`export "#" 1 export 0 a elgetpositionals ARGS`,
			outcome{code: 111, stderr: "elgetpositionals: fatal"},
		},
		{
			`export "#" 1 export 0 a export 1 b elgetpositionals ARGS $1`,
			outcome{stdout: "<.><b>"},
		},
		{
			`elgetpositionals -Px ARGS`,
			outcome{code: 100, stderr: "elgetpositionals: usage"},
		},
		{
			`elgetpositionals`,
			outcome{code: 111, stderr: "elgetpositionals: fatal"},
		},
		{
			`export "#" 1 export 0 a export 1 b elgetpositionals`,
			outcome{},
		},
		{
			`elglob -s A * ARGS $A`,
			outcome{stdout: "<.><[x]><a.txt><b.txt><c.c><link><novars><plain><sp ace><sub><vars>"},
		},
		{
			`elglob -s A "*.txt" ARGS $A`,
			outcome{stdout: "<.><a.txt><b.txt>"},
		},
		{
			`elglob -s A "nope*" ARGS $A`,
			outcome{stdout: "<.><nope*>"},
		},
		{
			`elglob -0 A "nope*" ARGS $A`,
			outcome{stdout: "<.>"},
		},
		{
			`elglob -sm A "*" ARGS $A`,
			outcome{stdout: "<.><[x]><a.txt><b.txt><c.c><link><novars><plain><sp ace><sub/><vars>"},
		},
		{
			`elglob -s A ".*" ARGS $A`,
			outcome{stdout: "<.><.><..><.dot><.hid>"},
		},
		{
			`elglob -s A "*/*" ARGS $A`,
			outcome{stdout: "<.><sub/a.txt><sub/new><sub/old><sub/x>"},
		},
		{
			`elglob -s A "sub/*/q" ARGS $A`,
			outcome{stdout: "<.><sub/x/q>"},
		},
		{
			`elglob -s A "[ab].txt" ARGS $A`,
			outcome{stdout: "<.><a.txt><b.txt>"},
		},
		{
			`elglob -s A "[!a].txt" ARGS $A`,
			outcome{stdout: "<.><b.txt>"},
		},
		{
			`elglob -s A "[[:alpha:]].txt" ARGS $A`,
			outcome{stdout: "<.><a.txt><b.txt>"},
		},
		{
			`elglob -s A "?.?" ARGS $A`,
			outcome{stdout: "<.><c.c>"},
		},
		{
			`elglob -s A "\\[x\\]" ARGS $A`,
			outcome{stdout: "<.><[x]>"},
		},
		{
			`elglob -se A "\\[x\\]" ARGS $A`,
			outcome{stdout: "<.><\\[x\\]>"},
		},
		{
			`elglob -s A "a.txt" ARGS $A`,
			outcome{stdout: "<.><a.txt>"},
		},
		{
			`elglob -s A "none.txt" ARGS $A`,
			outcome{stdout: "<.><none.txt>"},
		},
		{
			`elglob -s0 A "none.txt" ARGS $A`,
			outcome{stdout: "<.>"},
		},
		{
			`elglob -s A "sub/" ARGS $A`,
			outcome{stdout: "<.><sub/>"},
		},
		{
			`elglob -s A "su*/" ARGS $A`,
			outcome{stdout: "<.><sub/>"},
		},
		{
			`elglob -s A "*.c" ARGS $A`,
			outcome{stdout: "<.><c.c>"},
		},
		{
			`elglob -s A "//etc//pass[w]d" ARGS $A`,
			outcome{stdout: "<.><//etc//passwd>"},
		},
		{
			`elglob -s A "{a,b}.txt" ARGS $A`,
			outcome{stdout: "<.><{a,b}.txt>"},
		},
		{
			`elglob -s A "~" ARGS $A`,
			outcome{stdout: "<.><~>"},
		},
		{
			`elglob -s A "[" ARGS $A`,
			outcome{stdout: "<.><[>"},
		},
		{
			`elglob -s A "" ARGS $A`,
			outcome{stdout: "<.><>"},
		},
		{
			`elglob -v A "/nosuch/*" ARGS $A`,
			outcome{stdout: "<.></nosuch/*>", stderr: "elglob: warning"},
		},
		{
			`elglob -w A "/nosuch/*" ARGS $A`,
			outcome{code: 111, stderr: "elglob: fatal"},
		},
		{
			`elglob -s A "a.txt/*" ARGS $A`,
			outcome{stdout: "<.><a.txt/*>"},
		},
		{
			`elglob A`,
			outcome{code: 100, stderr: "elglob: usage"},
		},
		{
			`elglob A "*"`,
			outcome{},
		},
		{
			`define -s A "a b" ARGS x${A}y`,
			outcome{stdout: "<.><xay><xby>"},
		},
		{
			`define -s A "a b" define -s B "1 2" ARGS ${A}${B}`,
			outcome{stdout: "<.><a1><a2><b1><b2>"},
		},
		{
			`multisubstitute { define -s A "a b" define -s B "1 2" } ARGS ${A}-${B}-${A}`,
			outcome{stdout: "<.><a-1-a><a-1-b><a-2-a><a-2-b><b-1-a><b-1-b><b-2-a><b-2-b>"},
		},
		{
			`multisubstitute { importas -i A NOPE } ARGS`,
			outcome{code: 100, stderr: "multisubstitute: fatal"},
		},
		{
			`multisubstitute { importas -D d A NOPE define B $A } ARGS $A $B`,
			outcome{stdout: "<.><d><$A>"},
		},
		{
			`multisubstitute { } ARGS x`,
			outcome{stdout: "<.><x>"},
		},
		{
			`multisubstitute { nonsense A } ARGS`,
			outcome{code: 100, stderr: "multisubstitute: fatal"},
		},
		{
			`multisubstitute { define A } ARGS`,
			outcome{code: 100, stderr: "multisubstitute: fatal"},
		},
		{
			`multisubstitute { define A b }`,
			outcome{code: 100, stderr: "multisubstitute: usage"},
		},
		{
			`export X 1 multisubstitute { importas -u A X define C c } importas -D gone X X ARGS $A $C $X`,
			outcome{stdout: "<.><1><c><gone>"},
		},
		{
			`export X 1 multisubstitute { importas A X importas B X } ARGS $A$B`,
			outcome{stdout: "<.><11>"},
		},
		{
			`multidefine "a b c" { x y } ARGS $x $y`,
			outcome{stdout: "<.><a><b>"},
		},
		{
			`multidefine "a b c" { x } ARGS $x`,
			outcome{stdout: "<.><a>"},
		},
		{
			`multidefine "a" { x y } ARGS $x ${y}z`,
			outcome{stdout: "<.><a><z>"},
		},
		{
			`multidefine -0 "a" { x y } ARGS $x ${y}z`,
			outcome{stdout: "<.><a>"},
		},
		{
			`multidefine -r "a b c" { x y } ARGS $x $y`,
			outcome{stdout: "<.><a><b><c>"},
		},
		{
			`multidefine -r "a" { x y } ARGS $x $y`,
			outcome{stdout: "<.><a><>"},
		},
		{
			`multidefine -d : "a:b:" { x y } ARGS $x $y`,
			outcome{stdout: "<.><a><b>"},
		},
		{
			`multidefine -C "a   b" { x y } ARGS $x $y`,
			outcome{stdout: "<.><a><b>"},
		},
		{
			`multidefine "a b" { } ARGS`,
			outcome{code: 100, stderr: "multidefine: fatal"},
		},
		{
			`multidefine "a b c" { "" y } ARGS $y`,
			outcome{stdout: "<.><b>"},
		},
		{
			`multidefine`,
			outcome{code: 100, stderr: "multidefine: usage"},
		},
		{
			`multidefine "a b"`,
			outcome{code: 100, stderr: "multidefine: usage"},
		},
		{
			`multidefine "a b" { x y }`,
			outcome{},
		},
		{
			`define -n A "a\n" ARGS $A`,
			outcome{stdout: "<.><a>"},
		},
		{
			`define -C A "a   b" ARGS $A`,
			outcome{stdout: "<.><a b>"},
		},
		{
			`define -Cn A "a b   " ARGS $A`,
			outcome{stdout: "<.><a b>"},
		},
		{
			`define -s A "" ARGS $A`,
			outcome{stdout: "<.>"},
		},
		{
			`define -s A " a  b " ARGS $A`,
			outcome{stdout: "<.><><a><><b>"},
		},
		{
			`define -sn A " a  b" ARGS $A`,
			outcome{stdout: "<.><><a><>"},
		},
		{
			`define -sC -d ":," A "a:,b" ARGS $A`,
			outcome{stdout: "<.><a><b>"},
		},
		{
			`define -s -d "" A "1:a,2:bb," ARGS $A`,
			outcome{stdout: "<.><a><bb>"},
		},
		{
			`define -s -d "" A "1:a,2:b" ARGS $A`,
			outcome{code: 111, stderr: "define: fatal"},
		},
		{
			`define -s -d "" A "x" ARGS $A`,
			outcome{code: 111, stderr: "define: fatal"},
		},
		{
			`define -Nc A "a " ARGS $A`,
			outcome{stdout: "<.><a >"},
		},
		{
			`define A val ARGS $A \\$A \\\\$A \\\\\\$A $B \\$B`,
			outcome{stdout: "<.><val><$A><\\val><\\$A><$B><\\$B>"},
		},
		{
			`define A b foreground { ARGS $A { $A } "" } ARGS $A`,
			outcome{stdout: "<.><b>< b><><><.><b>"},
		},
		{
			`define A "" foreground { ARGS $A x } ARGS y`,
			outcome{stdout: "<.><><x><.><y>"},
		},
		{
			`define A "$A" ARGS $A`,
			outcome{stdout: "<.><$A>"},
		},
		{
			`define A b ARGS $A$A ${A}${A} a$A $Ab ${A`,
			outcome{stdout: "<.><bb><bb><ab><$Ab><${A>"},
		},
		{
			`elgetpositionals -P 2 ARGS`,
			outcome{code: 111, stderr: "elgetpositionals: fatal"},
		},
		{
			`importas -s -d: A PATH ARGS`,
			outcome{stdout: "<.>"},
		},
		{
			`define -z A b ARGS`,
			outcome{code: 100, stderr: "define: usage"},
		},
		{
			`multisubstitute { elgetpositionals } ARGS`,
			outcome{code: 100, stderr: "multisubstitute: fatal"},
		},
		{
			`execlineb -c "multisubstitute { elgetpositionals define A b } ARGS $1 $A" x`,
			outcome{stdout: "<.><x><b>"},
		},
		{
			`execlineb -c "multisubstitute { elglob -s A *.txt define B b } ARGS $A $B" x`,
			outcome{stdout: "<.><a.txt><b.txt><b>"},
		},
		{
			`elglob -s A "sub/[^b].txt" ARGS $A`,
			outcome{stdout: "<.><sub/a.txt>"},
		},
		{
			`elglob -s A "[]x[]*" ARGS $A`,
			outcome{stdout: "<.><[x]>"},
		},
		{
			`elglob -s A "[a-c].[a-d]*" ARGS $A`,
			outcome{stdout: "<.><c.c>"},
		},
		{
			`elglob -sm A "s*" ARGS $A`,
			outcome{stdout: "<.><sp ace><sub/>"},
		},
		{
			`elglob -s A "\\*" ARGS $A`,
			outcome{stdout: "<.><\\*>"},
		},
		{
			`elglob -s A "./*.txt" ARGS $A`,
			outcome{stdout: "<.><./a.txt><./b.txt>"},
		},
		{
			`elglob -s A "sub//*" ARGS $A`,
			outcome{stdout: "<.><sub//a.txt><sub//new><sub//old><sub//x>"},
		},
		{
			`elglob -s A "../*/a.txt" ARGS`,
			outcome{stdout: "<.>"},
		},
		{
			`elglob -s A "[[:upper:]]*" ARGS $A`,
			outcome{stdout: "<.><[[:upper:]]*>"},
		},
		{
			`elglob -s A "?hid" ARGS $A`,
			outcome{stdout: "<.><?hid>"},
		},
		{
			`elglob -s A "*/" ARGS $A`,
			outcome{stdout: "<.><sub/>"},
		},
		{
			`elglob -s A "**" ARGS $A`,
			outcome{stdout: "<.><[x]><a.txt><b.txt><c.c><link><novars><plain><sp ace><sub><vars>"},
		},
	})
}
