package s6dir

import (
	"bytes"
	"encoding/hex"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Files that a real s6-supervise 2.11.3 has written.
func TestRealStatuses(t *testing.T) {
	for _, c := range []struct {
		name, file string
		want       Status
	}{
		{
			"up, not ready", "400000006b07ea6e363b6089" + "400000006b07ea6e357cff65" + "0000000000006dc7" + "0000" + "04",
			Status{Changed: Stamp{0x400000006b07ea6e, 0x363b6089}, ReadyAt: Stamp{0x400000006b07ea6e, 0x357cff65}, Pid: 28103, WantUp: true},
		},
		{
			"down for good by TERM", "400000006b07ea7019d69ce8" + "400000006b07ea701a8ee962" + "0000000000000000" + "000f" + "08",
			Status{Changed: Stamp{0x400000006b07ea70, 0x19d69ce8}, ReadyAt: Stamp{0x400000006b07ea70, 0x1a8ee962}, Wait: 15, Ready: true},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := hex.DecodeString(c.file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := ParseStatus(b)
			if err != nil || got != c.want {
				t.Errorf("it is read as %+v, %v", got, err)
			}
			if again := got.Append(nil); !bytes.Equal(again, b) {
				t.Errorf("it is written as %x", again)
			}
		})
	}
}

func TestStatusesOfOtherReleases(t *testing.T) {
	plain := Status{Changed: Stamp{1, 2}, ReadyAt: Stamp{3, 4}, Pid: 42, Wait: 256, Finishing: true}
	file := plain.Append(nil)
	long := bytes.Join([][]byte{file[:32], {0, 0, 0, 0, 0, 0, 0, 7}, file[32:]}, nil)
	packed := bytes.Clone(file)
	copy(packed[24:], []byte{0, 0, 0, 42, 0, 0, 0, 7})
	with := plain
	with.Group = 7
	for _, c := range []struct {
		name string
		file []byte
		want Status
	}{{"2.11", file, plain}, {"2.13, with a group", long, with}, {"both numbers in the place of one", packed, with}} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := ParseStatus(c.file); err != nil || got != c.want {
				t.Errorf("it is read as %+v, %v", got, err)
			}
		})
	}
}

func TestWhatIsNoStatus(t *testing.T) {
	huge := (Status{}).Append(nil)
	for i := 24; i < 32; i++ {
		huge[i] = 0xff
	}
	for _, c := range []struct {
		name string
		file []byte
	}{{"nothing", nil}, {"a byte less", huge[:34]}, {"a byte more", append(bytes.Clone(huge), 0)}, {"a pid that can't be", huge}} {
		t.Run(c.name, func(t *testing.T) {
			if s, err := ParseStatus(c.file); err == nil {
				t.Errorf("it is read as %+v", s)
			}
		})
	}
}

func TestAnyStatusComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stamp := rapid.Custom(func(t *rapid.T) Stamp { return Stamp{rapid.Uint64().Draw(t, "sec"), rapid.Uint32().Draw(t, "nano")} })
		s := Status{
			Changed: stamp.Draw(t, "changed"), ReadyAt: stamp.Draw(t, "ready"), Pid: rapid.IntRange(0, maxPid).Draw(t, "pid"),
			Wait: rapid.Uint16().Draw(t, "wait"), Paused: rapid.Bool().Draw(t, "p"), Finishing: rapid.Bool().Draw(t, "f"),
			WantUp: rapid.Bool().Draw(t, "w"), Ready: rapid.Bool().Draw(t, "r"),
		}
		b := s.Append(nil)
		if got, err := ParseStatus(b); len(b) != StatusSize || err != nil || got != s {
			t.Fatalf("%+v comes back as %+v, %v", s, got, err)
		}
	})
}

func TestAnyBytesAreReadWithoutHarm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(t, "file")
		s, err := ParseStatus(b)
		if err == nil && (s.Pid < 0 || s.Group < 0) {
			t.Fatalf("%x is read as %+v", b, s)
		}
		ParseDeaths(b)
	})
}

func TestUp(t *testing.T) {
	for _, c := range []struct {
		name string
		s    Status
		want bool
	}{{"run runs", Status{Pid: 7}, true}, {"finish runs", Status{Pid: 7, Finishing: true}, false}, {"nothing runs", Status{}, false}} {
		if c.s.Up() != c.want {
			t.Errorf("%s: up is %v", c.name, c.s.Up())
		}
	}
	if w := (Status{Wait: 15}).WaitStatus(); !w.Signaled() || w.Signal() != syscall.SIGTERM {
		t.Errorf("15 is %v", w)
	}
}

func TestLabels(t *testing.T) {
	for _, c := range []struct {
		name, label, moment string
	}{
		{"1970", "@400000000000000a00000000", "1970-01-01T00:00:00Z"},
		{"before it", "@400000000000000900000000", "1969-12-31T23:59:59Z"},
		{"before the first second that was put in", "@4000000004b258090000000a", "1972-06-30T23:59:59.00000001Z"},
		{"behind it", "@4000000004b2580b00000000", "1972-07-01T00:00:00Z"},
		{"one of 1999", "@4000000037c219bf2ef02e94", "1999-08-24T04:03:43.787492500Z"},
		{"behind the last one", "@40000000586846a500000000", "2017-01-01T00:00:00Z"},
		{"of a real tool", "@400000006b07ea6e363b6089", "2026-11-26T08:14:01.909861001Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339Nano, c.moment)
			if err != nil {
				t.Fatal(err)
			}
			if got := StampOf(at).String(); got != c.label {
				t.Errorf("it gets %s, want %s", got, c.label)
			}
			s, err := ParseStamp(c.label + " and what follows")
			if err != nil || !s.Time().Equal(at) {
				t.Errorf("it is %v, %v; want %v", s.Time().UTC(), err, at)
			}
		})
	}
	for _, bad := range []string{"", "@", "400000000000000a00000000x", "@400000000000000a0000000", "@400000000000000a0000000x"} {
		if s, err := ParseStamp(bad); err == nil {
			t.Errorf("%q is read as %v", bad, s)
		}
	}
}

func TestLabelsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-1<<40, 1<<40).Draw(t, "sec"), rapid.Int64Range(0, 999_999_999).Draw(t, "nano"))
		if got := StampOf(at).Time(); !got.Equal(at) {
			t.Fatalf("%v comes back as %v", at, got)
		}
		s := Stamp{rapid.Uint64().Draw(t, "any"), rapid.Uint32().Draw(t, "any nano")}
		if got, err := ParseStamp(s.String()); err != nil || got != s {
			t.Fatalf("%v comes back as %v, %v", s, got, err)
		}
	})
}

func TestDeaths(t *testing.T) {
	at := Stamp{0x400000006b07ea70, 0x19d69ce8}
	for _, c := range []struct {
		name string
		wait syscall.WaitStatus
		want string
	}{
		{"by TERM, as the real one has it", 15, "400000006b07ea7019d69ce8" + "8f0f"},
		{"by itself", 7 << 8, "400000006b07ea7019d69ce8" + "0700"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := DeathOf(at, c.wait)
			b := d.Append(nil)
			if got := hex.EncodeToString(b); got != c.want {
				t.Errorf("it is written as %s", got)
			}
			if got := ParseDeaths(append(append(b, b...), 1, 2, 3)); len(got) != 2 || got[0] != d || got[1] != d {
				t.Errorf("two of them are read as %v", got)
			}
		})
	}
}
