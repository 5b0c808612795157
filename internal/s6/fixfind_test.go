package s6

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/berth-init/berth/internal/s6rc"
)

// TestFixAttrsFollowsNoLinkOfAUsers: config is uid 10000's, who lays links there to have root give victim/log away.
func TestFixAttrsFollowsNoLinkOfAUsers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: it lays files of several users")
	}
	const user = 10000
	for _, c := range []struct {
		name, path string
		lay        func(top string, link func(target, name string, uid int))
		fixed      string // what the line is about; empty: nothing is
		says       string
	}{
		{"a plain path", "config/real/log", nil, "config/real/log", ""},
		{"nothing there", "config/none/log", nil, "", ""},
		{"a file on the way", "config/file/log", nil, "", ""},
		{"a user's link", "config/var/log", func(_ string, link func(string, string, int)) {
			link("../victim", "config/var", user)
		}, "", "stands in the way"},
		{"a link to the root and one through it", "config/var/log", func(top string, link func(string, string, int)) {
			link("/", "config/x", user)
			link("x"+top+"/victim", "config/var", user)
		}, "", "stands in the way"},
		{"deep down", "config/real/sub/log", func(_ string, link func(string, string, int)) {
			link("../../victim", "config/real/sub", user)
		}, "", "stands in the way"},
		{"the last one", "config/var", func(_ string, link func(string, string, int)) { link("../victim/log", "config/var", user) }, "", ""},
		{"for a pattern", "config/*/log", func(_ string, link func(string, string, int)) {
			link("../victim", "config/a", user)
			link("../victim", "config/z", user)
		}, "config/real/log", `/config/a": a symbolic link`},
		{"behind a pattern", "con*/var/l[op]g", func(_ string, link func(string, string, int)) { link("../victim", "config/var", user) }, "", "stands in the way"},
		{"in front of a pattern", "config/var/*", func(_ string, link func(string, string, int)) { link("../victim", "config/var", user) }, "", "stands in the way"},
		{"root's link in a user's directory", "config/var/log", func(_ string, link func(string, string, int)) { link("../victim", "config/var", 0) }, "", "stands in the way"},
		{"root's link in a directory of everybody's", "tmp/var/log", func(top string, link func(string, string, int)) {
			ok(t, os.Mkdir(top+"/tmp", 0o755), os.Chmod(top+"/tmp", os.ModeSticky|0o777))
			link("../victim", "tmp/var", 0)
		}, "", "stands in the way"},
		{"a user's link in root's directory", "var/log", func(_ string, link func(string, string, int)) { link("victim", "var", user) }, "", "stands in the way"},
		{"root's link to a user's", "var/log", func(_ string, link func(string, string, int)) {
			link("config/var", "var", 0)
			link("../victim", "config/var", user)
		}, "", "stands in the way"},
		{"a circle", "var/log", func(_ string, link func(string, string, int)) { link("var", "var", 0) }, "", "too many symbolic links"},
		{"root's link", "var/log", func(_ string, link func(string, string, int)) { link("config/real", "var", 0) }, "config/real/log", ""},
		{"root's absolute link, for a pattern", "z*/log", func(top string, link func(string, string, int)) {
			link(top+"/config/real", "zat", 0)
		}, "config/real/log", ""},
		{"root's link up, through a link", "etc/sub/var/log", func(top string, link func(string, string, int)) {
			ok(t, os.MkdirAll(top+"/etc/sub", 0o755))
			link("../away/../config/./real", "etc/sub/var", 0)
			link(top+"/etc", "etc/away", 0)
			link("../config", "etc/config", 0)
		}, "config/real/log", ""},
		{"a name like a pattern, in a link", "var/log", func(_ string, link func(string, string, int)) { link("config/*", "var", 0) }, "", ""},
		{"more names than are looked at", "config/many/*", func(top string, _ func(string, string, int)) {
			ok(t, os.Mkdir(top+"/config/many", 0o755))
			for i := range maxFixNames + 1 {
				ok(t, os.Symlink("x", fmt.Sprintf("%s/config/many/%d", top, i)))
			}
		}, "", "more than 4096 names"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, top := newRig(t), t.TempDir()
			write(t, top+"/victim/log", "x", 0o600)
			write(t, top+"/config/real/log", "x", 0o600)
			write(t, top+"/config/file", "x", 0o600)
			ok(t, os.Chmod(top, 0o755), os.Chown(top+"/config", user, user), os.Chown(top+"/config/real", user, user))
			if c.lay != nil {
				c.lay(top, func(target, name string, uid int) {
					ok(t, os.Symlink(target, top+"/"+name), os.Lchown(top+"/"+name, uid, uid))
				})
			}
			r.image.FixAttrs = []s6rc.FixAttr{{File: "/f", Path: top + "/" + c.path, Numbers: true, UID: user, GID: user, FMode: 0o644, DMode: 0o755}}
			if _, err := r.fixAttrs(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"victim/log", "config/real/log"} {
				var st syscall.Stat_t
				ok(t, syscall.Lstat(top+"/"+name, &st))
				if fixed := st.Uid == user && st.Mode&0o777 == 0o644; fixed != (name == c.fixed) || !fixed && (st.Uid != 0 || st.Mode&0o777 != 0o600) {
					t.Errorf("%s belongs to %d, with mode %o", name, st.Uid, st.Mode)
				}
			}
			if said := r.says(); !strings.Contains(said, c.says) || c.says == "" && said != "" {
				t.Errorf("it says %q", said)
			}
		})
	}
}
