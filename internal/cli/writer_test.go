package cli

import (
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/berth-init/berth/internal/front"
)

func TestVersion(t *testing.T) {
	want := "berth " + front.Version() + "\n"
	if strings.ContainsAny(front.Version(), " \n") || front.Version() == "" {
		t.Errorf("the version is %q", front.Version())
	}
	for _, args := range [][]string{{"version"}, {"--version"}, {"-v"}, {"--log-format=json", "version"}, {"version", "--log-format", "text"}} {
		if a := berth(t, args...); a != (answer{0, want, ""}) {
			t.Errorf("%q gives %+v, want %q", args, a, want)
		}
	}
}

// A small disk takes so many bytes and no more.
type small struct{ room int }

func (s *small) Write(data []byte) (int, error) {
	if n := s.room; len(data) > n {
		s.room = 0
		return n, syscall.ENOSPC
	}
	s.room -= len(data)
	return len(data), nil
}

// askedFor gives the calls whose answer is all that they are for.
func askedFor(t *testing.T) [][]string {
	t.Helper()
	image(t, mkdir(t, t.TempDir()+"/vol"), fresh)
	return [][]string{
		{"version"},
		{"--version"},
		{"check", "--schema"},
		{"check"},
		{"plan", "--json"},
		{"plan"},
		{"plan", "--exit-code"},
		{"--help"},
		{"help", "plan"},
		{},
	}
}

// An answer that didn't arrive whole is no success, wherever it was cut.
func TestAnAnswerThatIsCutIsAFailure(t *testing.T) {
	for _, args := range askedFor(t) {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			whole := len(berth(t, args...).out)
			for _, room := range []int{0, 1, whole / 2, whole * 9 / 10} { // a plan's time has no fixed length
				berthTo(t, &small{room}, args...).wants(t, 1, "", "berth: no space left on device\n")
			}
			if a := berthTo(t, &small{whole + 64}, args...); a.code == 1 || a.err != "" {
				t.Errorf("with room enough it ended with %d and said %q", a.code, a.err)
			}
		})
	}
}

func TestAnAnswerThatNobodyTakesIsAFailure(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("needs /dev/full")
	}
	if err != nil {
		t.Fatal(err)
	}
	reader, gone, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	closed, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []*os.File{reader, closed} {
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	defer func() { _ = full.Close() }()
	defer func() { _ = gone.Close() }()
	for _, c := range []struct {
		about string
		out   io.Writer
		said  string
	}{
		{"a full disk", full, "no space left on device"},
		{"a pipe that nobody reads", gone, "broken pipe"},
		{"a file that is closed", closed, "file already closed"},
	} {
		for _, args := range askedFor(t) {
			t.Run(c.about+": "+strings.Join(args, " "), func(t *testing.T) { berthTo(t, c.out, args...).wants(t, 1, "", c.said) })
		}
	}
}
