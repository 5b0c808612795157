package migrate

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

// tag begins every line about a migration: people search logs for it.
const tag = "[config-migrate] "

// Migration brings the config file that a spec names to the latest version. Its fields may be left empty.
type Migration struct {
	Start boot.Starter                            // runs the app's own migrator
	Open  func(path string) ([]byte, error)       // reads the file of steps
	Now   func() time.Time                        // names the backups
	Show  func(name string, before, after []byte) // in a plan: hears what each file would become

	wrote func(name string) error // in tests: hears of each file that was written; its error is that of a write that came so far
}

// Phase is the boot's: whatever goes wrong is a warning, and the app starts with the file that it had.
func (m Migration) Phase() boot.Phase {
	if m.Open == nil {
		m.Open = Open
	}
	if m.Now == nil {
		m.Now = time.Now
	}
	return boot.Func("migrate", func(ctx context.Context, r *boot.Run) error {
		w := r.World
		if w.Spec.Migrate == nil || w.Volume == nil || w.ReadOnly {
			return nil
		}
		p := &pass{Migration: m, ctx: ctx, r: r, w: w, say: settled(*w.Spec.Migrate)}
		return p.run()
	})
}

// settled gives a section of the spec whose names are in their shortest form, and whose defaults hold.
func settled(m spec.Migrate) spec.Migrate {
	m.File = path.Clean(m.File)
	if m.BackupDir = path.Clean(m.BackupDir); m.BackupDir == "." {
		m.BackupDir = "backups/config"
	}
	if m.BackupKeep < 1 {
		m.BackupKeep = 10
	}
	m.Backup = slices.Clone(m.Backup)
	for i, name := range m.Backup {
		m.Backup[i] = path.Clean(name)
	}
	return m
}

// maxStepsFile bounds the file of steps in bytes.
const maxStepsFile = maxSize

// Open reads a file of steps. It lies beside the spec and is trusted as far: links are followed, as a mounted
// configuration is made of them.
func Open(name string) ([]byte, error) {
	name, err := filepath.EvalSymlinks(name)
	if err != nil {
		return nil, err
	}
	if name, err = filepath.Abs(name); err != nil {
		return nil, err
	}
	dir, err := fsx.Open(filepath.Dir(name))
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }()
	data, _, err := dir.Read(filepath.Base(name), maxStepsFile)
	return data, err
}

// A pass is one run of the phase.
type pass struct {
	Migration
	ctx context.Context //nolint:containedctx // a pass lasts as long as the one call that it serves
	r   *boot.Run
	w   *boot.World
	say spec.Migrate
}

func (p *pass) run() error {
	if ok, err := p.recover(); !ok || err != nil {
		return err
	}
	if value, _ := p.w.Lookup(p.say.SkipEnv); p.say.SkipEnv != "" && spec.Truthy(value) {
		p.r.Inform(tag+"skipping config migration: %s is set", p.say.SkipEnv)
		return nil
	}
	config, err := read(p.r, p.say.File, maxSize)
	if err != nil {
		return p.cannot(p.say.File, err)
	}
	if config.none {
		return nil
	}
	if len(p.say.Run) > 0 {
		return p.byApp(config)
	}
	steps, complaints := ReadSteps(p.Open, p.say.Steps)
	if len(complaints) > 0 {
		p.r.Warn("`berth check` tells all of its mistakes", tag+"skipping config migration: %s: %s", complaints[0].Place(), complaints[0].Text)
		return nil
	}
	return p.bySteps(config, steps)
}

// cannot tells why a file can't be worked on. Only a bug ends a boot.
func (p *pass) cannot(name string, err error) error {
	switch {
	case errors.Is(err, fsx.ErrFrozen):
		return err
	case errors.Is(err, fsx.ErrSymlink):
		p.r.Refuse("migrate", name, err)
		return nil
	}
	hint := "let the app's user read and write " + boot.Word(name) + ", or mend it and set the version in it yourself"
	if errors.Is(err, fsx.ErrMount) {
		hint = "mount the directory and not the single file, or mend it on the host"
	}
	p.r.Warn(hint, tag+"could not migrate %s: %s", boot.Word(name), boot.Cause(err))
	return nil
}

// untouched tells why a file stays as it is; true if that is so.
func (p *pass) untouched(name string, err error) (bool, error) {
	var broken *syntaxError
	hint := "mend it, or move it away and a new one is laid down"
	switch {
	case err == nil:
		return false, nil
	case p.ctx.Err() != nil:
		return true, context.Cause(p.ctx)
	case errors.Is(err, ErrNewer):
		p.r.Inform(tag+"%s is left as it is: %v", boot.Word(name), err)
		return true, nil
	case errors.As(err, &broken), errors.Is(err, errEmpty), errors.Is(err, ErrNotMapping), errors.Is(err, errTooMany):
	default:
		hint = "write that part in a plainer way, or set the version in it yourself"
	}
	p.r.Warn(hint, tag+"%s is left as it is: %s", boot.Word(name), plain(err))
	return true, nil
}

// plain keeps what a file says from writing lines of its own.
func plain(err error) string {
	return strings.Map(func(c rune) rune {
		if control(c) || c == 0x85 || c == 0x2028 || c == 0x2029 {
			return '\uFFFD'
		}
		return c
	}, err.Error())
}

// facts answers the steps' questions.
func (p *pass) facts() Facts {
	return Facts{
		Lookup: p.w.Lookup,
		Dirs:   func(dir string, files []string) []Listed { return dirs(p.r, dir, files) },
	}
}

// bySteps migrates a file by the image's steps.
func (p *pass) bySteps(config file, steps *Steps) error {
	in := Input{Config: config.data, VersionKey: p.say.VersionKey, Facts: p.facts()}
	if n, err := Version(config.data, p.say.VersionKey); err == nil && n == steps.Latest {
		return nil
	}
	var lines file
	if steps.EnvFile != "" {
		var err error
		if lines, err = read(p.r, path.Clean(steps.EnvFile), maxLines); err != nil {
			return p.cannot(steps.EnvFile, err)
		}
		if !lines.none {
			in.Lines = append([]byte{}, lines.data...)
		}
	}
	out, err := steps.Run(p.ctx, in)
	if stop, err := p.untouched(config.name, err); stop {
		return err
	}
	c := &change{pass: p, from: out.From, to: out.To, dirs: out.Dirs}
	if len(out.Blanked) > 0 {
		why := fmt.Sprintf("the migration empties %s", strings.Join(out.Blanked, ", "))
		c.edits = append(c.edits, edited{file: lines, after: out.Lines, why: why})
	}
	// The config file comes last: its version says that all is done.
	c.edits = append(c.edits, edited{file: config, after: out.Config})
	done, err := c.make()
	if !done || err != nil {
		return err
	}
	for _, remark := range out.Remarks {
		p.r.Warn("look whether the app misses it, and move it by hand", tag+"%s", plain(errors.New(remark)))
	}
	if len(out.Announced) > 0 && !p.w.Seeded[config.name] {
		p.r.Inform(tag+"the app also reads these variables by now: %s", strings.Join(out.Announced, ", "))
	}
	return nil
}
