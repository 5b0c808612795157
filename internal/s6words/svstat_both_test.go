package s6words

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/s6dir"
)

func ago(d time.Duration) s6dir.Stamp { return s6dir.StampOf(time.Now().Add(-d)) }

const everyField = "up,wantedup,normallyup,ready,paused,pid,exitcode,signal,signum,updownsince,readysince,updownfor,readyfor"

// statuses are hand-made ones.
func statuses() map[string]s6dir.Status {
	at := s6dir.Status{Changed: ago(100 * time.Hour), ReadyAt: ago(50 * time.Hour), Pid: 42}
	with := func(change func(s *s6dir.Status)) s6dir.Status {
		s := at
		change(&s)
		return s
	}
	return map[string]s6dir.Status{
		"up":                  with(func(s *s6dir.Status) { s.WantUp = true }),
		"up-ready":            with(func(s *s6dir.Status) { s.WantUp, s.Ready = true, true }),
		"up-unwanted":         at,
		"up-paused":           with(func(s *s6dir.Status) { s.WantUp, s.Paused = true, true }),
		"up-after-a-crash":    with(func(s *s6dir.Status) { s.WantUp, s.Wait = true, 11 }),
		"finishing":           with(func(s *s6dir.Status) { s.WantUp, s.Finishing, s.Wait = true, true, 256 }),
		"finishing-paused":    with(func(s *s6dir.Status) { s.WantUp, s.Finishing, s.Paused, s.Ready = true, true, true, true }),
		"down-0":              with(func(s *s6dir.Status) { s.Pid, s.Ready = 0, true }),
		"down-255":            with(func(s *s6dir.Status) { s.Pid, s.Ready, s.Wait = 0, true, 255<<8 }),
		"down-by-KILL":        with(func(s *s6dir.Status) { s.Pid, s.Ready, s.Wait = 0, true, 9 }),
		"down-with-a-core":    with(func(s *s6dir.Status) { s.Pid, s.Wait = 0, 11|128 }),
		"down-by-one-unnamed": with(func(s *s6dir.Status) { s.Pid, s.Wait = 0, 40 }),
		"down-stopped":        with(func(s *s6dir.Status) { s.Pid, s.Wait = 0, 0x137f }),
		"down-continued":      with(func(s *s6dir.Status) { s.Pid, s.Wait = 0, 0xffff }),
		"down-wanted":         with(func(s *s6dir.Status) { s.Pid, s.WantUp = 0, true }),
		"before-1970":         with(func(s *s6dir.Status) { s.Changed = s6dir.StampOf(time.Unix(-1<<31, 5)) }),
		"of-no-time":          {},
	}
}

func TestSvstatAsTheRealOne(t *testing.T) {
	all := statuses()
	names := slices.Sorted(maps.Keys(all))
	var cases []dual
	for _, name := range names {
		cases = append(cases, dual{name: name, script: "s6-svstat d; s6-svstat -uwNrpest d; s6-svstat -no " + everyField + " down; s6-svstat -n down"})
	}
	same(t, func(t *testing.T, dir string) {
		n, err := strconv.Atoi(filepath.Base(dir))
		must(t, err)
		hold(t, filepath.Join(dir, "d"), all[names[n]].Append(nil))
		hold(t, filepath.Join(dir, "down"), all[names[n]].Append(nil))
		must(t, os.WriteFile(filepath.Join(dir, "down/down"), nil, 0o644))
	}, cases)
}

