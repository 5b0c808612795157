package execline

import "testing"

func TestPatternsBesideTheRealOnes(t *testing.T) {
	beside(t, []recorded{
		{
			`case abc { a { ARGS 1 } "ab." { ARGS 2 } } ARGS d`,
			outcome{stdout: "<.><2>"},
		},
		{
			`case abc { a { ARGS 1 } "ab" { ARGS 2 } } ARGS d`,
			outcome{stdout: "<.><d>"},
		},
		{
			`case abc { a { ARGS 1 } "a|abc" { ARGS 2 } } ARGS d`,
			outcome{stdout: "<.><2>"},
		},
		{
			`case -s abc { "a*" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case -s -i abc { "A*" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><d>"},
		},
		{
			`case -i abc { "A.*" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case -e "a+" { "a+" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case -E "a+" { "a+" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><d>"},
		},
		{
			`case -e "ab" { "\\(a\\)b" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case -N foooobarbaz { "([fo]+)bar(baz)" { env } } ARGS d`,
			outcome{stdout: "\n#=2\n0=([fo]+)bar(baz)\n1=foooo\n2=baz\nHOME=/root\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`case -N foooobarbaz { "nope" { env } } env`,
			outcome{stdout: "\nHOME=/root\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`case abc { } ARGS d`,
			outcome{stdout: "<.><d>"},
		},
		{
			`case abc { a } ARGS`,
			outcome{code: 100, stderr: "case: fatal"},
		},
		{
			`case abc { a ARGS } ARGS`,
			outcome{code: 100, stderr: "case: fatal"},
		},
		{
			`case abc`,
			outcome{code: 100, stderr: "case: usage"},
		},
		{
			`case`,
			outcome{code: 100, stderr: "case: usage"},
		},
		{
			`case -s a/b { "*" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case -sN a/b { "*" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><d>"},
		},
		{
			`case -s ".a" { "*" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case -si ".a" { "*" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><d>"},
		},
		{
			`case -s "a*" { "a\\*" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case -se "a\\*" { "a\\*" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case abc { "(" { ARGS 1 } } ARGS d`,
			outcome{code: 100, stderr: "case: fatal"},
		},
		{
			`case "" { "" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case "" { ".*" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case abc { "abc" { } } ARGS d`,
			outcome{},
		},
		{
			`case abc { x { ARGS 1 } }`,
			outcome{},
		},
		{
			`case abc { "a|x" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case abc { "x|c" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case abc { "(a)(b)?(x)?c" { ARGS y } } ARGS n`,
			outcome{stdout: "<.><y>"},
		},
		{
			`case -N abc { "(a)(b)?(x)?c" { env } } ARGS n`,
			outcome{stdout: "\n#=3\n0=(a)(b)?(x)?c\n1=a\n2=b\n3=\nHOME=/root\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`case -N abc { "a|(b)" { env } } ARGS n`,
			outcome{stdout: "\n#=1\n0=a|(b)\n1=\nHOME=/root\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`case abc { "abc" ARGS "" } ARGS n`,
			outcome{stdout: "<.>"},
		},
		{
			`case abc { ab { ARGS 1 } abc { ARGS 2 } } ARGS d`,
			outcome{stdout: "<.><2>"},
		},
		{
			`case { ab { ARGS 1 } }`,
			outcome{},
		},
		{
			`case -E -- -x { "-x" { ARGS 1 } } ARGS`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case -s "a]" { "[]a]]" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case -s "b" { "[!a-c]" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><d>"},
		},
		{
			`case -s "a-b" { "a[-x]b" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case -s "a[b" { "a[b" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case -s "aXb" { "a\\Xb" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case -s "abcabc" { "*b*c" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case -s "" { "*" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case -s "a" { "[[:digit:]]" { ARGS 1 } "[[:alpha:]]" { ARGS 2 } } ARGS d`,
			outcome{stdout: "<.><2>"},
		},
		{
			`case -sN "a/b" { "a/?" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case -sNi "a/.b" { "a/*" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><d>"},
		},
		{
			`case "a.b" { "a\\.b" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case "axb" { "a\\.b" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><d>"},
		},
		{
			`case "aab" { "a{2}b" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case "aab" { "a{3,}b" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><d>"},
		},
		{
			`case "aab" { "a{,2}b" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case "aab" { "a{1}{2}b" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case "ab" { "[^b]b" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case "]b" { "[]]b" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case "\\b" { "[\\]b" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case "3" { "[[:digit:]]" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case "a" { "[[=a=]]" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case "ab" { "(a|b)+" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case "" { "()" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case "a" { "a|" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case "a" { "[b-a]" { ARGS 1 } } ARGS d`,
			outcome{code: 100, stderr: "case: fatal"},
		},
		{
			`case "a" { "[a" { ARGS 1 } } ARGS d`,
			outcome{code: 100, stderr: "case: fatal"},
		},
		{
			`case "a" { "a\\" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><d>"},
		},
		{
			`case "a)" { "a)" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case "x" { "*" { ARGS 1 } } ARGS d`,
			outcome{code: 100, stderr: "case: fatal"},
		},
		{
			`case "A" { "[a]" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><d>"},
		},
		{
			`case -i "A" { "[a]" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case -i "A" { "[^a]" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><d>"},
		},
		{
			`case -e "a*" { "a\\*" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case -e "*a" { "*a" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case -e "aa" { "a\\{2\\}" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case -e "a" { "a\\|b" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case -e "a^b" { "a^b" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case -e "a$b" { "a$b" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case -e "a(" { "a(" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case -eN "ab" { "\\(a\\)\\(b\\)" { env } } ARGS d`,
			outcome{stdout: "\n#=2\n0=\\(a\\)\\(b\\)\n1=a\n2=b\nHOME=/root\nPATH=BIN:/usr/bin:/bin"},
		},
		{
			`case "a\nb" { "a.b" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><d>"},
		},
		{
			`case "\0xe9" { "." { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case "\0xc3\0xa9" { "." { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><d>"},
		},
		{
			`case -q a { } ARGS`,
			outcome{code: 100, stderr: "case: usage"},
		},
		{
			`case "a\nb" { "a" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case "a\nb" { "b" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case "a\nb" { "a[^x]b" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><d>"},
		},
		{
			`case "x" { "(^*b)" { ARGS 1 } } ARGS d`,
			outcome{code: 100, stderr: "case: fatal"},
		},
		{
			`case "x" { "+" { ARGS 1 } } ARGS d`,
			outcome{code: 100, stderr: "case: fatal"},
		},
		{
			`case "x" { "x{2,1}" { ARGS 1 } } ARGS d`,
			outcome{code: 100, stderr: "case: fatal"},
		},
		{
			`case "x" { "x{a}" { ARGS 1 } } ARGS d`,
			outcome{code: 100, stderr: "case: fatal"},
		},
		{
			`case "x" { "x**" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
		{
			`case "x" { "\\<x\\>" { ARGS 1 } } ARGS d`,
			outcome{stdout: "<.><1>"},
		},
	})
}
