package volume

import (
	"context"
	"path"
	"slices"
	"strings"
)

// first looks at what must be right before a start, where the rest is looked at behind the services: listed files, the
// trees' own directories and those that the spec names in them, the profiles' directories and what lies right in these.
func (h *healer) first(ctx context.Context) error {
	for _, name := range h.firstNames() {
		if err := h.listed(name, func() error { return h.file(ctx, name) }); err != nil {
			return err
		}
	}
	if dir := h.profiles(); dir != "" {
		if err := h.listed(dir, func() error { return h.tree(ctx, dir, 2) }); err != nil {
			return err
		}
	}
	return h.files(ctx)
}

// firstNames gives the directories that come first, the outer ones before the inner ones.
func (h *healer) firstNames() []string {
	var all []string
	for _, name := range slices.Concat(h.w.Spec.Volume.Own.Trees, h.w.Spec.Volume.Dirs) {
		for _, dir := range prefixes(path.Clean(name)) {
			if listed(h.w, dir) && dir != h.profiles() {
				all = append(all, dir)
			}
		}
	}
	slices.SortFunc(all, func(a, b string) int {
		if n := strings.Count(a, "/") - strings.Count(b, "/"); n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
	return slices.Compact(all)
}

// profiles gives the directory of the profiles, if it is listed.
func (h *healer) profiles() string {
	p := h.w.Spec.Profiles
	if p == nil || !listed(h.w, p.Dir) {
		return ""
	}
	return path.Clean(p.Dir)
}

// isFirst says whether first looks at a name.
func (h *healer) isFirst(name string) bool {
	if dir := h.profiles(); dir != "" && within(name, dir) && strings.Count(strings.TrimPrefix(name, dir), "/") <= 2 {
		return true
	}
	is := func(s string) bool { return path.Clean(s) == name }
	own := h.w.Spec.Volume.Own
	return slices.ContainsFunc(own.Files, is) || slices.Contains(h.firsts, name)
}
