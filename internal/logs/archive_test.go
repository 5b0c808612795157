package logs

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/berth-init/berth/internal/fsx"
)

func TestNamesOfArchives(t *testing.T) {
	s6 := "@400000006b0740bf255c2bf8"
	for _, c := range []struct {
		name string
		want bool
	}{
		{"000001-20261125T194703Z.log", true},
		{"000001-20261125T194703Z.log.zst", true},
		{"1234567-20261125T194703Z.log", true},
		{s6 + ".s", true},
		{s6 + ".u", true},
		{"current", false},
		{"000000-20261125T194703Z.log", false},
		{"00001-20261125T194703Z.log", false},
		{"0000001-20261125T194703Z.log", false},
		{"000001-20261325T194703Z.log", false},
		{"000001-20261125T194703Z.log.zst.zst", false},
		{"+00001-20261125T194703Z.log", false},
		{"000001-20261125T194703Z", false},
		{"99999999999999999999-20261125T194703Z.log", false},
		{s6 + ".x", false},
		{s6[:20] + ".s", false},
		{"@4000000ZZZ0740bf255c2bf8.s", false},
		{"lock", false},
		{"", false},
	} {
		if _, ok := parseArchive(c.name); ok != c.want {
			t.Errorf("%q: an archive: %v", c.name, ok)
		}
	}
}

func TestANameTellsItsNumberAndTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Uint64Range(1, maxNumber).Draw(t, "number")
		closed := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "second"), 5e8)
		a, ok := parseArchive(archiveName(number, closed))
		if !ok || a.number != number || a.closed.Before(closed) || a.closed.After(closed.Add(time.Second)) {
			t.Fatalf("%s was read as %+v, %v", archiveName(number, closed), a, ok)
		}
	})
}

func TestArchivesAreInTheOrderTheyWereWritten(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{
		"000010-20200101T000000Z.log", "000002-20261125T194703Z.log.zst", "000002-20261125T194703Z.log", "1000000-20190101T000000Z.log",
		"000003-20261125T194703Z.log.zst", "@400000006b0740bf255c2bf8.s", "@400000006b0740b0255c2bf8.u", "current", "notes.txt",
	} {
		ok(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	ok(t, os.Symlink("current", filepath.Join(dir, "000004-20261125T194703Z.log")))
	ok(t, os.Mkdir(filepath.Join(dir, "000005-20261125T194703Z.log"), 0o700))
	d, err := fsx.Open(dir)
	ok(t, err)
	defer func() { ok(t, d.Close()) }()
	all, err := archives(d)
	ok(t, err)
	var got []string
	for _, a := range all {
		kind := ""
		if a.plain {
			kind += " plain"
		}
		if a.packed {
			kind += " packed"
		}
		got = append(got, a.name+kind)
	}
	equal(t, "archives", got, []string{
		"@400000006b0740b0255c2bf8.u plain", "@400000006b0740bf255c2bf8.s plain", "000002-20261125T194703Z.log plain packed",
		"000003-20261125T194703Z.log packed", "000010-20200101T000000Z.log plain", "1000000-20190101T000000Z.log plain",
	})
}
