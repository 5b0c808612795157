package s6rc

import (
	"strings"
	"testing"
)

const builtinOrder = "fix-attrs | legacy-cont-init | legacy-services"

func TestLayouts(t *testing.T) {
	const rc = "-- etc/s6-overlay/s6-rc.d/"
	for _, c := range []struct {
		name, tree string
		vars       []string
		levels     string
		layouts    string
		says       []string
	}{
		{name: "nothing at all", levels: builtinOrder},
		{
			name: "3.1: the bundles are among the definitions", tree: in("web") + d("web", "longrun"),
			levels: "fix-attrs web | legacy-cont-init | legacy-services", layouts: "3.1",
		},
		{
			name: "3.2.3: the bundles have a place of their own", tree: "-- etc/s6-overlay/user-bundles.d/user/type --\nbundle\n-- etc/s6-overlay/user-bundles.d/user/contents.d/web --\n" + d("web", "longrun", "dependencies.d/base="),
			levels: "fix-attrs | legacy-cont-init | web | legacy-services", layouts: "3.2.3",
		},
		{
			name:   "both at once count both",
			tree:   in("a") + "-- etc/s6-overlay/user-bundles.d/user/contents.d/b --\n" + d("a", "longrun") + d("b", "longrun"),
			levels: "a b fix-attrs | legacy-cont-init | legacy-services", layouts: "3.1, 3.2.3",
			says: []string{"/etc/s6-overlay/s6-rc.d/user: the bundle user is in /etc/s6-overlay/user-bundles.d/user as well; both count, and s6-overlay takes one | move what is in /etc/s6-overlay/s6-rc.d/user/contents.d to /etc/s6-overlay/user-bundles.d/user/contents.d"},
		},
		{
			name: "2.x: no definitions, only directories", tree: "-- etc/services.d/web/run --\n#!/bin/sh\n-- etc/cont-init.d/01-x --\n#!/bin/sh\n",
			levels: builtinOrder, layouts: "2.x",
		},
		{
			name:   "user2 without a type starts behind services.d",
			tree:   in("a") + rc + "user2/contents.d/late --\n" + d("a", "longrun") + d("late", "oneshot"),
			levels: "a fix-attrs | legacy-cont-init | legacy-services | late", layouts: "3.1",
		},
		{
			name:   "what user needs of user2 can't start behind it",
			tree:   in("a") + rc + "user2/contents.d/b --\n" + d("a", "longrun", "dependencies.d/b=") + d("b", "oneshot"),
			levels: "b fix-attrs | a legacy-cont-init | legacy-services", layouts: "3.1",
		},
		{
			name: "a service of user that needs legacy-services starts behind it, which s6-overlay refuses",
			tree: in("a", "b") + d("a", "longrun", "dependencies.d/legacy-services=") + d("b", "longrun"), layouts: "3.1",
			levels: "b fix-attrs | legacy-cont-init | legacy-services | a",
			says:   []string{"/etc/s6-overlay/s6-rc.d/a: a is in the bundle user and needs legacy-services, which starts after everything in there; started behind it | move it to the bundle user2"},
		},
		{
			name: "another directory of bundles", vars: []string{"S6_RUNTIME_BUNDLEDIR=/run/my"}, layouts: "3.1, 3.2.3",
			tree:   in() + "-- run/my/user/contents.d/web --\n" + d("web", "longrun"),
			levels: "fix-attrs web | legacy-cont-init | legacy-services",
		},
		{
			name: "another directory of bundles that isn't there", vars: []string{"S6_RUNTIME_BUNDLEDIR=/run/my"},
			levels: builtinOrder, says: []string{"S6_RUNTIME_BUNDLEDIR: there is no /run/my, so no bundle is read from it | is it in the image? ls /run/my"},
		},
		{
			name: "a profile takes the place of everything in /etc", vars: []string{"S6_RUNTIME_PROFILE=test"}, layouts: "2.x, 3.1",
			tree: in("no") + d("no", "longrun") + "-- etc/cont-profile.d/test/cont-init.d/x --\n#!/bin/sh\n" +
				strings.ReplaceAll(in("yes")+d("yes", "longrun"), "etc/s6-overlay", "etc/cont-profile.d/test/s6-overlay"),
			levels: "fix-attrs yes | legacy-cont-init | legacy-services",
		},
		{
			name: "a profile that isn't there", vars: []string{"S6_RUNTIME_PROFILE=test"},
			levels: builtinOrder, says: []string{"S6_RUNTIME_PROFILE: there is no /etc/cont-profile.d/test, so nothing is started by it | is the profile in the image? ls /etc/cont-profile.d"},
		},
		{
			name: "a package's sources put services of their own into base",
			tree: in("web") + d("web", "longrun", "dependencies.d/base=") + "-- package/admin/s6-overlay -> s6-overlay-3.1.6.2 --\n" +
				strings.ReplaceAll("-- S/base/type --\nbundle\n-- S/base/contents.d/fix-attrs --\n-- S/base/contents.d/legacy-cont-init --\n-- S/base/contents.d/banner --\n"+
					"-- S/fix-attrs/type --\noneshot\n-- S/fix-attrs/up --\n/package/admin/s6-overlay/x\n-- S/banner/type --\noneshot\n-- S/banner/up --\necho hi\n-- S/banner/dependencies.d/fix-attrs --\n"+
					"-- S/top/contents.d/base --\n-- S/top/contents.d/user --\n", "S/", "package/admin/s6-overlay-3.1.6.2/etc/s6-rc/sources/"),
			levels: "fix-attrs | banner legacy-cont-init | web | legacy-services", layouts: "3.1",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			i := newRig(t, c.tree).read(c.vars...)
			if got := levels(i); got != c.levels {
				t.Errorf("the order is %s, want %s", got, c.levels)
			}
			var layouts []string
			for _, l := range i.Layouts {
				layouts = append(layouts, strings.Fields(l)[0])
			}
			if got := strings.Join(layouts, ", "); got != c.layouts {
				t.Errorf("the layouts are %q, want %q", got, c.layouts)
			}
			same(t, "complaints", said(i.Complaints), c.says)
		})
	}
}

