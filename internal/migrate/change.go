package migrate

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// An edited file is one that a migration writes.
type edited struct {
	file
	after []byte
	why   string
}

// A change is a migration that is ready to be made: all of it or nothing.
type change struct {
	*pass
	from, to int
	edits    []edited // in their order; the config file is last
	dirs     []string // that are to be there

	copies    []file   // what is backed up
	backups   []string // their names, and those of backups that hold a file already
	shelfDirs []string // directories to be made for them
	newDirs   []string // directories to be made for the app
	temps     []string // what a boot that was killed left among the backups
	surplus   []string // the oldest backups, beyond the number that is kept
}

func (p *pass) shelf() shelf { return shelf{p.say.BackupDir, p.say.BackupKeep} }

func (c *change) config() edited { return c.edits[len(c.edits)-1] }

// make makes the change, or lists it; done says that it stands.
func (c *change) make() (done bool, err error) {
	for _, e := range c.edits {
		if err := c.ready(e.file); err != nil {
			return false, c.cannot(e.name, err)
		}
	}
	if about, err := c.prepare(); err != nil {
		return false, c.cannot(about, err)
	}
	var cause error
	main := boot.Step{
		Target: c.config().name, Verb: "migrate", Before: strconv.Itoa(c.from), After: strconv.Itoa(c.to),
		Why: "its version is older than the image's",
	}
	done, err = c.r.Do(main, func() error {
		if cause = c.commit(); cause != nil {
			return boot.ErrMoot
		}
		return nil
	})
	if cause != nil {
		return false, c.failed(cause)
	}
	if err != nil || !done {
		return false, err
	}
	if err := c.list(); err != nil {
		return false, err
	}
	for _, e := range c.edits {
		c.lay(e.name, e.after)
		if c.Show != nil && c.r.Planning() {
			c.Show(e.name, e.data, e.after)
		}
	}
	c.tell()
	return true, nil
}

// tell says in one line what was done.
func (c *change) tell() {
	backups := "no backup, as the image holds the same"
	if len(c.backups) > 0 {
		backups = "backups: " + strings.Join(c.backups, ", ")
	}
	c.r.Changed(tag+"Migrating config schema %d -> %d; %s", c.from, c.to, backups)
}

// ready says why a file can't be replaced.
func (c *change) ready(f file) error {
	switch {
	case f.mounted:
		return fmt.Errorf("replace %s: %w", f.name, fsx.ErrMount)
	case f.deny != nil:
		return f.deny
	}
	return writable(c.r, path.Dir(f.name))
}

// prepare finds out what has to be backed up, and which directories are missing; an error is about a name. What this very boot
// has laid down, or the image holds too, is nobody's only copy; but a program may leave anything of it, so before one runs it
// is one.
func (c *change) prepare() (about string, err error) {
	byApp := c.config().after == nil
	fresh := !byApp && spare(c.r, c.config().file)
	begun := c.shelf().holding(c.w, c.config().file) != ""
	for _, name := range c.backedUp() {
		f, err := read(c.r, name, maxBackup)
		if err == nil {
			err = f.shut
		}
		if err != nil {
			return name, err
		}
		if f.none || !byApp && spare(c.r, f) || fresh && !c.changes(name) {
			continue
		}
		added, held := 0, c.shelf().holding(c.w, f)
		if held != "" {
			c.backups = append(c.backups, path.Join(c.say.BackupDir, held))
		} else if c.changes(name) || !begun {
			c.copies, added = append(c.copies, f), 1
		}
		// Otherwise a migration of this very file was cut off behind its backups and behind this other file's edit.
		c.surplus = append(c.surplus, c.shelf().surplus(c.w, name, added, held)...)
	}
	c.temps = c.shelf().leftovers(c.w)
	if len(c.copies) > 0 {
		if c.shelfDirs, err = missing(c.r, c.say.BackupDir); err == nil && len(c.shelfDirs) == 0 {
			err = writable(c.r, c.say.BackupDir)
		}
		if err != nil {
			return c.say.BackupDir, err
		}
	}
	for _, dir := range c.dirs {
		dirs, err := missing(c.r, dir)
		if err != nil {
			c.r.Warn("make it yourself if the app wants it", tag+"could not make %s: %s", boot.Word(dir), boot.Cause(err))
			continue
		}
		for _, d := range dirs {
			if !slices.Contains(c.newDirs, d) {
				c.newDirs = append(c.newDirs, d)
			}
		}
	}
	return "", nil
}

// backedUp gives the files of which there are to be backups: the config file last, so that its backup says that the others
// are there.
func (c *change) backedUp() []string {
	var names []string
	add := func(name string) {
		if name != c.config().name && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range c.say.Backup {
		add(name)
	}
	for _, e := range c.edits {
		add(e.name)
	}
	return append(names, c.config().name)
}

// changes says whether this change writes a file.
func (c *change) changes(name string) bool {
	return slices.ContainsFunc(c.edits, func(e edited) bool { return e.name == name && (e.after == nil || string(e.after) != string(e.data)) })
}

// list lists what the change consists of, beside the migration itself.
func (c *change) list() error {
	var all []boot.Step
	for _, dir := range c.shelfDirs {
		all = append(all, boot.Step{Target: dir, Verb: "mkdir", After: owner(c.w, c.shelf().perm(dir)), Why: "backups of the migration lie in it"})
	}
	for _, f := range c.copies {
		all = append(all, boot.Step{Target: f.name, Verb: "back up", After: c.say.BackupDir, Why: "it is about to be migrated"})
	}
	for _, dir := range c.newDirs {
		all = append(all, boot.Step{Target: dir, Verb: "mkdir", After: owner(c.w, dirPerm), Why: "the app expects it since version " + strconv.Itoa(c.to)})
	}
	for _, e := range c.edits[:len(c.edits)-1] {
		if e.why != "" {
			all = append(all, boot.Step{Target: e.name, Verb: "write", Why: e.why})
		}
	}
	for _, name := range c.temps {
		all = append(all, boot.Step{Target: name, Verb: "remove", Why: "a boot that was killed left it"})
	}
	for _, name := range c.surplus {
		all = append(all, boot.Step{Target: name, Verb: "remove", Why: "newer backups take its place"})
	}
	for _, s := range all {
		if _, err := c.r.Do(s, func() error { return nil }); err != nil {
			return err
		}
		if s.Verb == "mkdir" {
			c.lay(s.Target, nil)
		}
	}
	return nil
}

const dirPerm = 0o755

// lay remembers, in a plan, what a boot would find by now.
func (c *change) lay(name string, data []byte) {
	if !c.r.Planning() {
		return
	}
	if c.w.Laid == nil {
		c.w.Laid = map[string][]byte{}
	}
	c.w.Laid[name] = data
}
