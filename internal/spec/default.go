package spec

import _ "embed"

//go:embed default.yaml
var defaultYAML []byte

// DefaultName is what stands for a file's name in complaints about the embedded default.
const DefaultName = "(built in)"

// Default gives the spec of an image that has none: user app by PUID and PGID, UMASK, a volume at the first of
// /config and /data that is mounted, the container's command as main.
func Default() *Spec {
	s, complaints := Read(func(string) ([]byte, error) { return defaultYAML, nil }, DefaultName)
	if len(complaints) > 0 {
		panic("parse embedded default: " + complaints[0].Text) // a test keeps this from happening
	}
	s.Dir = ""
	s.Volume.Optional = []string{"/config", "/data"}
	return s
}
