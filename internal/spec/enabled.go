package spec

// Off says why the container's variables switch a service off, or nothing where they leave it on.
func (s *Service) Off(lookup func(name string) (string, bool)) string {
	for _, name := range s.IfSet {
		if value, _ := lookup(name); value == "" {
			return name + " is not set"
		}
	}
	for _, name := range s.IfUnset {
		if value, _ := lookup(name); value != "" {
			return name + " is set"
		}
	}
	if s.Enabled != "" && !Truthy(s.Enabled.Expand(lookup)) {
		return string(s.Enabled) + " is not truthy"
	}
	return ""
}