func TestSwitched(t *testing.T) {
	for _, c := range []struct {
		name, tree string
		vars       []string
		on         bool
		why        string
	}{
		{name: "an image of nobody's", why: "there is no /etc/s6-overlay and no /package/admin/s6-overlay"},
		{name: "definitions", tree: in(), on: true, why: "there is /etc/s6-overlay"},
		{
			name: "the package",
			tree: "-- package/admin/s6-overlay-3.2.0.0/x --\n",
			on:   true,
			why:  "there is /package/admin/s6-overlay-3.2.0.0",
		},
		{
			name: "a link to the package",
			tree: "-- package/admin/s6-overlay-3/x --\n-- package/admin/s6-overlay -> s6-overlay-3 --\n",
			on:   true,
			why:  "there is /package/admin/s6-overlay",
		},
		{
			name: "services of 2.x",
			tree: "-- etc/services.d/x/run --\n",
			on:   true,
			why:  "/etc/services.d holds something",
		},
		{
			name: "scripts of 2.x",
			tree: "-- etc/cont-init.d/x --\n",
			on:   true,
			why:  "/etc/cont-init.d holds something",
		},
		{
			name: "empty directories are nobody's",
			tree: "-- etc/cont-init.d dir --\n-- etc/services.d/.keep --\n",
			why:  "there is no",
		},
		{
			name: "a file instead of a directory",
			tree: "-- etc/s6-overlay --\n-- etc/cont-init.d fifo --\n",
			why:  "there is no",
		},
		{
			name: "a profile",
			tree: "-- etc/cont-profile.d/p/x --\n",
			vars: []string{"S6_RUNTIME_PROFILE=p"},
			on:   true,
			why:  "the profile that S6_RUNTIME_PROFILE names",
		},
		{
			name: "a profile that leads elsewhere",
			tree: "-- etc/x --\n",
			vars: []string{"S6_RUNTIME_PROFILE=.."},
			why:  "there is no",
		},
		{name: "switched off", tree: in(), vars: []string{"BERTH_S6=off"}, why: "BERTH_S6 is off"},
		{name: "switched on", vars: []string{"BERTH_S6=on"}, on: true, why: "BERTH_S6 is on"},
		{
			name: "switched to nothing known",
			tree: in(),
			vars: []string{"BERTH_S6=maybe"},
			on:   true,
			why:  "there is /etc/s6-overlay",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			on, why := Switched(newRig(t, c.tree).root, env(c.vars...))
			if on != c.on || !strings.Contains(why, c.why) {
				t.Errorf("on: %v, because %s; want %v, because %s", on, why, c.on, c.why)
			}
		})
	}
}

// A definition may be a link, a directory on the way as well, and so may each file.
func TestLinksAreFollowedInTheImage(t *testing.T) {
	i := newRig(t, "-- etc/s6-overlay -> /opt/overlay --\n"+
		"-- opt/overlay/s6-rc.d/user/contents.d/web --\n-- opt/overlay/s6-rc.d/web -> ../../services/web --\n"+
		"-- opt/services/web/type -> ../common/type --\n-- opt/services/common/type --\nlongrun\n"+
		"-- opt/services/web/run -> /opt/scripts/start --\n-- opt/scripts/start --\n#!/bin/sh\n"+
		"-- opt/services/web/dependencies.d -> /opt/deps --\n-- opt/deps/base --\n-- opt/services/web/notification-fd -> ../../../opt/./fd --\n-- opt/fd --\n3").read()
	same(t, "complaints", said(i.Complaints), nil)
	s := i.service(t, "web")
	if s.Kind != Longrun || s.Run.NotificationFD != 3 || !s.Run.Run.Executable || len(s.Requires) != 2 || s.Dir != "/etc/s6-overlay/s6-rc.d/web" {
		t.Errorf("web is %+v, %+v", s, s.Run)
	}
}
