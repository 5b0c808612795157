package s6rcwords

import (
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/chain"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/s6rc"
)

// rcEnvironment is where s6-overlay keeps the container's environment; a caller's own may lack it.
const rcEnvironment = "run/s6/container_environment/"

// rcCatalogue reads what is defined. What is wrong is said once, at the boot; here it only counts where it is asked about.
func rcCatalogue(c *chain.Call, root string) (*s6rc.Image, int) {
	dir, err := fsx.Open(root)
	if err != nil {
		return nil, c.Fail(chain.System, "%s", err)
	}
	defer func() { _ = dir.Close() }()
	s, _ := s6rc.ReadSettings(func(name string) (string, bool) {
		if v, ok := c.Get(name); ok {
			return v, true
		}
		if name != "S6_RUNTIME_PROFILE" && name != "S6_RUNTIME_BUNDLEDIR" { // what is defined depends on no other
			return "", false
		}
		data, _, err := dir.Read(rcEnvironment+name, 4096)
		return strings.TrimSuffix(string(data), "\n"), err == nil
	})
	return s6rc.Read(dir, s, nil), 0
}

// rcAtom gives the atom of a name, or nil.
func rcAtom(i *s6rc.Image, name string) *s6rc.Service {
	at := slices.IndexFunc(i.Services, func(s s6rc.Service) bool { return s.Name == name })
	if at < 0 {
		return nil
	}
	return &i.Services[at]
}

func rcBundle(i *s6rc.Image, name string) *s6rc.Bundle {
	at := slices.IndexFunc(i.Bundles, func(b s6rc.Bundle) bool { return b.Name == name })
	if at < 0 {
		return nil
	}
	return &i.Bundles[at]
}

// rcMembers gives the atoms that a name means.
func rcMembers(i *s6rc.Image, name string) ([]string, bool) {
	if b := rcBundle(i, name); b != nil {
		return b.Members, true
	}
	if rcAtom(i, name) != nil {
		return []string{name}, true
	}
	return nil, false
}

// rcClosure adds what a set needs, or what needs it.
func rcClosure(i *s6rc.Image, set map[string]bool, down bool) map[string]bool {
	next := map[string][]string{}
	for _, s := range i.Services {
		for _, need := range s.Requires {
			if down {
				next[need] = append(next[need], s.Name)
			} else {
				next[s.Name] = append(next[s.Name], need)
			}
		}
	}
	out := map[string]bool{}
	pending := rcSorted(set)
	for len(pending) > 0 {
		name := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		if !out[name] {
			out[name] = true
			pending = append(pending, next[name]...)
		}
	}
	return out
}

// rcNobody says that nothing has a name, and which one was meant.
func rcNobody(c *chain.Call, i *s6rc.Image, unsafeName string) int {
	if strings.Contains(unsafeName, "/") {
		return c.Fail(rcUnknown, "there is no service %q: a name can't have a slash", unsafeName)
	}
	c.Fail(rcUnknown, "there is no service %q", unsafeName)
	var known []string
	for _, s := range i.Services {
		known = append(known, s.Name)
	}
	for _, b := range i.Bundles {
		known = append(known, b.Name)
	}
	if hint := s6rc.Meant(unsafeName, known); hint != "" {
		_, _ = c.Stderr.Write([]byte(c.Name + ": hint: " + hint + "\n"))
	}
	return rcUnknown
}

// rcError gives berth's own words of a refusal.
func rcError(err error) (*api.Error, bool) { return errors.AsType[*api.Error](err) }

// rcTimedOut says whether a wait was over before what was waited for came about.
func rcTimedOut(err error) bool {
	e, ok := rcError(err)
	return ok && e.Code == api.Timeout || errors.Is(err, os.ErrDeadlineExceeded)
}
