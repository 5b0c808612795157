package main

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestCommandsAreTakenApart(t *testing.T) {
	for name, c := range map[string]struct {
		words []string
		want  [][]string
	}{
		"one":                {[]string{"a", "b"}, [][]string{{"a", "b"}}},
		"two":                {[]string{"a", "--", "b", "-c"}, [][]string{{"a"}, {"b", "-c"}}},
		"nothing in between": {[]string{"--", "a", "--", "--"}, [][]string{{"a"}}},
	} {
		if got := split(c.words); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestEachTakesItsTurn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "turns")
	add := func(letter string) []string { return []string{"sh", "-c", "printf " + letter + " >>" + file} }
	if err := run(append(append([]string{"3"}, append(add("a"), "--")...), add("b")...)); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "ababab" {
		t.Errorf("they ran as %q, %v", text, err)
	}
	for _, bad := range [][]string{nil, {"x", "true"}, {"1", "false"}} {
		if err := run(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
