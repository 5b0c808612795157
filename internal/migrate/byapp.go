package migrate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/berth-init/berth/internal/boot"
)

// An app's own migrator is not atomic and may be killed at any moment. So before it runs a note on the volume names the
// backups; while the note is there, the files are half of something, and the next boot puts the backups in their place.
// The app's user can write such a note too: it leads to nothing but the spec's own files, put back with that user's rights.

const (
	noteName  = boot.LedgerDir + "/migrating"
	maxNote   = 64 << 10
	runnerEnv = "BERTH_MIGRATE"
)

// A note says which backup holds which file; "" for a file that wasn't there.
type note struct {
	Format int               `json:"format"`
	Files  map[string]string `json:"files"`
}

// byApp has the app's own migrator bring the file to its latest version.
func (p *pass) byApp(config file) error {
	n, err := Version(config.data, p.say.VersionKey)
	if err == nil && n > p.say.Latest {
		err = fmt.Errorf("version %d is beyond %d: %w", n, p.say.Latest, ErrNewer)
	}
	if stop, err := p.untouched(config.name, err); stop || n == p.say.Latest {
		return err
	}
	c := &change{pass: p, from: n, to: p.say.Latest}
	for _, name := range p.say.Backup {
		if name == config.name {
			continue
		}
		f, err := read(p.r, name, maxBackup)
		if err != nil {
			return p.cannot(name, err)
		}
		c.edits = append(c.edits, edited{file: f})
	}
	c.edits = append(c.edits, edited{file: config})
	return c.run()
}

// run is make for a program.
func (c *change) run() error {
	call, err := c.call()
	if err != nil {
		c.r.Warn(boot.HintFor(err), tag+"skipping config migration: %v", err)
		return nil
	}
	for _, e := range c.edits {
		if err := c.ready(e.file); err != nil {
			return c.cannot(e.name, err)
		}
	}
	if about, err := c.prepare(); err != nil {
		return c.cannot(about, err)
	}
	var cause error
	step := boot.Step{
		Target: c.config().name, Verb: "run", Before: strconv.Itoa(c.from), After: strconv.Itoa(c.to),
		Why: "its version is older than the image's; the app's own migrator is " + boot.Word(call.Command[0]),
	}
	done, err := c.r.Do(step, func() error {
		if cause = c.commitRun(call); cause != nil {
			return boot.ErrMoot
		}
		return nil
	})
	switch {
	case cause != nil && c.ctx.Err() != nil:
		return context.Cause(c.ctx)
	case cause != nil:
		return c.failed(cause)
	case err != nil || !done:
		return err
	}
	if err := c.list(); err != nil {
		return err
	}
	c.tell()
	return nil
}

// call makes the call of the migrator, which has the app's rights and no more.
func (c *change) call() (boot.HookCall, error) {
	w := c.w
	call := boot.HookCall{
		Name: "migrate", Identity: w.Identity, Dir: w.Path, Timeout: c.say.RunTimeout.Or(time.Minute),
		Env: []string{fmt.Sprintf("%s_FROM=%d", runnerEnv, c.from), fmt.Sprintf("%s_TO=%d", runnerEnv, c.to), "BERTH_VOLUME=" + w.Path},
	}
	if w.EUID != 0 {
		call.Identity.UID, call.Identity.GID = w.EUID, w.EGID
	}
	for _, t := range c.say.Run {
		call.Command = append(call.Command, t.Expand(w.Lookup))
	}
	switch {
	case call.Command[0] == "":
		return call, boot.Failf(1, "name a program in migrate.run", "its command is empty")
	case call.Identity.UID == 0:
		return call, boot.Failf(1, "give user.uid in the spec a number of the app's own", "it would run as root")
	case c.Start == nil && !c.r.Planning():
		return call, boot.Failf(1, "", "nothing can be run here")
	}
	return call, nil
}

func (c *change) commitRun(call boot.HookCall) error {
	for _, e := range c.edits {
		if err := e.unchanged(c.r, maxBackup); err != nil {
			return &undone{cause: err}
		}
	}
	err := c.backUp()
	if err == nil {
		err = c.leaveNote()
	}
	if err != nil {
		return &undone{cause: err}
	}
	code, err := c.Start.RunHook(c.ctx, call)
	if c.ctx.Err() != nil {
		// It may still be writing. The note stays, and the next boot puts the backups back.
		return &undone{cause: fmt.Errorf("it was stopped: %w", context.Cause(c.ctx))}
	}
	if err == nil && code != 0 {
		err = fmt.Errorf("%s ended with code %d", boot.Word(call.Command[0]), code)
	}
	if err == nil {
		err = c.advanced()
	}
	if err == nil {
		if err = c.dropNote(); err == nil { // from here on the files stay
			return nil
		}
	}
	u := c.undo(c.edits, err)
	if len(u.lost) == 0 {
		_ = c.dropNote() // while it is there, the next boot puts back what is there already
	}
	return u
}