func TestSvstatsWordsAsTheRealOnes(t *testing.T) {
	up := statuses()["up"]
	prepare := func(t *testing.T, dir string) {
		hold(t, filepath.Join(dir, "d"), up.Append(nil))
		hold(t, filepath.Join(dir, "none"), nil)
		hold(t, filepath.Join(dir, "short"), up.Append(nil)[:34])
		hold(t, filepath.Join(dir, "long"), append(up.Append(nil), 0))
		must(t, os.MkdirAll(filepath.Join(dir, "unsupervised/supervise"), 0o755))
		must(t, os.MkdirAll(filepath.Join(dir, "empty"), 0o755))
		must(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o644))
		must(t, os.Symlink("d", filepath.Join(dir, "link")))
		must(t, os.Symlink("nowhere", filepath.Join(dir, "dangling")))
		soon := up
		soon.Changed, soon.ReadyAt, soon.Ready = ago(-time.Hour), ago(-time.Hour), true
		hold(t, filepath.Join(dir, "soon"), soon.Append(nil))
		odd := up.Append(nil)
		odd[24], odd[28] = 0xff, 0xff
		hold(t, filepath.Join(dir, "odd"), odd)
	}
	var cases []dual
	for _, s := range []string{
		"-o up, d", "-o up,,up d", "-o , d", "-o '' d", "-o nope d", "-o upX d", "-nu d", "-u -o pid d", "-o pid -o up d", "-q d", "-u d x", "-uu d", "", "-u",
		"d/", "./d", "d/.", "link", "link/", "dangling", "none", "unsupervised", "empty", "file", "file/x", "nonesuch", "''", "short", "-- d", "-o up", "-pest -n d",
	} {
		cases = append(cases, dual{name: "svstat " + strings.ReplaceAll(s, "/", "|"), script: "s6-svstat " + s})
		if !strings.HasPrefix(s, "-") {
			cases = append(cases, dual{name: "svok " + strings.ReplaceAll(s, "/", "|"), script: "s6-svok " + s})
		}
	}
	cases = append(
		cases, dual{name: "in the directory itself", script: "cd d; s6-svstat .; s6-svstat ./; s6-svok .; cd supervise; s6-svstat .."},
		dual{name: "ready in an hour", script: "s6-svstat soon", differ: "future", says: "up (pid 42) 0 seconds, ready 0 seconds\n"},
		dual{name: "a pid that can't be", script: "s6-svstat odd", differ: "odd pids", code: 111},
		dual{name: "a byte more", script: "s6-svstat long", differ: "length", code: 111},
	)
	same(t, prepare, cases)
}

// Any status comes out of both the same way.
func TestAnyStatusAsTheRealOne(t *testing.T) {
	needs(t)
	dir := t.TempDir()
	const many = 5 // at a time: to start programs is what it costs
	for n := range many {
		hold(t, filepath.Join(dir, strconv.Itoa(n)), nil)
	}
	few(t, 30)
	rapid.Check(t, func(r *rapid.T) {
		var script strings.Builder
		var ours bytes.Buffer
		for n := range many {
			s := s6dir.Status{
				Changed: s6dir.Stamp{Sec: 1<<62 + uint64(rapid.Uint32Range(0, 1<<30).Draw(r, "changed")), Nano: rapid.Uint32().Draw(r, "nano")},
				ReadyAt: s6dir.Stamp{Sec: 1<<62 + uint64(rapid.Uint32Range(0, 1<<30).Draw(r, "ready")), Nano: 7},
				Pid:     rapid.SampledFrom([]int{0, 0, 1, 42, 1 << 22}).Draw(r, "pid"), Wait: rapid.Uint16().Draw(r, "wait"),
			}
			b := s.Append(nil)
			b[len(b)-1] = rapid.Byte().Draw(r, "flags")
			d := filepath.Join(dir, strconv.Itoa(n))
			must(t, os.WriteFile(filepath.Join(d, s6dir.StatusAt), b, 0o644))
			way := rapid.SampledFrom([]string{"", "-n", "-" + rapid.StringMatching(`[uwNrpest]{1,4}`).Draw(r, "flags"), "-o updownsince,readysince,signum,paused,readyfor"}).Draw(r, "way")
			script.WriteString("s6-svstat " + way + " " + d + "\n")
			args := append(strings.Fields(way), d)
			if code := svstat(&chain.Call{Name: "s6-svstat", Args: args, Stdout: &ours, Stderr: &ours}); code != 0 {
				r.Fatalf("%x: ours ends with %d: %s", b, code, ours.String())
			}
		}
		real := run(t, "/usr/bin", dir, script.String())
		if blur(real.Stdout) != blur(ours.String()) {
			r.Fatalf("the real one says\n%sours says\n%s%s", real.Stdout, ours.String(), script.String())
		}
	})
}
