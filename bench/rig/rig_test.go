package rig

import (
	"encoding/binary"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// record is a stamp as the payload writes it.
func record(at int64, pid int, what rune) []byte {
	b := binary.NativeEndian.AppendUint64(nil, uint64(at))
	b = binary.NativeEndian.AppendUint32(b, uint32(pid))
	return binary.NativeEndian.AppendUint32(b, uint32(what))
}

func TestStampsAreTakenApartWhereverAReadEnds(t *testing.T) {
	data := slices.Concat(record(1, 11, Exec), record(2, 12, Runs), record(3, 13, Runs))
	for cut := range data {
		var s Stamps
		s.add(data[:cut])
		s.add(data[cut:])
		if want := []Stamp{{1, 11, Exec}, {2, 12, Runs}, {3, 13, Runs}}; !slices.Equal(s.kept, want) {
			t.Fatalf("cut at %d: %v", cut, s.kept)
		}
	}
}

// stamps gives a fifo and its other end.
func stamps(t *testing.T) (*Stamps, int) {
	t.Helper()
	s, err := NewStamps(filepath.Join(t.TempDir(), "f"))
	if err != nil {
		t.Fatal(err)
	}
	fd, err := syscall.Open(s.Path, syscall.O_WRONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Close(fd)
		_ = s.Close()
	})
	return s, fd
}

func write(t *testing.T, fd int, data []byte) {
	t.Helper()
	if _, err := syscall.Write(fd, data); err != nil {
		t.Fatal(err)
	}
}

func TestAKindIsTakenAndTheRestStays(t *testing.T) {
	s, fd := stamps(t)
	write(t, fd, slices.Concat(record(1, 1, Exec), record(2, 2, Runs), record(3, 3, Runs), record(4, 4, Runs)))
	got, err := s.Take(Runs, 2, time.Second)
	if err != nil || len(got) != 2 || got[0].Pid != 2 || got[1].Pid != 3 {
		t.Errorf("two that run: %v, %v", got, err)
	}
	if one, err := s.One(Exec, time.Second); err != nil || one.At != 1 {
		t.Errorf("the exec before them: %v, %v", one, err)
	}
	if one, err := s.One(Runs, time.Second); err != nil || one.Pid != 4 {
		t.Errorf("the third that runs: %v, %v", one, err)
	}
}

func TestWhatDoesNotComeIsAnErrorInTime(t *testing.T) {
	s, fd := stamps(t)
	write(t, fd, record(1, 1, Runs))
	if got, err := s.Take(Runs, 2, 0); err == nil || len(got) != 1 {
		t.Errorf("one of two: %v, %v", got, err)
	}
}

func TestForgottenStampsDoNotCount(t *testing.T) {
	s, fd := stamps(t)
	write(t, fd, record(1, 1, Runs))
	if err := s.Forget(); err != nil {
		t.Fatal(err)
	}
	write(t, fd, record(2, 2, Runs))
	if one, err := s.One(Runs, time.Second); err != nil || one.Pid != 2 {
		t.Errorf("got %v, %v", one, err)
	}
}

func TestTheClockIsTheStamps(t *testing.T) {
	a := Now()
	if b := Now(); a <= 0 || b < a {
		t.Errorf("the clock says %d, then %d", a, b)
	}
}

func TestANameInStatMayHoldAnything(t *testing.T) {
	f := afterName([]byte("42 (a) b (c 1 2) S 7 42 42 0 -1\n"))
	if f[0] != "S" || f[1] != "7" {
		t.Errorf("got %q", f)
	}
}

func TestAFieldIsTheFirstWordBehindItsLabel(t *testing.T) {
	data := []byte("Rss:  900 kB\nPss:                1234 kB\nPss_Anon: 7 kB\n")
	if v, ok := field(data, "Pss:"); !ok || v != "1234" {
		t.Errorf("Pss is %q, %v", v, ok)
	}
	if v, ok := field(data, "Swap:"); ok {
		t.Errorf("Swap is %q", v)
	}
}

func TestAnIdleMomentIsNotWaitedForLongerThanAsked(t *testing.T) {
	began := time.Now()
	Quiet(0)
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestWhoIsGoneIsNotWaitedFor(t *testing.T) {
	s, fd := stamps(t)
	gone := make(chan struct{})
	s.gone = gone
	write(t, fd, record(1, 1, Runs))
	close(gone)
	if got, err := s.Take(Runs, 2, time.Hour); err == nil || len(got) != 1 {
		t.Errorf("one of two: %v, %v", got, err)
	}
}
