package api

import (
	"context"
	"strings"
)

// ProfileList is every profile that has slots.
type ProfileList struct {
	Profiles []Profile `json:"profiles" doc:"sorted by name, the root profile first"`
}

// A Profile is an instance that a directory on the volume declares.
type Profile struct {
	Name  string   `json:"name" doc:"its name"`
	Slots []string `json:"slots" doc:"its slots"`
}

// ProfileName names a profile.
type ProfileName struct {
	Name string `json:"name" doc:"the profile's name"`
}

// Profiles has the profiles. Errors are as [Supervisor]'s: UnknownName, Conflict for one that is registered already.
type Profiles interface {
	Profiles() []Profile
	// Register gives a profile's directory its slots, down.
	Register(ctx context.Context, who Peer, unsafeName string) (Profile, error)
	// Unregister stops a profile's slots, within ctx, and takes them away. One that has none is no error.
	Unregister(ctx context.Context, who Peer, unsafeName string) error
}

func (s *Server) profiles(*call, none) (ProfileList, error) {
	if s.o.Profiles == nil {
		return ProfileList{}, noProfiles()
	}
	return ProfileList{Profiles: append([]Profile{}, s.o.Profiles.Profiles()...)}, nil
}

func (s *Server) register(c *call, p ProfileName) (Profile, error) {
	if err := s.change(c, "register", p); err != nil {
		return Profile{}, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.r.Context()), quickTime)
	defer cancel()
	return s.o.Profiles.Register(ctx, c.peer, p.Name)
}

func (s *Server) unregister(c *call, p ProfileName) (none, error) {
	if err := s.change(c, "unregister", p); err != nil {
		return none{}, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.r.Context()), defaultWait)
	defer cancel()
	return none{}, s.o.Profiles.Unregister(ctx, c.peer, p.Name)
}

// change records a change of profiles that can be tried.
func (s *Server) change(c *call, verb string, p ProfileName) error {
	if s.o.Profiles == nil {
		return noProfiles()
	}
	if !plausible(p.Name) || strings.HasPrefix(p.Name, ".") {
		return Errorf(Usage, "a profile's name is that of its directory", "%s a profile: the name can't be one", verb)
	}
	s.record(c, verb, []string{p.Name})
	c.patience(defaultWait)
	return nil
}

func noProfiles() *Error {
	return Errorf(Absent, "an image has profiles if its berth.yaml says so", "look for profiles: this image has none")
}
