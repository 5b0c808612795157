package cli

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
)

func TestBootShowsTheHistoryOfTheVolume(t *testing.T) {
	first, idle, failed := booted(), booted(), booted()
	first.Number, idle.Number, failed.Number = 1, 2, 3
	first.Notes, idle.Notes, idle.Steps, idle.Count, failed.Notes = nil, nil, nil, 0, nil
	idle.Identity.UID, idle.Identity.GID = 4242, 100
	failed.Outcome, failed.Error = boot.Failed, "no room"
	unbooted(t, func(vol string) {
		ledger(t, vol, first, idle, failed)
		before := snapshot(t, vol)
		want := "BOOT  TIME                 USER      OUTCOME   CHANGED  DID\n" +
			"1     2024-02-29 23:59:58  0:0       prepared  1        seeds hello.txt\n" +
			"2     2024-02-29 23:59:58  4242:100  prepared  0        nothing\n" +
			"3     2024-02-29 23:59:58  0:0       failed    1        seeds hello.txt; no room\n"
		if a := berth(t, "boot", "--history"); a.out != want || a.code != 0 || a.err != "" {
			t.Errorf("code %d, %q:\n%s\nwant:\n%s", a.code, a.err, a.out, want)
		}
		a := berth(t, "boot", "--history", "--json")
		var all []boot.Report
		if err := json.Unmarshal([]byte(a.out), &all); err != nil || len(all) != 3 || all[2].Outcome != boot.Failed {
			t.Errorf("%v: %s", err, a.out)
		}
		same(t, before, snapshot(t, vol))
	})
}

// The history is the volume's: the record of this very container is no part of it, and no replacement.
func TestAVolumeWithoutBootsHasNoHistory(t *testing.T) {
	unbooted(t, func(vol string) {
		berth(t, "boot", "--history").wants(t, 1, "", "show the boots: the volume remembers none\nberth: hint: ")
		mkdir(t, vol+"/"+boot.LedgerDir)
		if err := unix.Mkfifo(vol+"/"+boot.LedgerFile, 0o644); err != nil {
			t.Fatal(err)
		}
		berth(t, "boot", "--history").wants(t, 1, "", "another kind of file\nberth: hint: the ledger is the volume's "+boot.LedgerFile)
	})
}

// A torn last line is what a killed writer of another kind leaves: the boots before it are there.
func TestATornLedgerShowsWhatIsWhole(t *testing.T) {
	unbooted(t, func(vol string) {
		ledger(t, vol, booted())
		name := filepath.Join(vol, boot.LedgerFile)
		put(t, name, read(t, name)+`{"format":1,"number":13,"bou`)
		a := berth(t, "boot", "--history")
		if a.code != 0 || strings.Count(a.out, "\n") != 2 || !strings.Contains(a.out, "\n12 ") {
			t.Errorf("code %d: %s%s", a.code, a.out, a.err)
		}
	})
}

// What the app's user wrote moves no cursor and makes no line.
func TestTheHistoryTellsNothingHostile(t *testing.T) {
	const x = "\x1b[2K\r\n13 forged\u009b31m\u202e"
	rep := booted()
	rep.Error, rep.Outcome = x, x
	rep.Steps = []boot.Step{{Phase: x, Verb: x, Target: x}}
	unbooted(t, func(vol string) {
		ledger(t, vol, rep)
		a := berth(t, "boot", "--history")
		a.wants(t, 0, "BOOT ", "")
		harmless(t, a.out)
		if n := strings.Count(a.out, "\n"); n != 2 {
			t.Errorf("%d lines:\n%q", n, a.out)
		}
	})
}
