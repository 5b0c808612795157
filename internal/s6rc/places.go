package s6rc

import (
	"path"
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/fsx"
)

// Where s6-overlay looks.
const (
	overlay   = "/etc/s6-overlay"
	packages  = "/package/admin"
	pack      = "s6-overlay"
	profiles  = "/etc/cont-profile.d"
	sourcesIn = "etc/s6-rc/sources"
)

// Switched says whether an image is one of s6-overlay's, and by what. BERTH_S6 has the last word.
func Switched(root *fsx.Dir, lookup func(string) (string, bool)) (on bool, why string) {
	if v, _ := lookup(switchName); v != "" {
		switch strings.ToLower(v) {
		case "on", "1", "true", "yes":
			return true, switchName + " is " + v
		case "off", "0", "false", "no":
			return false, switchName + " is " + v
		}
	}
	t := tree{root}
	is := func(dir string) bool {
		in, err := t.look(dir)
		return err == nil && in.Kind == fsx.Directory
	}
	if profile, _ := lookup("S6_RUNTIME_PROFILE"); sane(profile) && profile != "" && is(join(profiles, profile)) {
		return true, "there is " + join(profiles, profile) + ", the profile that S6_RUNTIME_PROFILE names"
	}
	if is(overlay) {
		return true, "there is " + overlay
	}
	if names := packed(t); len(names) > 0 {
		return true, "there is " + join(packages, names[0])
	}
	for _, dir := range []string{"/etc/services.d", "/etc/cont-init.d", "/etc/cont-finish.d", "/etc/fix-attrs.d"} {
		if holds(t, dir) {
			return true, dir + " holds something"
		}
	}
	return false, "there is no " + overlay + " and no " + join(packages, pack) + ", and nothing in /etc/services.d, /etc/cont-init.d, /etc/cont-finish.d and /etc/fix-attrs.d"
}

const switchName = "BERTH_S6"

// holds says whether anything is in a directory that counts.
func holds(t tree, dir string) bool {
	f, err := t.open(dir)
	if err != nil {
		return false
	}
	defer f.close()
	items, err := f.dir.List()
	return err == nil && slices.ContainsFunc(items, func(i fsx.Item) bool { return !strings.HasPrefix(i.Name, ".") })
}

// sane says whether a name from outside is one component of a path.
func sane(unsafeName string) bool {
	return unsafeName != "." && unsafeName != ".." && !strings.ContainsAny(unsafeName, "/\x00")
}

// packed gives the packages of s6-overlay, the one that is in use only if there is a link to it.
func packed(t tree) []string {
	if _, err := t.look(join(packages, pack)); err == nil {
		return []string{pack}
	}
	f, err := t.open(packages)
	if err != nil {
		return nil
	}
	defer f.close()
	items, _ := f.dir.List()
	var out []string
	for _, it := range items {
		if strings.HasPrefix(it.Name, pack+"-") && it.Kind == fsx.Directory {
			out = append(out, it.Name)
		}
	}
	return out
}

// places says which directories count, and of which generation of s6-overlay they are.
func (r *reader) places() {
	s, p := r.image.Settings, &r.image.Places
	etc, main := "/etc", overlay
	if s.Profile != "" {
		etc = join(profiles, s.Profile)
		main = join(etc, pack)
		if _, err := r.tree.look(etc); err != nil {
			r.warn("S6_RUNTIME_PROFILE", "is the profile in the image? ls "+profiles, "there is no %s, so nothing is started by it", etc)
		}
	}
	*p = Places{
		Sources: join(main, "s6-rc.d"), Bundles: join(main, "user-bundles.d"), ContInit: join(etc, "cont-init.d"),
		ContFinish: join(etc, "cont-finish.d"), Services: join(etc, "services.d"), FixAttrs: join(etc, "fix-attrs.d"),
	}
	if s.BundleDir != "" {
		p.Bundles = path.Clean(s.BundleDir)
		if _, err := r.tree.look(p.Bundles); err != nil {
			r.warn("S6_RUNTIME_BUNDLEDIR", "is it in the image? ls "+p.Bundles, "there is no %s, so no bundle is read from it", p.Bundles)
		}
	}
	for _, name := range packed(r.tree) {
		at := join(packages, name)
		if in, err := r.tree.look(join(at, sourcesIn)); err == nil && in.Kind == fsx.Directory {
			p.Packages = append(p.Packages, join(at, sourcesIn))
		}
	}
	r.generations()
}

// generations says by the files of which s6-overlay the image is. Images carry several at once.
func (r *reader) generations() {
	p, i := r.image.Places, r.image
	is := func(dir string) bool { _, err := r.tree.look(dir); return err == nil }
	if is(p.Services) || is(p.ContInit) || is(p.ContFinish) || is(p.FixAttrs) || is("/etc/s6/services") {
		i.Layouts = append(i.Layouts, "2.x (services.d, cont-init.d)")
	}
	if is(join(p.Sources, UserBundle)) || is(join(p.Sources, User2Bundle)) {
		i.Layouts = append(i.Layouts, "3.1 (bundles in s6-rc.d)")
	}
	if is(p.Bundles) {
		i.Layouts = append(i.Layouts, "3.2.3 (user-bundles.d)")
	}
}
