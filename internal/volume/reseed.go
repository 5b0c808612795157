package volume

import (
	"context"
	"errors"
	"path"
	"strings"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/spec"
)

// Reseed replaces an entry of a JSON file from a variable: a session that whoever starts the container hands out, when the one
// in the file is over or older. A live session is never touched, and nothing but the entry is: other entries are other logins.
// Whatever is wrong is a line, and the app starts with the session that it has. No line or step shows a value.
func Reseed() boot.Phase { return phase("reseed", reseed) }

const (
	reseedMode = 0o600
	maxReseed  = 4 << 20 // bytes of a file that an entry is replaced in
)

// An outcome says what became of one entry.
type outcome string

// The outcomes, in the words that orchestrators know.
const (
	noSeed      outcome = "no_seed"         // the variable is unset or empty
	badSeed     outcome = "bad_seed"        // what it holds is no entry
	noFile      outcome = "no_auth_file"    // there is no file to put it into
	unreadable  outcome = "auth_unreadable" // the file can't be read, or is no JSON object, or is unsafe to work on
	notTerminal outcome = "not_terminal"    // the entry is neither over nor older, or there is none
	reseeded    outcome = "reseeded"        // it was over
	newer       outcome = "reseeded_newer"  // it was older
	unwritable  outcome = "unwritable"      // the file can't be written
)

func reseed(ctx context.Context, r *boot.Run) error {
	for _, s := range r.World.Spec.Reseed {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		s.Path = path.Clean(s.Path)
		if s.Name == "" {
			s.Name = "session"
		}
		if _, err := reseedOne(r, s); err != nil {
			return err
		}
	}
	return nil
}

func reseedOne(r *boot.Run, s spec.Reseed) (outcome, error) {
	value, _ := r.World.Lookup(s.FromEnv)
	if strings.TrimSpace(value) == "" {
		return noSeed, nil
	}
	seed, err := newEntry(s, value)
	if err != nil {
		r.Warn("have a new one issued, or take the variable away", "reseed %s: %s: %s: %v", boot.Word(s.Path), badSeed, s.FromEnv, err)
		return badSeed, nil
	}
	f, err := readText(r, s.Path, s.Mode.Or(reseedMode), maxReseed)
	if err == nil {
		err = f.safe()
	}
	if err != nil {
		return unreadable, couldNotPut(r, "reseed", s.Path, err)
	}
	if f.none {
		r.Warn("log in once; the variable replaces a part of a file that is there", "reseed %s: %s: there is no such file", boot.Word(s.Path), noFile)
		return noFile, nil
	}
	from, to, err := locate(f.data, strings.Split(s.Entry, "."))
	switch {
	case errors.Is(err, errNoKey):
		return notTerminal, nil
	case err != nil:
		r.Warn("log in again, or put a backup of the file in its place", "reseed %s: %s: %v", boot.Word(s.Path), unreadable, err)
		return unreadable, nil
	}
	came := judge(s, f.data[from:to], seed)
	if came == notTerminal {
		return came, nil
	}
	// Written anew it is as private as the spec says, whatever it was.
	if _, listed := listedMode(r.World, s.Path); !listed {
		f.perm = s.Mode.Or(reseedMode)
	}
	why := "the " + s.Name + " there is terminal: only a new login helps, and it has no tokens"
	if came == newer {
		why = "the " + s.Name + " of " + s.FromEnv + " is newer"
	}
	step := boot.Step{Target: s.Path, Verb: "reseed", After: s.Entry, Why: why}
	ok, cause, err := f.put(r, step, replaced(f.data, from, to, strings.Count(s.Entry, ".")+1, seed), func() error { return f.unchanged(r) })
	switch {
	case cause != nil && err == nil:
		return unwritable, couldNotPut(r, "reseed", s.Path, cause)
	case !ok || err != nil:
		return unwritable, err
	case came == newer:
		r.Changed("Applied newer orchestrator-issued %s to %s", s.Name, boot.Word(s.Path))
	default:
		r.Changed("%s was terminal: put the one of %s into %s", s.Name, s.FromEnv, boot.Word(s.Path))
	}
	return came, nil
}
