package records

import (
	"errors"
	"io/fs"
	"os"
	"testing"
)

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func TestTrusted(t *testing.T) {
	dir := t.TempDir()
	us := uint32(os.Geteuid())
	for _, c := range []struct {
		about string
		mode  os.FileMode
		owner uint32
		want  error
	}{
		{"a directory of its own", 0o755, us, nil},
		{"one that nobody else can enter", 0o700, us, nil},
		{"one that its group can write", 0o775, us, ErrForeign},
		{"one that everybody can write", 0o757, us, ErrForeign},
		{"one that everybody can write and nobody can clear", 0o777 | os.ModeSticky, us, ErrForeign},
		{"somebody else's", 0o755, us + 1, ErrForeign},
	} {
		t.Run(c.about, func(t *testing.T) {
			must(t, os.Chmod(dir, c.mode))
			d, err := trusted(dir, c.owner)
			if !errors.Is(err, c.want) {
				t.Errorf("got %v", err)
			}
			if err == nil {
				must(t, d.Close())
			}
		})
	}
	if _, err := trusted(dir+"/none", us); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing there: got %v", err)
	}
	must(t, os.Chmod(dir, 0o755), os.Mkdir(dir+"/real", 0o755), os.Symlink("real", dir+"/link"))
	if d, err := trusted(dir+"/link", us); err == nil {
		t.Errorf("%s is believed through a link that somebody may turn", d.Path())
	}
}
