package execline

import "testing"

func TestQuestionsBesideTheRealOne(t *testing.T) {
	directly(t, []recorded{
		{
			`eltest`,
			outcome{code: 1},
		},
		{
			`eltest a`,
			outcome{},
		},
		{
			`eltest ""`,
			outcome{code: 1},
		},
		{
			`eltest -n`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest -n ""`,
			outcome{code: 1},
		},
		{
			`eltest -n a`,
			outcome{},
		},
		{
			`eltest -z ""`,
			outcome{},
		},
		{
			`eltest -z a`,
			outcome{code: 1},
		},
		{
			`eltest a = a`,
			outcome{},
		},
		{
			`eltest a = b`,
			outcome{code: 1},
		},
		{
			`eltest a == a`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest a != b`,
			outcome{},
		},
		{
			`eltest 1 -eq 1`,
			outcome{},
		},
		{
			`eltest 1 -eq 01`,
			outcome{},
		},
		{
			`eltest 1 -lt 2`,
			outcome{},
		},
		{
			`eltest x -lt 2`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest " 1" -eq 1`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest -1 -lt 2`,
			outcome{},
		},
		{
			`eltest 1 -gt -2`,
			outcome{},
		},
		{
			`eltest 2 -ge 2`,
			outcome{},
		},
		{
			`eltest 2 -le 1`,
			outcome{code: 1},
		},
		{
			`eltest 2 -ne 1`,
			outcome{},
		},
		{
			`eltest 99999999999999999999 -eq 1`,
			outcome{code: 1},
		},
		{
			`eltest a "<" b`,
			outcome{},
		},
		{
			`eltest a ">" b`,
			outcome{code: 1},
		},
		{
			`eltest a "\\<" b`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest -e /etc`,
			outcome{},
		},
		{
			`eltest -d /etc`,
			outcome{},
		},
		{
			`eltest -f /etc`,
			outcome{code: 1},
		},
		{
			`eltest -f /etc/passwd`,
			outcome{},
		},
		{
			`eltest -f /nosuch`,
			outcome{code: 1},
		},
		{
			`eltest -L link`,
			outcome{},
		},
		{
			`eltest -h link`,
			outcome{},
		},
		{
			`eltest -r /etc/passwd`,
			outcome{},
		},
		{
			`eltest -w a.txt`,
			outcome{},
		},
		{
			`eltest -x /etc/passwd`,
			outcome{code: 1},
		},
		{
			`eltest -x /bin/sh`,
			outcome{},
		},
		{
			`eltest -s /etc/passwd`,
			outcome{},
		},
		{
			`eltest -s /dev/null`,
			outcome{code: 1},
		},
		{
			`eltest -c /dev/null`,
			outcome{},
		},
		{
			`eltest -b /dev/null`,
			outcome{code: 1},
		},
		{
			`eltest -p /dev/null`,
			outcome{code: 1},
		},
		{
			`eltest -S /dev/null`,
			outcome{code: 1},
		},
		{
			`eltest -t 0`,
			outcome{code: 1},
		},
		{
			`eltest -t x`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest -u a.txt`,
			outcome{code: 1},
		},
		{
			`eltest -g a.txt`,
			outcome{code: 1},
		},
		{
			`eltest -k /tmp`,
			outcome{},
		},
		{
			`eltest -O a.txt`,
			outcome{},
		},
		{
			`eltest -U a.txt`,
			outcome{},
		},
		{
			`eltest -G a.txt`,
			outcome{},
		},
		{
			`eltest -N sub/new`,
			outcome{},
		},
		{
			`eltest sub/new -nt sub/old`,
			outcome{},
		},
		{
			`eltest sub/new -ot sub/old`,
			outcome{code: 1},
		},
		{
			`eltest sub/new -nt /nosuch`,
			outcome{},
		},
		{
			`eltest /nosuch -nt /etc/passwd`,
			outcome{code: 1},
		},
		{
			`eltest /nosuch -ot /etc/passwd`,
			outcome{},
		},
		{
			`eltest link -ef a.txt`,
			outcome{},
		},
		{
			`eltest -v PATH`,
			outcome{},
		},
		{
			`eltest -v NOPE`,
			outcome{code: 1},
		},
		{
			`eltest abc =~ "b"`,
			outcome{},
		},
		{
			`eltest abc =~ "^b"`,
			outcome{code: 1},
		},
		{
			`eltest abc =~ "("`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest ! a`,
			outcome{code: 1},
		},
		{
			`eltest ! ""`,
			outcome{},
		},
		{
			`eltest ! ! a`,
			outcome{},
		},
		{
			`eltest "(" a ")"`,
			outcome{},
		},
		{
			`eltest "(" a`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest a ")"`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest a -a b`,
			outcome{},
		},
	})
}