// leaveNote says on the volume that files are about to be half of something.
func (c *change) leaveNote() error {
	n := note{Format: 1, Files: map[string]string{}}
	for _, e := range c.edits {
		n.Files[e.name] = ""
		if !e.none {
			n.Files[e.name] = c.shelf().holding(c.w, e.file)
		}
		if !e.none && n.Files[e.name] == "" {
			return fmt.Errorf("back %s up: its backup can't be read", e.name)
		}
	}
	data, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return c.w.AsApp(func() error {
		err := c.w.Volume.Mkdir(boot.LedgerDir, attr(c.w, 0o700))
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		return c.w.Volume.Replace(noteName, data, attr(c.w, 0o600))
	})
}

func (p *pass) dropNote() error {
	err := p.w.AsApp(func() error { return p.w.Volume.Remove(noteName) })
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// recover puts the backups back that a migration left which was cut off; false says that this couldn't be done.
func (p *pass) recover() (bool, error) {
	n, there := p.findNote()
	if !there {
		return true, nil
	}
	var restored []string
	for _, name := range p.named() {
		backup, ok := n.Files[name]
		if !ok {
			continue
		}
		done, err := p.putBack(name, backup)
		if err != nil {
			return false, p.cannot(name, err)
		}
		if done {
			restored = append(restored, name)
		}
	}
	if len(restored) > 0 {
		p.r.Changed(tag+"a migration was cut off: restored %s", strings.Join(restored, ", "))
	}
	if p.r.Planning() {
		return true, nil
	}
	if err := p.dropNote(); err != nil {
		return false, p.cannot(noteName, err)
	}
	return true, nil
}

// findNote reads the note; one that can't be read names no file.
func (p *pass) findNote() (n note, there bool) {
	err := asNeeded(p.w, func() error {
		data, _, err := p.w.Volume.Read(noteName, maxNote)
		if err == nil && (json.Unmarshal(data, &n) != nil || n.Format != 1) {
			n.Files = nil
		}
		return err
	})
	return n, err == nil
}

// named gives the files that the spec names.
func (p *pass) named() []string {
	names := slices.Clone(p.say.Backup)
	if !slices.Contains(names, p.say.File) {
		names = append(names, p.say.File)
	}
	return names
}

// putBack brings a file to what its backup holds. What it holds now may be somebody's work: it is kept as a backup too.
func (p *pass) putBack(name, backup string) (bool, error) {
	was := file{name: name, none: backup == ""}
	if !was.none {
		if _, ok := parseBackup(backup, name); !ok {
			return false, nil
		}
		data, in, err := p.shelf().read(p.w, backup, maxBackup)
		if errors.Is(err, fs.ErrNotExist) {
			p.r.Warn("look at the file yourself", tag+"a migration was cut off, and the backup %s is gone", backup)
			return false, nil
		}
		if err != nil {
			return false, err
		}
		was.data, was.perm = data, in.Perm
	}
	now, err := read(p.r, name, maxBackup)
	if err != nil {
		return false, err
	}
	if was.none == now.none && string(was.data) == string(now.data) {
		return false, nil
	}
	if now.shut != nil {
		return false, now.shut
	}
	after := backup
	if was.none {
		after = "absent"
	}
	var cause error
	ok, err := p.r.Do(boot.Step{Target: name, Verb: "restore", After: after, Why: "a migration was cut off"}, func() error {
		if cause = p.keepAsWell(now, backup); cause == nil {
			cause = was.restore(p.w)
		}
		if cause != nil {
			return boot.ErrMoot
		}
		return nil
	})
	if cause != nil {
		return false, cause
	}
	if ok && p.r.Planning() && !was.none {
		if p.w.Laid == nil {
			p.w.Laid = map[string][]byte{}
		}
		p.w.Laid[name] = was.data
	}
	return ok, err
}

// keepAsWell makes a backup of what would be lost. One that is needed doesn't go for it.
func (p *pass) keepAsWell(f file, needed string) error {
	if f.none || p.shelf().holding(p.w, f) != "" {
		return nil
	}
	made, err := p.shelf().put(p.w, f, p.Now())
	if err != nil {
		return err
	}
	for _, name := range p.shelf().surplus(p.w, f.name, 0, needed, made) {
		_ = remove(p.w, name)
	}
	return nil
}
