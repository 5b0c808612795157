package front

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestOpenSpec(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := put("berth.yaml", "version: 1\n")
	link := filepath.Join(dir, "link.yaml")
	if err := os.Symlink("berth.yaml", link); err != nil {
		t.Fatal(err)
	}
	fifo := filepath.Join(dir, "fifo.yaml")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		about, path string
		wrong       bool
	}{
		{"a file", file, false},
		{"a link, as mounted configurations have them", link, false},
		{"a FIFO doesn't hang", fifo, true},
		{"a directory", dir, true},
		{"nothing", filepath.Join(dir, "none"), true},
		{"a file that is too big", put("big.yaml", strings.Repeat("#\n", maxSpec)), true},
	} {
		t.Run(c.about, func(t *testing.T) {
			data, err := OpenSpec(c.path)
			if (err != nil) != c.wrong {
				t.Fatalf("error %v", err)
			}
			if !c.wrong && string(data) != "version: 1\n" {
				t.Errorf("read %q", data)
			}
		})
	}
}

func TestReadSpec(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.yaml")
	if err := os.WriteFile(bad, []byte("version: 1\nvolum: {path: /data}\nusr: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Run("each mistake is told, then their number", func(t *testing.T) {
		v, got := said(false)
		_, err := v.ReadSpec(bad)
		if Code(err) != 125 || !strings.Contains(err.Error(), "2 mistakes") {
			t.Errorf("error %v, code %d", err, Code(err))
		}
		for _, want := range []string{bad + ":2:1", bad + ":3:1", "volume", "^"} {
			if !strings.Contains(got.String(), want) {
				t.Errorf("%q is missing in\n%s", want, got)
			}
		}
	})
	t.Run("the variable names the file", func(t *testing.T) {
		t.Setenv(SpecEnv, bad)
		if got := SpecName(""); got != bad {
			t.Errorf("SpecName = %q", got)
		}
		if got := SpecName("other"); got != "other" {
			t.Errorf("SpecName = %q: a given file wins", got)
		}
	})
	t.Run("a file that was named and isn't there is an error", func(t *testing.T) {
		v, _ := said(false)
		if _, err := v.ReadSpec(filepath.Join(dir, "none.yaml")); Code(err) != 125 {
			t.Errorf("error %v, code %d", err, Code(err))
		}
	})
}
