package boot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-init/berth/internal/fsx"
)

// onVolume makes a world with a volume that belongs to whoever runs the test.
func onVolume(t *testing.T) (*World, string) {
	t.Helper()
	dir := t.TempDir()
	volume, err := fsx.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = volume.Close() })
	w := &World{Volume: volume, Path: dir, EUID: uint32(os.Geteuid()), EGID: uint32(os.Getegid())}
	w.Identity.UID, w.Identity.GID = w.EUID, w.EGID
	return w, filepath.Join(dir, LedgerFile)
}

// remembered gives a report and adds it to the ledger.
func remembered(t *testing.T, w *World) Report {
	t.Helper()
	rep := NewBoot(w, nil).Report(time.Unix(1700000000, 0), "1.0", nil)
	if err := Remember(w, rep); err != nil {
		t.Fatal(err)
	}
	return rep
}

func TestBootsAreNumberedAndRemembered(t *testing.T) {
	w, file := onVolume(t)
	if n := NextNumber(w); n != 1 {
		t.Errorf("the first boot is number %d", n)
	}
	for want := 1; want <= 3; want++ {
		if rep := remembered(t, w); rep.Number != want {
			t.Errorf("boot %d has number %d", want, rep.Number)
		}
	}
	all, err := Recall(w)
	if err != nil || len(all) != 3 || all[2].Number != 3 || all[2].Outcome != Prepared {
		t.Fatalf("recalled %+v, error %v", all, err)
	}
	if in, err := os.Stat(file); err != nil || in.Mode().Perm() != 0o600 {
		t.Errorf("the ledger is %v, %v", in, err)
	}
	again := all[1]
	again.Outcome = Failed
	if err := Remember(w, again); err != nil {
		t.Fatal(err)
	}
	all, _ = Recall(w)
	if len(all) != 3 || all[1].Outcome != Failed {
		t.Errorf("what is said of a boot again takes its place: %+v", all)
	}
}

func TestOnlyTheNewestBootsAreKept(t *testing.T) {
	w, file := onVolume(t)
	for range keptBoots + 5 {
		remembered(t, w)
	}
	all, _ := Recall(w)
	if len(all) != keptBoots || all[0].Number != 6 {
		t.Errorf("kept %d, the oldest is %d", len(all), all[0].Number)
	}
	data, err := os.ReadFile(file)
	if err != nil || bytes.Count(data, []byte("\n")) != keptBoots {
		t.Errorf("the file has %d lines, error %v", bytes.Count(data, []byte("\n")), err)
	}
}

func TestALedgerThatTheAppWroteIsReadWithoutBelief(t *testing.T) {
	for _, c := range []struct {
		about string
		spoil func(good []byte) []byte
		want  int // how many boots are recalled
	}{
		{"a torn last line is dropped", func(g []byte) []byte { return append(g, g[:len(g)/2]...) }, 1},
		{"garbage between is dropped", func(g []byte) []byte { return append([]byte("\x00\xff{}\n[]\n12\nnull\n"), g...) }, 1},
		{"a line of another format is dropped", func(g []byte) []byte { return bytes.Replace(g, []byte(`"format":1`), []byte(`"format":9`), 1) }, 0},
		{"a boot of another volume is dropped", func(g []byte) []byte { return bytes.Replace(g, []byte(`"bound":"`), []byte(`"bound":"x`), 1) }, 0},
		{"a number that would run out is dropped", func(g []byte) []byte {
			return bytes.Replace(g, []byte(`"number":1`), []byte(`"number":9223372036854775807`), 1)
		}, 0},
		{"an endless line is dropped", func(g []byte) []byte {
			return append(bytes.Repeat([]byte("x"), maxLine+1), append([]byte("\n"), g...)...)
		}, 1},
		{"an endless file is dropped", func([]byte) []byte { return make([]byte, maxLedger+1) }, 0},
	} {
		t.Run(c.about, func(t *testing.T) {
			w, file := onVolume(t)
			remembered(t, w)
			good, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, c.spoil(good), 0o600); err != nil {
				t.Fatal(err)
			}
			all, err := Recall(w)
			if err != nil || len(all) != c.want {
				t.Errorf("recalled %d boots, error %v", len(all), err)
			}
			if n := NextNumber(w); n != c.want+1 {
				t.Errorf("the next boot is number %d", n)
			}
			remembered(t, w)
			if all, _ := Recall(w); len(all) != c.want+1 {
				t.Errorf("a boot later %d are recalled", len(all))
			}
		})
	}
}

func TestALedgerThatIsNoFileIsAnError(t *testing.T) {
	w, file := onVolume(t)
	if err := os.MkdirAll(file, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Recall(w); err == nil {
		t.Error("recalled a directory")
	}
	if err := Remember(w, Report{Number: 1}); err == nil {
		t.Error("remembered in a directory")
	}
	if n := NextNumber(w); n != 1 {
		t.Errorf("the next boot is number %d", n)
	}
}

func TestTextsOfTheLedgerArePrintableAndBounded(t *testing.T) {
	w, file := onVolume(t)
	rep := remembered(t, w)
	rep.Bound, rep.App = Bound(w.Volume), "x\x1b[31m\n"+strings.Repeat("y", 2*maxText)
	for i := range 2 * maxSteps {
		rep.Steps = append(rep.Steps, Step{Target: fmt.Sprintf("t\r%d", i)})
		rep.Notes = append(rep.Notes, Note{Text: "n\x00", Level: "\x07"})
	}
	line, err := json.Marshal(rep)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(line, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := Recall(w)
	if err != nil || len(all) != 1 {
		t.Fatalf("recalled %v, error %v", all, err)
	}
	got := all[0]
	if len(got.Steps) != maxSteps || len(got.Notes) != maxNotes || len(got.App) > maxText+len("…") {
		t.Errorf("%d steps, %d notes, a name of %d bytes", len(got.Steps), len(got.Notes), len(got.App))
	}
	for _, text := range []string{got.App, got.Steps[0].Target, got.Notes[0].Text, string(got.Notes[0].Level)} {
		if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Errorf("%q holds control characters", text)
		}
	}
}

func TestWithoutAVolumeNothingIsRemembered(t *testing.T) {
	for about, w := range map[string]*World{
		"none":      {},
		"to come":   {Volume: fsx.Empty("/nowhere")},
		"read-only": {ReadOnly: true, Volume: fsx.Empty("/nowhere")},
	} {
		if err := Remember(w, Report{Number: 1}); err != nil {
			t.Errorf("%s: %v", about, err)
		}
		if all, err := Recall(w); err != nil || len(all) != 0 {
			t.Errorf("%s: recalled %v, error %v", about, all, err)
		}
	}
}

func TestAReportSaysHowABootEnded(t *testing.T) {
	w := &World{Path: "/data"}
	w.Identity.UID, w.Identity.Name = 1000, "app"
	failed := NewBoot(w, nil).Report(time.Unix(0, 0), "1.0", Failf(125, "do that", "no"))
	if failed.Outcome != Failed || failed.Error != "no" || failed.Hint != "do that" {
		t.Errorf("failed: %+v", failed)
	}
	planned := NewPlan(w).Report(time.Unix(0, 0), "1.0", nil)
	if planned.Outcome != Planned || planned.Identity.UID != 1000 || planned.Volume != "/data" {
		t.Errorf("planned: %+v", planned)
	}
	data, err := json.Marshal(planned)
	if err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(planned, back); diff != "" {
		t.Errorf("a report changes on its way through JSON:\n%s", diff)
	}
	if !bytes.Contains(data, []byte(`"steps":[]`)) {
		t.Errorf("an empty list is no list: %s", data)
	}
}
