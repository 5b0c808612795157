package execline

import "testing"

// A difference is a script that ends otherwise here than with the real commands, on purpose.
type difference struct{ script, why string }

func differences() []difference {
	return []difference{
		{`printf "<%s>" "a\1`, "a string that is never closed is refused, whatever it ends in; the real one lets it pass if that is a number"},
		{"printf \"<%s>\" { {\\a }", "the real one puts the spaces of the block a second time between a brace and a backslash that begin a word"},
		{"printf \"<%s>\" . {\\\n x", "the real one forgets that a word has begun where a brace is followed by a backslash and the line's end"},
		{"\xef\xbb\xbfprintf \"<%s>\" a", "a byte order mark is told of and ignored; for the real one it is part of the first word"},
		{"printf \"<%s>\" \"a\r\nb\"", "CR at line ends are told of and ignored; for the real one they are text within quotation marks"},
		{`exec /etc`, "it says that a directory is one; the code is the same"},
		{`multidefine -r "a b c d" { A "" } ARGS $A`, "the rest goes to the key that comes last, even if that is none; the real one gives a part of it to the one before"},
		{`foreground { cp /usr/bin/printf mine } importas P PATH export PATH ".:${P}" exec mine x`, "relative elements of PATH are passed over: who owns the directory would choose the program"},
		{`background -d { nosuch } ARGS`, "the process in between says under its own name what it could not run"},
		{`forbacktickx -E i { nosuch } cat`, "the same, without a pipeline in between"},
		{`loopwhilex { true }`, "what can't be run is told in the words of everywhere else, with a hint"},
		{`ifte { ARGS a } { ARGS b } { true }`, "the same"},
		{`trap { rtmin { ARGS c } } true`, "real-time signals have names"},
		{`trap { RTMIN+1 { ARGS c } } true`, "the same"},
		{`trap { urg { ARGS c } } true`, "Go's own scheduler sends URG, a thousand times a second"},
		{`eltest /bin -ef /nosuch`, "a file that is not there is the same as none"},
		{`case "xx" { "(x)\\1" { ARGS 1 } } ARGS d`, "back-references are not supported: such an expression can take forever"},
		{`case "x" { "x{1001}" { ARGS 1 } } ARGS d`, "an expression repeats at most 1000 times"},
		{`posix-umask u=rwx,g=rx,o= sh -c umask`, "o= takes all rights, as POSIX has it; the real one ignores it"},
		{`posix-cd sub env`, "PWD is absolute, as POSIX has it"},
		{`export-array { A b } importas A A ARGS $A`, "a word of a later version, which images use already"},
		{`heredoc 0 text background { sh -c "exit 3" } wait -o { } importas ? ? ARGS $?`, "the text lies in the pipe already: no child that writes it is left"},
		{`execlineb -c "elgetopt a ARGS" -- -z`, "what getopt says has the form of all that is said"},
		{`execlineb -c "elgetopt :a: ARGS" -- -a`, "a value that is missing is an error; the real one sets ELGETOPT_: and goes on"},
		{`export "#" 2 shift env`, "parameters that are not there aren't counted"},
	}
}

// Each entry has to be one: a difference that has gone would hide the next one.
func TestDifferencesBesideTheRealOnes(t *testing.T) {
	real, ours := sides(t)
	for _, d := range differences() {
		want, got := real.run(t, expand(d.script)), ours.run(t, expand(d.script))
		if want == got {
			t.Errorf("%s\nis no difference:\n%s", d.script, got)
		}
		if d.why == "" {
			t.Errorf("%s\nhas no reason", d.script)
		}
		t.Logf("%q: %s (%d and %d)", d.script, d.why, want.code, got.code)
	}
}
