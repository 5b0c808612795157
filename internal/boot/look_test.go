package boot

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-init/berth/internal/fsx"
)

func aLook() Looked {
	return Looked{Who: "10000:10000", What: "abc", Time: time.Unix(1700000000, 0).UTC(), Seconds: 1.5, Entries: 1_000_000, Changed: 3, Cut: 2}
}

func TestALookIsRemembered(t *testing.T) {
	for name, remember := range map[string]func(*World, Looked) error{"on the disk": RememberLook, "soon": RememberLookSoon} {
		t.Run(name, func(t *testing.T) {
			w, _ := onVolume(t)
			if l := RecallLook(w); l != (Looked{}) {
				t.Errorf("of no look it recalls %+v", l)
			}
			if err := remember(w, aLook()); err != nil {
				t.Fatal(err)
			}
			want := aLook()
			want.Format, want.Bound = lookFormat, Bound(w.Volume)
			if diff := cmp.Diff(want, RecallLook(w)); diff != "" {
				t.Error(diff)
			}
			if in, err := os.Stat(filepath.Join(w.Path, LookFile)); err != nil || in.Mode().Perm() != 0o600 {
				t.Errorf("the file is %v, %v", in, err)
			}
		})
	}
}

// A copy of the volume, or one that was restored, has the file and none of its truth. And whatever the app's user makes of
// the file, it is no more than no look.
func TestWhatIsNotBelievedOfALook(t *testing.T) {
	for _, c := range []struct {
		about string
		spoil func(t *testing.T, w *World, file string)
	}{
		{"another volume's", func(t *testing.T, w *World, _ string) {
			other, _ := onVolume(t)
			if err := RememberLook(other, aLook()); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(filepath.Join(other.Path, LookFile))
			if err != nil {
				t.Fatal(err)
			}
			overwrite(t, filepath.Join(w.Path, LookFile), string(data))
		}},
		{"a torn file", func(t *testing.T, _ *World, file string) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			overwrite(t, file, string(data[:len(data)/2]))
		}},
		{"an empty file", func(t *testing.T, _ *World, file string) { overwrite(t, file, "") }},
		{"an empty one, as a power cut may leave it", func(t *testing.T, _ *World, file string) { overwrite(t, file, "") }},
		{"a huge one", func(t *testing.T, _ *World, file string) { overwrite(t, file, strings.Repeat(" ", maxLookFile+1)) }},
		{"numbers below zero", func(t *testing.T, w *World, file string) {
			l := aLook()
			l.Entries = -1
			if err := RememberLook(w, l); err != nil {
				t.Fatal(err)
			}
		}},
		{"a link", func(t *testing.T, w *World, file string) {
			to := filepath.Join(w.Path, "elsewhere")
			if err := os.Rename(file, to); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(to, file); err != nil {
				t.Fatal(err)
			}
		}},
		{"a directory", func(t *testing.T, _ *World, file string) {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(file, 0o755); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(c.about, func(t *testing.T) {
			w, _ := onVolume(t)
			if err := RememberLook(w, aLook()); err != nil {
				t.Fatal(err)
			}
			c.spoil(t, w, filepath.Join(w.Path, LookFile))
			if l := RecallLook(w); l != (Looked{}) {
				t.Errorf("it believes %+v", l)
			}
		})
	}
}

func overwrite(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWhereNoLookIsRemembered(t *testing.T) {
	for about, w := range map[string]*World{
		"no volume": {}, "one that a boot would make": {Volume: fsx.Empty("/nowhere")},
	} {
		if err := RememberLook(w, aLook()); err != nil {
			t.Errorf("%s: %v", about, err)
		}
		if l := RecallLook(w); l != (Looked{}) {
			t.Errorf("%s: %+v", about, l)
		}
	}
	w, _ := onVolume(t)
	w.ReadOnly = true
	if err := RememberLook(w, aLook()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(w.Path, LedgerDir)); err == nil {
		t.Error("a volume that is mounted read-only was written")
	}
}

func TestAReportTellsHowOwnersAreLookedAt(t *testing.T) {
	w, _ := onVolume(t)
	w.Look = &Look{When: Behind, Why: "all was right\x1b[2J"}
	rep := NewBoot(w, nil).Report(time.Now(), "1", nil)
	if err := Remember(w, rep); err != nil {
		t.Fatal(err)
	}
	all, err := Recall(w)
	if err != nil || len(all) != 1 || all[0].Look == nil || all[0].Look.When != Behind || strings.Contains(all[0].Look.Why, "\x1b") {
		t.Errorf("recalled %+v, %v", all, err)
	}
	if w.Look.Why != "all was right\x1b[2J" {
		t.Error("what is bounded for the ledger changed the report itself")
	}
}

func TestConfined(t *testing.T) {
	for context, want := range map[string]bool{
		"system_u:system_r:container_t:s0:c12,c700\x00": true, "system_u:system_r:svirt_lxc_net_t:s0:c1,c2": true,
		"system_u:system_r:spc_t:s0": false, "unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023": false,
		"docker-default (enforce)\n": false, "unconfined\n": false, "": false, "kernel": false,
	} {
		if got := confined(context); got != want {
			t.Errorf("%q: %v", context, got)
		}
	}
}
