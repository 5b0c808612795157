package spec

// Leased says whether a service's slots take a lease: what the spec says, and where it says nothing each profile's do,
// because a profile is one thing on the volume, however many containers have that.
func (s *Service) Leased() bool {
	if s.Lease == nil {
		return s.PerProfile
	}
	return *s.Lease
}
