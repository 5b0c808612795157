package s6words

import (
	"os"

	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/proc"
)

const applyuidgidUsage = "s6-applyuidgid [ -z ] [ -u uid ] [ -g gid ] [ -G gidlist ] [ -U ] prog..."

// applyuidgid becomes what numbers say: of flags, or of UID, GID and GIDLIST.
func applyuidgid(c *chain.Call) int {
	clean, good := false, true
	var uid, gid *uint32
	var groups []uint32
	setGroups := false
	code := 0
	fromEnv := func(name string) string {
		v, found := c.Get(name)
		if !found && code == 0 {
			code = c.Fail(chain.Usage, "read %s: it is not set", name)
		}
		return v
	}
	one := func(v string) *uint32 {
		n, ok := number(v)
		good = good && ok
		return &n
	}
	rest, ok := chain.Options(c.Args, "zu:g:G:U", func(f byte, v string) {
		switch f {
		case 'z':
			clean = true
		case 'u':
			uid = one(v)
		case 'g':
			gid = one(v)
		case 'G':
			list, ok := parseGroups(v)
			groups, setGroups, good = list, true, good && (ok || v == "")
		case 'U':
			u, g, l := fromEnv("UID"), fromEnv("GID"), fromEnv("GIDLIST")
			list, isList := parseGroups(l)
			was := good
			uid, gid, groups, setGroups = one(u), one(g), list, true
			if code == 0 && (!good || !isList && l != "") {
				code = c.Fail(chain.Usage, "read UID, GID and GIDLIST: they are no numbers")
			}
			good = was
		}
	})
	if code != 0 {
		return code
	}
	if !ok || !good || len(rest) == 0 {
		return c.Wrong(applyuidgidUsage)
	}
	if clean {
		unsetIDs(c)
	}
	if uid == nil && gid == nil && !setGroups {
		return c.Next(rest)
	}
	as := &proc.Credential{UID: uint32(os.Geteuid()), GID: uint32(os.Getegid()), Groups: groups} //nolint:gosec // ids
	if uid != nil {
		as.UID = *uid
	}
	if gid != nil {
		as.GID = *gid
	}
	if setGroups {
		as.Groups = withGroup(as.GID, groups)
	} else {
		present, err := os.Getgroups()
		if err != nil {
			return c.Fail(chain.System, "read the groups of this process: %s", reason(err))
		}
		for _, g := range present {
			as.Groups = append(as.Groups, uint32(g)) //nolint:gosec // a gid
		}
	}
	return becomeAndRun(c, as, rest)
}
