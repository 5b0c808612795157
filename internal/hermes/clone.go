package hermes

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/profile"
)

const maxEnv = 4 << 20

// clone copies from a profile: what shapes its behaviour, or everything that isn't one life's own.
func (s *session) clone(ctx context.Context, c *copier, to *fsx.Dir, source *profile.Profile, w wish) error {
	base := "."
	if source.Name != s.set.Root() {
		base = path.Join(s.Spec.Profiles.Dir, source.Name)
	}
	if err := s.cloneEnv(c, to, source.Dir, w); err != nil {
		return err
	}
	if w.all {
		return c.tree(ctx, source.Dir, base, to, s.own)
	}
	for _, file := range []string{configFile, s.Spec.Profiles.Marker, "USER.md"} {
		if err := c.one(ctx, source.Dir, base, file, to); err != nil {
			return err
		}
	}
	if err := c.one(ctx, source.Dir, base, "skills", to); err != nil {
		return err
	}
	return c.some(ctx, source.Dir, base, "memories", []string{"MEMORY.md", "USER.md"}, to)
}

// cloneEnv copies the secrets, less those by which two gateways would get into each other's way.
func (s *session) cloneEnv(c *copier, to, from *fsx.Dir, w wish) error {
	data, _, err := from.Read(envFile, maxEnv)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		c.leave(from.Path()+"/"+envFile, err)
		return nil
	}
	var port string
	if p := s.Spec.Services[service].Port; p != nil {
		port = p.Env
	}
	data, gone := withoutChannels(data, port, w.channels)
	if len(gone) > 0 {
		c.say("%s of the copy lacks %s: two gateways can't share them", envFile, strings.Join(gone, ", "))
	}
	return createEnv(to, data)
}

// own says whether a name below a profile is that profile's own life and not for a copy: what runs, what was said, what
// is kept elsewhere, and what berth keeps. The volume's own top also holds the other profiles and the logs of all.
func (s *session) own(name string) bool {
	p := s.Spec.Profiles
	first, _, _ := strings.Cut(name, "/")
	switch {
	case slices.Contains(p.Stale, name), name == p.State, name == path.Clean(p.Dir):
		return true
	case first == ".berth", fsx.IsTemp(path.Base(name)):
		return true
	}
	return slices.Contains([]string{
		envFile, // copied apart
		"gateway.pid", "gateway_state.json", "processes.json", "gateway.lock", "auth.lock", activeFile,
		"state.db", "state.db-shm", "state.db-wal", "hermes_state.db", "response_store.db", "response_store.db-shm", "response_store.db-wal",
		"sessions", "backups", "cron", stampName,
		"logs/gateways", path.Clean(profile.BootLog), path.Clean(profile.BootLog) + ".1", "state/gateway.lifecycle.json",
	}, name)
}
