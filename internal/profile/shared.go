package profile

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

// maxConfig bounds what is read of a configuration file, in bytes.
const maxConfig = 4 << 20

// Shared says whether the root profile's services serve every profile: then the others' stay down. The variable beats
// the file. Call it with the app user's rights. A file that can't be read says nothing.
func Shared(volume *fsx.Dir, s *spec.Shared, lookup func(name string) (string, bool)) bool {
	if s == nil {
		return false
	}
	if s.Env != "" {
		if value, ok := lookup(s.Env); ok && value != "" {
			return spec.Truthy(value)
		}
	}
	if s.File == "" || len(s.Keys) == 0 || volume == nil {
		return false
	}
	data, _, err := volume.Read(s.File, maxConfig)
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
	for _, key := range s.Keys {
		at := doc.Content[0]
		for part := range strings.SplitSeq(key, ".") {
			at = child(at, part)
		}
		if at != nil && at.Kind == yaml.ScalarNode {
			return spec.Truthy(at.Value)
		}
	}
	return false
}

// child gives the value of a key of a mapping; nil where there is none.
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
