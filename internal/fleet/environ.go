package fleet

import (
	"maps"
	"slices"
	"strconv"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/profile"
)

// settings is the file of NAME=value lines in a profile's directory in which its user may say another port.
const settings = ".env"

// environ makes a service's environment: everybody's, the port, its own.
func (f *Fleet) environ(s *slot, port string) []string {
	in := &s.service
	env := f.env
	if s.cred != nil && in.Limits.User != "" {
		env = f.account(env, in.Limits.User)
	}
	env = slices.Clone(env)
	if port != "" {
		env = with(env, in.Port.Env, port)
	}
	lookup := (&boot.World{Environ: env}).Lookup
	for _, name := range slices.Sorted(maps.Keys(in.Env)) {
		env = with(env, name, in.Env[name].Expand(lookup))
	}
	return env
}

// with sets a variable.
func with(env []string, name, value string) []string {
	env = slices.DeleteFunc(env, func(e string) bool {
		return len(e) > len(name) && e[len(name)] == '=' && e[:len(name)] == name
	})
	return append(env, name+"="+value)
}

// derived gives the port that a slot's profile has by its name; nothing where it has none.
func (s *slot) derived() string {
	if s.profile == "" {
		return ""
	}
	port, ok := profile.Port(s.service.Port, s.profile)
	if !ok {
		return ""
	}
	return strconv.Itoa(port)
}

// settle makes a slot's environment anew where the profile's own settings have a say in it. It reads a file.
func (f *Fleet) settle(s *slot) {
	port := s.derived()
	if port == "" || f.set == nil {
		return
	}
	said := ""
	_ = f.asApp(func() error { // what can't be read says nothing
		p, err := f.set.Open(s.profile)
		if err != nil {
			return err
		}
		defer func() { _ = p.Close() }()
		said, err = p.Setting(settings, s.service.Port.Env)
		return err
	})
	if n, err := strconv.Atoi(said); err == nil && n > 0 && n < 1<<16 {
		port = said
	} else if said != "" {
		port = "" // the app reads it itself, and knows what it means
	}
	env := f.environ(s, port)
	f.mu.Lock()
	s.env = env
	f.mu.Unlock()
}

// environOf gives a slot's environment as its last start made it.
func (f *Fleet) environOf(s *slot) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return s.env
}
