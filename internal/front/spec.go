package front

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

const (
	// SpecEnv is the variable that names the spec file.
	SpecEnv = "BERTH_SPEC"
	// SpecPath is where the spec is looked for without it.
	SpecPath = "/etc/berth/berth.yaml"

	maxSpec = 1 << 20 // bytes; the biggest spec known has 5 kB
)

// SpecName gives the spec file that counts: the given one, else the variable's, else the image's own if it is
// there, else "" for the embedded default.
func SpecName(given string) string {
	if given != "" {
		return given
	}
	if named := os.Getenv(SpecEnv); named != "" {
		return named
	}
	if _, err := os.Lstat(SpecPath); errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) && os.Geteuid() != 0 {
		return ""
	}
	return SpecPath
}

// OpenSpec reads a file of a spec: a regular one of a bounded size. The path is the operator's, so links are followed
// (a mounted configuration is made of them); what it leads to can't hang the boot.
func OpenSpec(path string) ([]byte, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, err
	}
	if real, err = filepath.Abs(real); err != nil {
		return nil, err
	}
	dir, err := fsx.Open(filepath.Dir(real))
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }()
	data, _, err := dir.Read(filepath.Base(real), maxSpec)
	return data, err
}

// ReadSpec gives the spec of the image. Each mistake is told; the error then says how many there are.
func (v *Voice) ReadSpec(given string) (*spec.Spec, error) {
	name := SpecName(given)
	if name == "" {
		return spec.Default(), nil
	}
	s, complaints := spec.Read(OpenSpec, name)
	for _, c := range complaints {
		v.Complain(c)
	}
	if n := len(complaints); n > 0 {
		mistakes := "1 mistake"
		if n > 1 {
			mistakes = strconv.Itoa(n) + " mistakes"
		}
		return nil, boot.Failf(125, "correct it and try `berth check "+name+"`", "read spec %s: %s", name, mistakes)
	}
	return s, nil
}
