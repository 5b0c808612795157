package s6words

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/berth-init/berth/internal/s6dir"
)

func TestControlWordsAsTheRealOnes(t *testing.T) {
	up := statuses()["up"]
	prepare := func(t *testing.T, dir string) {
		hold(t, filepath.Join(dir, "d"), up.Append(nil))
		lay(map[string]string{
			"nobody/supervise/control": "fifo", "bare/supervise/": "", "empty/": "", "file": "x", "regular/supervise/control": "kept",
			"scan/.s6-svscan/control": "fifo", "scan2/": "",
		})(t, dir)
		must(t, os.Symlink("d", filepath.Join(dir, "link")))
		must(t, os.Mkdir(filepath.Join(dir, "live"), 0o755))
		must(t, os.Rename(filepath.Join(dir, "d", s6dir.Supervise), filepath.Join(dir, "sup")))
		must(t, os.Symlink("../sup", filepath.Join(dir, "d", s6dir.Supervise)))
		must(t, os.MkdirAll(filepath.Join(dir, "live", s6dir.Scan), 0o755))
		must(t, os.Symlink("../../sup/control", filepath.Join(dir, "live", s6dir.ScanControl)))
	}
	// What is in the FIFO is read by who holds it open: here, the script does.
	const read = `; dd if=d/supervise/control bs=100 count=1 iflag=nonblock 2>/dev/null; :`
	var cases []dual
	for _, s := range []string{
		"-u d", "-d d", "-dx d", "-x -d d", "-abqhkti12pcyroduDUxOQ d", "-u -d -u d", "-aa d", "-- d", "-u -- d", "d", "-u d/", "-u ./d", "-u link", "-ud d more",
		"-T 5 -u d", "-uT5 d",
	} {
		cases = append(cases, dual{name: "svc " + strings.ReplaceAll(s, "/", "|"), script: "s6-svc " + s + "; echo $?" + read})
	}
	for _, s := range []string{"-a live", "-an live", "-z -a live", "-abhitqnNz live", "-- live", "live", "-n live/", "-a live more"} {
		cases = append(cases, dual{name: "svscanctl " + strings.ReplaceAll(s, "/", "|"), script: "s6-svscanctl " + s + "; echo $?" + read})
	}
	for _, s := range []string{"-Z d", "-wZ d", "-wuX", "-T x d", "-T", "-w d", "", "-u", "-u nobody", "-u bare", "-u empty", "-u file", "-u nonesuch", "-u ''", "-u nonesuch/x", "-wu nonesuch"} {
		cases = append(cases, dual{name: "svc " + strings.ReplaceAll(s, "/", "|"), script: "s6-svc " + s})
	}
	for _, s := range []string{"-Q scan", "-a scan", "-a scan2", "-a nonesuch", "-a file", "", "-a", "-a ''"} {
		cases = append(cases, dual{name: "svscanctl " + strings.ReplaceAll(s, "/", "|"), script: "s6-svscanctl " + s})
	}
	for _, s := range []string{"-t x d", "", "-u", "-Q d", "nonesuch", "-t 50 -o -u nonesuch d", "-t 50 file"} {
		cases = append(cases, dual{name: "svwait " + strings.ReplaceAll(s, "/", "|"), script: "s6-svwait " + s})
	}
	for _, s := range []string{"", "d", "-t x d true", "-Z d true", "-t 100 nonesuch true", "-o -u d true"} {
		cases = append(cases, dual{name: "svlisten1 " + strings.ReplaceAll(s, "/", "|"), script: "s6-svlisten1 " + s})
	}
	cases = append(cases, dual{
		name: "letters for a regular file", differ: "not a FIFO", code: 111, script: "s6-svc -u regular; code=$?; cat regular/supervise/control; exit $code", says: "kept",
	})
	for _, s := range []string{"s6-svc -wu -T 50 empty", "s6-svc -wu -T 50 bare", "s6-svwait -t 50 empty", "s6-svwait -t 50 bare"} {
		cases = append(cases, dual{name: s, script: s + "; code=$?; ls empty bare/event 2>/dev/null; exit $code", differ: "no fifodir", code: 111, says: "empty:\n"})
	}
	same(t, prepare, cases)
}

func TestDeathsAsTheRealOnes(t *testing.T) {
	needs(t)
	at := ago(0)
	long := ago(3600e9)
	tally := func(deaths ...s6dir.Death) string {
		var b []byte
		for _, d := range deaths {
			b = d.Append(b)
		}
		return string(b)
	}
	some := tally(
		s6dir.Death{At: long, Code: 1}, s6dir.Death{At: long, Code: 143, Signal: 15}, s6dir.Death{At: at, Code: 3}, s6dir.Death{At: at, Code: 0},
		s6dir.Death{At: at, Code: 137, Signal: 9}, s6dir.Death{At: at, Code: 168, Signal: 40},
	)
	var cases []dual
	for _, s := range []string{"d", "-s d", "-S d", "-n 1 d", "-n 0 d", "-n 100 d", "-n x d", "nonesuch", "", "-Q d", "-sS d", "empty"} {
		cases = append(cases, dual{name: "svdt " + s, script: "s6-svdt " + s})
	}
	for _, s := range []string{"d", "nonesuch", "", "part"} {
		cases = append(cases, dual{name: "svdt-clear " + s, script: "s6-svdt-clear " + s + "; echo $?; wc -c <d/supervise/death_tally"})
	}
	for _, s := range []string{
		"60 1 SIGKILL", "60 2 SIGKILL", "60 1 sigkill,3", "60 2 sigkill,3", "60 3 0-5,SIG9", "60 4 0-5,SIG9", "60 1 137", "60 1 SIGTERM", "7200 1 SIGTERM", "60 1 5-x", "0 1 SIGKILL",
		"60 0 SIGKILL", "x 1 SIGKILL", "60 x SIGKILL", "60 5000 0-255", "60 1 9", "60 1 SIGFOO", "60 1 300", "60 1 5-1", "60 1 ''", "60 1 ,3,", "60 1 sig40", "60 1 SIG", "60 1 term",
		"60 1", "60", "", "60 3 0,3,SIGKILL,SIG40", "60 4 0,3,SIGKILL,SIG40", "60 1 3-3", "60 1 3-", "60 1 3,", "60 1 KILL", "60 1 kill,9",
	} {
		cases = append(cases, dual{name: "permafailon " + s, script: "cd d; s6-permafailon " + s + " echo on"})
	}
	cases = append(
		cases, dual{name: "permafailon without a tally", script: "cd none; s6-permafailon 60 1 SIGKILL echo on"},
		dual{name: "no tally", differ: "no tally", script: "s6-svdt none && s6-svdt-clear none && ls none/supervise"},
		dual{name: "a torn tally", differ: "torn tally", script: "s6-svdt part", says: long.String() + " exitcode 1\n"},
		dual{name: "permafailon of nothing", script: "cd d; s6-permafailon 60 9 SIGKILL"},
	)
	same(t, lay(map[string]string{"d/supervise/death_tally": some, "none/supervise/": "", "empty/supervise/death_tally": "", "part/supervise/death_tally": some[:20]}), cases)
}
