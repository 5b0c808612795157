package fleet

import (
	"fmt"
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/identity"
	"github.com/berth-init/berth/internal/proc"
	"github.com/berth-init/berth/internal/rootfs"
	"github.com/berth-init/berth/internal/spec"
)

// credential says as whom a service runs: the app, unless the spec names somebody else. Without root it is whoever runs
// berth.
func (f *Fleet) credential(in *spec.Service) (*proc.Credential, error) {
	w := f.o.World
	if in.Limits.User == "" {
		if w.EUID != 0 {
			return nil, nil
		}
		return &proc.Credential{UID: w.Identity.UID, GID: w.Identity.GID, Groups: w.Identity.Groups}, nil
	}
	c, _, err := f.named(in.Limits.User)
	if err != nil {
		return nil, err
	}
	if w.EUID != 0 {
		if c.UID != w.EUID {
			return nil, fmt.Errorf("run as %q: berth is uid %d and can't become another user", in.Limits.User, w.EUID)
		}
		return nil, nil
	}
	return c, nil
}

// named reads USER, UID, USER:GROUP or UID:GID with the image's own passwd and group.
func (f *Fleet) named(text string) (*proc.Credential, identity.Account, error) {
	root := f.o.World.Root
	user, group, both := strings.Cut(text, ":")
	passwd, _, _ := rootfs.ReadPasswd(root) // an image without one has numbers
	groups, _, _ := rootfs.ReadGroup(root)

	var c proc.Credential
	account, known := passwd.ByName(user)
	if !known {
		uid, numeric := number(user)
		if !numeric {
			return nil, account, fmt.Errorf("run as %q: the image has no such user", text)
		}
		c.UID, c.GID = uid, uid
		account, known = passwd.ByUID(uid)
	}
	if known {
		c.UID, c.GID = account.UID, account.GID
	}
	if both {
		g, there := groups.ByName(group)
		gid, numeric := number(group)
		switch {
		case there:
			c.GID = g.GID
		case numeric:
			c.GID = gid
		default:
			return nil, account, fmt.Errorf("run as %q: the image has no such group", text)
		}
	}
	if known {
		c.Groups = groups.Of(account.Name, c.GID)
	}
	return &c, account, nil
}

// number reads a uid or gid that stands in a spec: 0 may.
func number(text string) (uint32, bool) {
	n, err := identity.Number(text)
	return n, err == nil || text == "0"
}

// account gives the environment of another user than the app.
func (f *Fleet) account(env []string, user string) []string {
	_, a, err := f.named(user)
	if err != nil || a.Name == "" {
		return env
	}
	env = slices.DeleteFunc(slices.Clone(env), func(e string) bool {
		return strings.HasPrefix(e, "HOME=") || strings.HasPrefix(e, "USER=") || strings.HasPrefix(e, "LOGNAME=")
	})
	return append(env, "HOME="+a.Home, "USER="+a.Name, "LOGNAME="+a.Name)
}
