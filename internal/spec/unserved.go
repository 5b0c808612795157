package spec

// Unserved names, sorted, the sections that this spec has and that this berth checks but does not act on yet.
func (s *Spec) Unserved() []string {
	var names []string
	for _, section := range []struct {
		name string
		used bool
	}{
		{"keep", len(s.Keep) > 0},
	} {
		if section.used {
			names = append(names, section.name)
		}
	}
	return names
}
