package daemon

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-init/berth/internal/environ"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

func TestDiscover(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	program(t, filepath.Join(top, "b/chrome"), 0o755)
	program(t, filepath.Join(top, "empty/readme"), 0o644)
	root, err := fsx.Open(top)
	ok(t, err)
	defer func() { ok(t, root.Close()) }()
	chromium := []string{"chrome", "chromium", "chrome-headless-shell"}
	had := map[string]string{"MINE": "/mine", "BLANK": "", "WHERE": "/b"}
	found, errs := discover(root, map[string]spec.Find{
		"MINE":    {Under: "/empty", Names: chromium},
		"BLANK":   {Under: "${WHERE}", Names: chromium},
		"NOWHERE": {Under: "${UNSET}", Names: chromium},
		"MISSING": {Under: "/missing", Names: chromium},
		"NONE":    {Under: "/empty", Names: chromium},
		"ONE":     {Under: "/empty", Names: chromium[:1]},
	}, func(name string) (string, bool) {
		v, there := had[name]
		return v, there
	})
	if diff := cmp.Diff(map[string]string{"BLANK": "/b/chrome"}, found); diff != "" {
		t.Error(diff)
	}
	var texts []string
	for _, err := range errs {
		if !errors.Is(err, environ.ErrNone) {
			t.Errorf("%v is no ErrNone", err)
		}
		texts = append(texts, err.Error())
	}
	want := []string{
		"no program named chrome, chromium or chrome-headless-shell under /empty; NONE stays unset",
		"no program named chrome under /empty; ONE stays unset",
	}
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Error(diff)
	}
}
