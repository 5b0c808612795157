package execline

import "testing"

func TestMoreQuestionsBesideTheRealOne(t *testing.T) {
	directly(t, []recorded{
		{
			`eltest a -a ""`,
			outcome{code: 1},
		},
		{
			`eltest "" -o b`,
			outcome{},
		},
		{
			`eltest "" -o ""`,
			outcome{code: 1},
		},
		{
			`eltest a -a "" -o b`,
			outcome{},
		},
		{
			`eltest a -o b -a ""`,
			outcome{},
		},
		{
			`eltest ! a -o b`,
			outcome{},
		},
		{
			`eltest ! "(" a -o b ")"`,
			outcome{code: 1},
		},
		{
			`eltest "(" a = a ")" -a "(" b = b ")"`,
			outcome{},
		},
		{
			`eltest \\-n = \\-n`,
			outcome{},
		},
		{
			`eltest -n = -n`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest "\\(" = "\\("`,
			outcome{},
		},
		{
			`eltest a b`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest a = `,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest = a`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest -f`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest !`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest a -a`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest -a a`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest "\\a" = a`,
			outcome{},
		},
		{
			`eltest "\\\\a" = "\\a"`,
			outcome{code: 1},
		},
		{
			`eltest -e /etc -a -e /nosuch`,
			outcome{code: 1},
		},
		{
			`eltest ! -e /nosuch`,
			outcome{},
		},
		{
			`eltest -q x`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest -- a`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest "\\" = x`,
			outcome{code: 1},
		},
		{
			`eltest 1 -eq x`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest a = b -o x -lt 2`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest a = a -o x -lt 2`,
			outcome{},
		},
		{
			`eltest a = a -a ! b = b`,
			outcome{code: 1},
		},
		{
			`eltest a = a = a`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest -z -n a`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest -z ! `,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest ! = !`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest "()" `,
			outcome{},
		},
		{
			`eltest "(" ")"`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest a -a ! b -o c`,
			outcome{},
		},
		{
			`eltest a -o b "(" c ")"`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest -n a = a`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest -n "" = ""`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest -z "" = ""`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest -z "" -a x`,
			outcome{},
		},
		{
			`eltest a <= b`,
			outcome{},
		},
		{
			`eltest a -h b`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest a >= b`,
			outcome{code: 1},
		},
		{
			`eltest -E a`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest -eq`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest abc =~ "^a.c$"`,
			outcome{},
		},
		{
			`eltest abc =~ "b|x"`,
			outcome{},
		},
		{
			`eltest abc =~ "a\\w"`,
			outcome{},
		},
		{
			`eltest -h a.txt`,
			outcome{code: 1},
		},
		{
			`eltest -s a.txt`,
			outcome{},
		},
		{
			`eltest -s b.txt`,
			outcome{code: 1},
		},
		{
			`eltest "" = ""`,
			outcome{},
		},
		{
			`eltest a.txt -ef ./a.txt`,
			outcome{},
		},
		{
			`eltest a.txt -ef b.txt`,
			outcome{code: 1},
		},
		{
			`eltest "(" "(" a ")" ")"`,
			outcome{},
		},
		{
			`eltest "(" a -o b ")" -a ""`,
			outcome{code: 1},
		},
		{
			`eltest ! -z a -a -n b`,
			outcome{},
		},
		{
			`eltest +1 -eq 1`,
			outcome{},
		},
		{
			`eltest 08 -eq 8`,
			outcome{},
		},
		{
			`eltest -0 -eq 0`,
			outcome{},
		},
		{
			`eltest 0x10 -eq 16`,
			outcome{code: 1},
		},
		{
			`eltest 1x -eq 1`,
			outcome{},
		},
		{
			`eltest "1 " -eq 1`,
			outcome{},
		},
		{
			`eltest x1 -eq 0`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest - -eq 0`,
			outcome{code: 100, stderr: "eltest: fatal"},
		},
		{
			`eltest "a\nb" =~ "^b"`,
			outcome{code: 1},
		},
		{
			`eltest "a\nb" =~ "a.b"`,
			outcome{},
		},
	})
}
