package cli

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/records"
)

// unbooted runs f with a volume of its own on a machine that has seen no boot: as root behind mounts that hide /run, as
// other tests may boot meanwhile.
func unbooted(t *testing.T, f func(vol string)) {
	t.Helper()
	vol := mkdir(t, filepath.Join(t.TempDir(), "vol"))
	image(t, vol, fresh)
	if os.Geteuid() == 0 {
		mounted(t, func() { f(vol) }, func() error { return unix.Mount("tmpfs", filepath.Dir(records.Dir), "tmpfs", 0, "mode=755") })
		return
	}
	if _, err := os.Lstat(records.Dir); !errors.Is(err, fs.ErrNotExist) {
		t.Skip("needs root, or a machine without records in " + records.Dir)
	}
	f(vol)
}

// ledger writes a volume's ledger as the app's user may: anything. A report is bound to the volume.
func ledger(t *testing.T, vol string, reports ...boot.Report) {
	t.Helper()
	dir, err := fsx.Open(vol)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dir.Close() }()
	var text []byte
	for _, rep := range reports {
		rep.Format, rep.Bound = boot.Format, boot.Bound(dir)
		line, err := json.Marshal(rep)
		if err != nil {
			t.Fatal(err)
		}
		text = append(append(text, line...), '\n')
	}
	mkdir(t, filepath.Join(vol, boot.LedgerDir))
	put(t, filepath.Join(vol, boot.LedgerFile), string(text))
}

// booted is a boot that did something of everything.
func booted() boot.Report {
	return boot.Report{
		Number: 12, Time: time.Date(2024, 2, 29, 23, 59, 58, 0, time.UTC), Version: "v1", App: "tester", Count: 1, Outcome: boot.Prepared,
		Identity: boot.Who{Groups: []uint32{}}, Notes: []boot.Note{{Phase: "seeds", Level: boot.Warning, Text: "no seed", Hint: "make one"}},
		Steps: []boot.Step{{Phase: "seeds", Verb: "create", Target: "hello.txt", After: "0644 1:1", Why: "it is absent"}},
	}
}

func TestBootWithoutABoot(t *testing.T) {
	for _, c := range []struct {
		about string
		lay   func(t *testing.T, vol string)
		said  string
	}{
		{"an empty volume", func(*testing.T, string) {}, "no record was left in this container, and none on its volume\nberth: hint: ask inside the container"},
		{"no volume yet", func(t *testing.T, vol string) {
			if err := os.Remove(vol); err != nil {
				t.Fatal(err)
			}
		}, "no record was left"},
		{"a ledger that holds no boot of this volume", func(t *testing.T, vol string) {
			ledger(t, vol)
			put(t, vol+"/"+boot.LedgerFile, "torn\n{}\n{\"format\":1,\"number\":1,\"bound\":\"another\",\"steps\":[]}\n")
		}, "no record was left"},
		{"a FIFO in the ledger's place", func(t *testing.T, vol string) {
			mkdir(t, vol+"/"+boot.LedgerDir)
			if err := unix.Mkfifo(vol+"/"+boot.LedgerFile, 0o644); err != nil {
				t.Fatal(err)
			}
		}, "another kind of file\nberth: hint: the record is in " + records.Dir},
		{"a link in the ledger's place", func(t *testing.T, vol string) {
			mkdir(t, vol+"/"+boot.LedgerDir)
			if err := os.Symlink("/etc/passwd", vol+"/"+boot.LedgerFile); err != nil {
				t.Fatal(err)
			}
		}, "a symbolic link stands in the way\nberth: hint: "},
	} {
		t.Run(c.about, func(t *testing.T) {
			unbooted(t, func(vol string) {
				c.lay(t, vol)
				before := snapshot(t, filepath.Dir(vol))
				berth(t, "boot").wants(t, 1, "", c.said)
				berth(t, "boot", "--json").wants(t, 1, "", c.said)
				same(t, before, snapshot(t, filepath.Dir(vol)))
			})
		})
	}
}

// A container that can leave no record shows the volume's, the newest.
func TestBootShowsTheLedger(t *testing.T) {
	older := booted()
	older.Number, older.Steps = 11, nil
	unbooted(t, func(vol string) {
		ledger(t, vol, booted(), older)
		before := snapshot(t, vol)
		shows(t, booted())
		same(t, before, snapshot(t, vol))
	})
}

// The record of this very container comes first, and is root's: one that others can write is not believed.
func TestBootShowsTheRecord(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: the record is root's")
	}
	rep := booted()
	rep.Number = 7
	data, err := json.Marshal(rep)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		about  string
		mode   os.FileMode
		uid    int
		number int
	}{
		{"root's", 0o644, 0, 7},
		{"another's", 0o644, 4242, 12},
		{"one that anybody can write", 0o666, 0, 12},
	} {
		t.Run(c.about, func(t *testing.T) {
			unbooted(t, func(vol string) {
				ledger(t, vol, booted())
				name := put(t, filepath.Join(mkdir(t, records.Dir), records.BootFile), string(data))
				if err := errors.Join(os.Chmod(name, c.mode), os.Chown(name, c.uid, 0)); err != nil {
					t.Fatal(err)
				}
				rep := rep
				rep.Number = c.number
				shows(t, rep)
			})
		})
	}
}

// shows holds both forms of what is shown to a report like booted's.
func shows(t *testing.T, want boot.Report) {
	t.Helper()
	table := "PHASE  STEP    TARGET     CHANGE    WHY\n" +
		"seeds  create  hello.txt  0644 1:1  it is absent\n" +
		"warning: seeds: no seed\nhint: make one\n" +
		"boot " + strconv.Itoa(want.Number) + " of 2024-02-29 23:59:58 UTC made 1 step\n"
	if d := cmp.Diff(answer{0, table, ""}, berth(t, "boot"), cmp.AllowUnexported(answer{})); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	a := berth(t, "boot", "--json")
	a.wants(t, 0, "{", "")
	rep := report(t, a.out)
	rep.Format, rep.Bound = 0, ""
	if d := cmp.Diff(want, rep); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// The app's user can write the ledger: what is shown of it moves no cursor and makes no line, in no field.
func TestBootTellsNothingHostile(t *testing.T) {
	const x = "\x1b[2K\r\nwarning: forged\u009b31m\u202e"
	rep := booted()
	rep.App, rep.Error = x, x
	rep.Steps = []boot.Step{{Phase: x, Verb: x, Target: x, Before: x, After: x, Why: x}}
	rep.Notes = []boot.Note{{Phase: x, Level: x, Text: x, Hint: x}}
	unbooted(t, func(vol string) {
		ledger(t, vol, rep)
		a := berth(t, "boot")
		a.wants(t, 0, "failure: ", "")
		harmless(t, a.out)
		if n := strings.Count(a.out, "\n"); n != 6 || strings.Contains(a.out, "\nwarning: forged") {
			t.Errorf("%d lines, want 6:\n%q", n, a.out)
		}
		a = berth(t, "boot", "--json")
		a.wants(t, 0, "{", "")
		harmless(t, a.out)
	})
}
