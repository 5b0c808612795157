package s6log

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A difference from the real program, on purpose.
type difference struct {
	what, why string
	test      string                   // that shows it, if no scene does
	scenes    []string                 // in which it shows
	change    func(real string) string // makes what ours gives of what the real one gives; nil: the scene's own test says what
}

func replaced(real string, change ...string) string {
	return strings.NewReplacer(change...).Replace(real)
}

var differences = []difference{
	{
		what: "an error at the start has a hint, and says open where the real one says open_append, mkdir …",
		why:  "each refusal says what to do next",
		scenes: []string{
			"s6-log ./nosuch/d", "s6-log /dev/null/d", "s6-log .//d/.",
		},
		change: func(real string) string {
			return replaced(real, "No such file or directory\n", "No such file or directory\ns6-log: hint: make the directory above it first\n",
				"Not a directory\n", "Not a directory\ns6-log: hint: a logdir is a directory: remove what bears its name\n")
		},
	},
	{
		what:   "a last line without an end is logged, with one",
		why:    "the last words of a program that crashed are the ones that are looked for; the real 2.11.3 drops them (and logs them after TERM)",
		scenes: []string{"the end in a line", "the end in a long line"},
		change: func(real string) string {
			return replaced(real, "out a\n", "out a\nb\n", `"a\n"`, `"a\nb\n"`, "2345\n", "2345\n6789\n")
		},
	},
	{
		what:   "a line goes on behind a NUL byte",
		why:    "the real one drops the rest of the line",
		scenes: []string{"NUL bytes"},
		change: func(real string) string {
			return replaced(real, "out a\nb\n", "out a\x00b\n", `"a\nb\n`, `"a\x00b\n`)
		},
	},
	{
		what:   "the warning says how a processor ended",
		why:    "its exit code or signal is what one looks for next",
		scenes: []string{"by a processor that fails once", "by a processor that is killed once"},
		change: func(real string) string {
			return replaced(real, "failed in ./d", "failed in ./d: exit 3", "crashed in ./d", "crashed in ./d: killed by SIGKILL")
		},
	},
	{what: "an error of an expression says what is wrong with it", why: "the real one says that the directive isn't recognized, and no more", test: "TestAnExpressionThatIsNoneIsRefused"},
	{what: "a regular expression is Go's POSIX syntax: characters of UTF-8 where the real one has bytes, none of the C library's additions (\\w, \\<, back references), and a brace that is no count is itself", why: "the C library's isn't there in a static binary; what POSIX defines of them is the same", test: "TestRandomScriptsDoWhatTheRealOneDoes"},
	{what: "a wrong directive leaves the disk as it was", why: "the real one makes the directories in front of it before it reads it", test: "TestRandomScriptsDoWhatTheRealOneDoes"},
	{what: "an archive ends at the first line's end at which it is full, within a burst too", why: "the real one looks once a read, and archives are up to 8 KiB and all stamps larger than asked for", test: "TestABurstMakesArchivesOfTheSizeThatWasAskedFor"},
	{what: "lines that are read at once bear one stamp, and of a status file only the last of them is written", why: "they were all there by then; a stamp a line is the time of its reading only, and costs", test: "TestManyLinesAtOnceBearOneStamp"},
	{what: "the standard input and output aren't made non-blocking", why: "they are shared with the container's other programs, which would find them so", test: "TestTheDescriptorsAreLeftAsTheyAre"},
	{what: "64 MiB at most wait to be written, then reading waits as with -b", why: "the real one takes memory until the kernel ends something", test: "TestMemoryIsBounded"},
	{what: "lines are written while a processor runs", why: "the real one keeps them in memory until it has ended", test: "TestAProcessorHoldsNothingUp"},
	{what: "a processor that fails while the logger ends is left to the next logger", why: "the real one never ends", test: "TestAProcessorHoldsNothingUp"},
	{what: "a processor has its state on descriptors 4 and 5 always, and finds a state where there was none", why: "with one logdir the real 2.11.3 closes 5 again; without a state file it fails for ever", test: "TestAProcessorWithAState"},
	{what: "two files that weren't finished are two archives", why: "the real one gives both one name, and ends with: File exists", test: "TestTwoFilesThatWerentFinishedAreTwoArchives"},
	{what: "a previous beside a finished current becomes an archive", why: "the real one overwrites it", test: "TestAPreviousBesideAFinishedFileIsKept"},
	{what: "a current that was removed is made anew", why: "the real one tries to rename it for ever, and keeps all lines in memory", test: "TestACurrentThatWasRemovedIsMadeAnew"},
	{what: "an archive's name is never older than one that is there", why: "after a clock was set back the real one removes the newest lines first", test: "TestAClockThatWasSetBackLosesNothing"},
	{what: "symbolic links aren't followed to files in a logdir; what bears the name current and is no file is put aside", why: "a logger may be root in a user's directory", test: "TestWhatCantBeALogdirIsRefused"},
	{what: "one logger can't have one directory twice", why: "the real one has each of the two archive the other's file", test: "TestTwoLoggersOfOneDirectory"},
	{what: "QUIT ends it as HUP does, and signals that nobody sends are ignored", why: "it shouldn't lose a line or print a stack to a key of a terminal", test: "TestQuitEndsInOrder"},
	{what: "logutil-service becomes the owner of a directory that belongs to somebody else than root", why: "nobody couldn't write to a volume that is run with PUID, and root mustn't", test: "TestTheLoggerOfAService"},
	{what: "logutil-service gives nobody a directory only if it is empty, and new or in a directory of root's alone; root's loggers follow a link to a directory only if it is root's", why: "who owns a volume could lay a link to /etc there, and have it given away or written to", test: "TestALoggerOfRootsFollowsNoLinkOfAUsers"},
	{what: "a root's logger writes to no file that has two names; a current or state like that is put aside at the start", why: "who owns the directory can give any file a name there", test: "TestRootWritesToNoFileOfTwoNames"},
}

func TestDifferencesAreListed(t *testing.T) {
	var code strings.Builder
	files, err := filepath.Glob("*_test.go")
	ok(t, err)
	for _, f := range files {
		data, err := os.ReadFile(f)
		ok(t, err)
		code.Write(data)
	}
	seen := map[string]bool{}
	for _, d := range differences {
		t.Logf("%s: %s", d.what, d.why)
		if d.what == "" || d.why == "" || (d.test == "") == (d.scenes == nil) {
			t.Errorf("a difference without a reason, or that nothing shows: %+v", d)
		}
		if d.test != "" && !strings.Contains(code.String(), "\nfunc "+d.test+"(t *testing.T)") {
			t.Errorf("there is no %s", d.test)
		}
		for _, s := range d.scenes {
			if seen[s] || !strings.Contains(code.String(), s) && !strings.HasPrefix(s, "s6-log ") {
				t.Errorf("scene %q stands for two differences, or isn't there", s)
			}
			seen[s] = true
		}
	}
}
