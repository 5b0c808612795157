package volume

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

const (
	generatedMode  = 0o600
	generatedBytes = 32
	maxLines       = 4 << 20 // bytes of a file of NAME=value lines
	shortValue     = 16      // characters below which an operator's own value is weak
	generateTries  = 3       // at a file that somebody writes meanwhile
)

// Generate writes random values into files of NAME=value lines: once, under the volume's lock. A value that is in the file or in
// the container's environment stays as it is, and an empty line goes, because it would win over the environment's value.
func Generate() boot.Phase { return phase("generate", generate) }

func generate(ctx context.Context, r *boot.Run) error {
	for _, g := range r.World.Spec.Generate {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		g.Path = path.Clean(g.Path)
		if err := generateOne(r, g); err != nil {
			return err
		}
	}
	return nil
}

// generateOne sees to one value. The app of another container on the volume may be writing the file: what it writes is not written
// over, and an app that had no key for that would be locked out until the next boot.
func generateOne(r *boot.Run, g spec.Generate) error {
	for range generateTries {
		if again, err := generateInto(r, g); !again {
			return err
		}
	}
	return couldNot(r, g, fsx.ErrVanished)
}

// generateInto looks at the file as it stands; again says that it doesn't any more.
func generateInto(r *boot.Run, g spec.Generate) (again bool, err error) {
	f, err := readLines(r, g.Path)
	if errors.Is(err, fsx.ErrSymlink) {
		r.Refuse("append", g.Path, err)
		return false, nil
	}
	if err != nil {
		return false, couldNot(r, g, err)
	}
	env, _ := r.World.Lookup(g.Key)
	value := valueIn(f.data, g.Key)
	switch {
	case value != "" && env != "" && value != env:
		r.Warn("take one of the two away", "%s is set in the environment and in %s: the %s value wins", g.Key, g.Path, path.Base(g.Path))
		return false, nil
	case value != "":
		return false, nil
	}
	kept := withoutEmpty(f.data, g.Key)
	if env != "" {
		if !bytes.Equal(kept, f.data) {
			_, again, err = f.write(r, g, kept, "its empty line would win over the environment's value")
		}
		if !again && err == nil {
			enough(r, g, env)
		}
		return again, err
	}
	if f.none && owed(r.World, g.Path) {
		return false, couldNot(r, g, errors.New("its seed could not be laid down"))
	}
	secret, err := random(r, g)
	if err != nil {
		return false, err
	}
	ok, again, err := f.write(r, g, withLine(kept, g.Key+"="+secret), "no value is set anywhere")
	if ok {
		r.Changed("Generated %s in %s", g.Key, g.Path)
	}
	return again, err
}

// enough says that the environment's value does.
func enough(r *boot.Run, g spec.Generate, env string) {
	r.Inform("skipping generation of %s: the environment sets it", g.Key)
	if len(env) < shortValue {
		r.Warn("make a longer one (openssl rand -hex 32), or unset it and berth generates one",
			"%s in the environment is shorter than %d characters", g.Key, shortValue)
	}
}

// random gives a value. A plan's is never written anywhere, and is no secret.
func random(r *boot.Run, g spec.Generate) (string, error) {
	n := g.Bytes
	if n <= 0 {
		n = generatedBytes
	}
	raw := make([]byte, n)
	if r.Planning() {
		return hex.EncodeToString(raw), nil
	}
	if err := fill(raw); err != nil {
		return "", fmt.Errorf("generate %s: %w", g.Key, err)
	}
	return hex.EncodeToString(raw), nil
}

// fill takes random bytes from the kernel, which waits until it has some (getrandom(2), Linux 3.17). crypto/rand does the
// same, and links a cryptographic module whose start every front door would pay for.
func fill(raw []byte) error {
	for len(raw) > 0 {
		n, err := unix.Getrandom(raw, 0)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
		raw = raw[max(n, 0):]
	}
	return nil
}

// readLines reads a file of NAME=value lines.
func readLines(r *boot.Run, name string) (textFile, error) {
	return readText(r, name, generatedMode, maxLines)
}

// write puts new content in the place of the file's, unless somebody has written it meanwhile. No step shows a value.
func (f textFile) write(r *boot.Run, g spec.Generate, data []byte, why string) (ok, again bool, err error) {
	step := boot.Step{Target: g.Path, Verb: "write", After: g.Key, Why: why}
	ok, cause, err := f.put(r, step, data, func() error { return f.unchanged(r) })
	switch {
	case err != nil || cause == nil:
		return ok, false, err
	case errors.Is(cause, fsx.ErrVanished):
		return false, true, nil
	}
	return false, false, couldNot(r, g, cause)
}

// couldNot goes on without a value where the file system or a rule is to blame.
func couldNot(r *boot.Run, g spec.Generate, err error) error {
	if errors.Is(err, fsx.ErrFrozen) {
		return err
	}
	hint := "set " + g.Key + " in the environment, or write it into " + g.Path + " yourself"
	if errors.Is(err, syscall.EACCES) || errors.Is(err, fsx.ErrMount) {
		hint = "let the app's user write " + g.Path + ", or set " + g.Key + " in the environment"
	}
	if errors.Is(err, fsx.ErrVanished) {
		hint = "the next boot looks again"
	}
	r.Warn(hint, "could not write %s to %s: %s", g.Key, g.Path, boot.Cause(err))
	return nil
}
