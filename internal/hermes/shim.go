package hermes

import "github.com/berth-init/berth/internal/spec"

// ExecAsRoot says whether root asked to stay root behind the app's name. Otherwise the shim becomes the app's user: what
// `docker exec` wrote as root, the gateway could no longer read.
func ExecAsRoot(lookup func(name string) (string, bool)) bool {
	value, _ := lookup("HERMES_DOCKER_EXEC_AS_ROOT")
	return spec.Truthy(value)
}
