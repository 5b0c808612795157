package hermes

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

const (
	multiplexEnv = "GATEWAY_MULTIPLEX_PROFILES"
	multiplexKey = "multiplex_profiles"
	configFile   = "config.yaml"
	maxConfig    = 256 << 10 // bytes; a real one has sixty thousand at most
)

// Multiplexed says whether one gateway, the volume's own, serves every profile: then the others' stay down. The variable
// beats the file. Call it with the app user's rights.
func Multiplexed(volume *fsx.Dir, lookup func(string) (string, bool)) bool {
	if value, ok := lookup(multiplexEnv); ok && value != "" {
		return spec.Truthy(value)
	}
	data, _, err := volume.Read(configFile, maxConfig)
	if err != nil {
		return false
	}
	loader, err := yaml.NewLoader(strings.NewReader(string(data)))
	if err != nil {
		return false
	}
	var doc yaml.Node
	if loader.Load(&doc) != nil || len(doc.Content) != 1 {
		return false
	}
	top := doc.Content[0]
	for _, in := range []*yaml.Node{top, child(top, service)} {
		if v := child(in, multiplexKey); v != nil && v.Kind == yaml.ScalarNode {
			return spec.Truthy(v.Value)
		}
	}
	return false
}

// child gives the value of a key.
func child(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// shared says whether another profile's gateway serves this one.
func (s *session) shared(name string) (yes bool) {
	if name == s.set.Root() {
		return false
	}
	lookup := s.Lookup
	if lookup == nil {
		lookup = func(string) (string, bool) { return "", false }
	}
	_ = s.as(func() error { yes = Multiplexed(s.Volume, lookup); return nil })
	return yes
}

func (s *session) refuseShared(verb, name string) int {
	return s.refuse("`"+s.phrase(name, verb)+" --force` runs one of its own all the same",
		"%s %s: the gateway of %s serves every profile here (%s)", verb, s.slot(name), s.set.Root(), multiplexKey)
}
