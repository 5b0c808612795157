package volume

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

// Mirror keeps variables of the container's environment in files of NAME=value lines: an app reads those with preference, so
// that what an operator changes in the container would otherwise change nothing. A line that berth has put there goes with
// its variable; the user's own stays. Values may hold a password (https://user:password@host): none is shown.
func Mirror() boot.Phase { return phase("mirror", mirror) }

// A mirroring is one run of the phase.
type mirroring struct {
	r        *boot.Run
	was, now mirrored
	values   map[string]asked
	forgot   bool // what is remembered can't be written down, and that was told
	set      told
	gone     told
}

// asked is what the environment asks for of one variable.
type asked struct {
	value string // empty: no line
	line  string
	odd   bool // no line can hold the value: what is in the files stays
}

func mirror(ctx context.Context, r *boot.Run) error {
	w := r.World
	if len(w.Spec.Mirror) == 0 {
		return nil
	}
	m := &mirroring{r: r, was: recallMirrored(w), now: mirrored{}, values: map[string]asked{}}
	for _, s := range w.Spec.Mirror {
		s.Path = path.Clean(s.Path)
		m.ask(s.Keys)
		if err := m.all(ctx, s); err != nil {
			return err
		}
	}
	if len(m.set.files) > 0 {
		r.Changed("Set %s", m.set.in("in"))
	}
	if len(m.gone.files) > 0 {
		r.Changed("Removed %s: the environment doesn't set it any more", m.gone.in("from"))
	}
	if !r.Planning() && !m.now.equal(m.was) {
		// Only words about lines that aren't there any more, or that somebody else's have taken the place of.
		_ = m.now.remember(w)
	}
	return nil
}

// ask looks up variables. A value of blanks alone is none.
func (m *mirroring) ask(keys []string) {
	for _, key := range keys {
		value, _ := m.r.World.Lookup(key)
		if _, known := m.values[key]; known || strings.TrimSpace(value) == "" {
			continue
		}
		line, err := lineFor(key, value)
		m.values[key] = asked{value, line, err != nil}
		if err != nil {
			m.r.Warn("write it in another way; until then the app has it from its environment alone", "mirror %s: %v", key, err)
		}
	}
}

// all does the files of one item. Where no variable is set, and none was, nothing is looked at.
func (m *mirroring) all(ctx context.Context, s spec.Mirror) error {
	wanted := slices.ContainsFunc(s.Keys, func(key string) bool { return m.values[key].line != "" })
	files := []string{s.Path}
	if s.Profiles && (wanted || len(m.was) > 0) {
		dirs, err := profileDirs(m.r.World)
		if err != nil {
			m.now.keepBelow(m.was, m.r.World.Spec.Profiles.Dir)
			if err := couldNotPut(m.r, "list", m.r.World.Spec.Profiles.Dir, err); err != nil {
				return err
			}
		}
		for _, dir := range dirs {
			if err := sweepDir(m.r, dir); err != nil {
				return err
			}
			files = append(files, path.Join(dir, s.Path))
		}
	}
	for _, name := range files {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if !wanted && len(m.was[name]) == 0 {
			continue
		}
		if err := m.file(s, name); err != nil {
			return err
		}
	}
	return nil
}

func (m *mirroring) file(s spec.Mirror, name string) error {
	f, err := readText(m.r, name, s.Mode.Or(generatedMode), maxLines)
	if err == nil {
		err = f.safe()
	}
	if err == nil && f.none && owed(m.r.World, name) {
		err = errors.New("its seed could not be laid down")
	}
	if err != nil {
		m.now.keep(m.was, name)
		return couldNotPut(m.r, "write", name, err)
	}
	e := &mirrorEdit{was: m.was[name], data: f.data}
	for _, key := range s.Keys {
		switch ask := m.values[key]; {
		case ask.odd:
			e.leave(key)
		case ask.value == "":
			e.without(key)
		default:
			if err := e.with(key, ask.value, ask.line); err != nil {
				m.now.keep(m.was, name)
				m.r.Warn("close the quote", "write %s to %s: %v", key, boot.Word(name), err)
				return nil
			}
		}
	}
	if len(e.set)+len(e.gone) == 0 {
		m.now.set(name, e.now)
		return nil
	}
	return m.put(f, e)
}

// put writes a file. What is remembered of it comes first: a line that berth has put there and doesn't know would stay for
// good. Until the file is written the old line is remembered, too.
func (m *mirroring) put(f textFile, e *mirrorEdit) error {
	var why []string
	if len(e.set) > 0 {
		why = append(why, "the environment sets "+strings.Join(e.set, ", "))
	}
	if len(e.gone) > 0 {
		why = append(why, "the environment doesn't set "+strings.Join(e.gone, ", ")+" any more")
	}
	s := boot.Step{Target: f.name, Verb: "write", Before: strings.Join(e.gone, ", "), After: strings.Join(e.set, ", "), Why: strings.Join(why, "; ")}
	ok, cause, err := f.put(m.r, s, e.data, func() error {
		if err := f.unchanged(m.r); err != nil {
			return err
		}
		both := m.was.also(f.name, e.now)
		if both.equal(m.was) {
			return nil
		}
		err := both.remember(m.r.World)
		switch {
		case err == nil:
			m.was = both
		case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
			return err // there is no room for the file either
		case !m.forgot:
			// That the app has the values matters more than that they go one day.
			m.forgot = true
			m.r.Warn("mend "+boot.LedgerDir+" on the volume, or remove the lines yourself when the variables are unset", "remember the lines in %s: %s", mirrorFile, boot.Cause(err))
		}
		return nil
	})
	if err != nil || cause != nil || !ok {
		m.now.keep(m.was, f.name)
		if err == nil && cause != nil {
			err = couldNotPut(m.r, "write", f.name, cause)
		}
		return err
	}
	m.now.set(f.name, e.now)
	m.set.add(f.name, e.set)
	m.gone.add(f.name, e.gone)
	return nil
}

// told is which variables were changed in which files.
type told struct{ keys, files []string }

func (t *told) add(file string, keys []string) {
	if len(keys) == 0 {
		return
	}
	t.files = append(t.files, boot.Word(file))
	for _, key := range keys {
		if !slices.Contains(t.keys, key) {
			t.keys = append(t.keys, key)
		}
	}
}

func (t *told) in(word string) string {
	const most = 8
	files := strings.Join(t.files[:min(len(t.files), most)], ", ")
	if more := len(t.files) - most; more > 0 {
		files += fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(t.keys, ", ") + " " + word + " " + files
}

// profileDirs gives the directories that declare profiles, below the volume. What only looks like one the phase that
// reconciles them tells.
func profileDirs(w *boot.World) (all []string, err error) {
	p := w.Spec.Profiles
	if p == nil {
		return nil, nil
	}
	at, e, err := look(w, p.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer at.close()
	defer func() { _ = e.Close() }()
	strict := true // a root who sees less than the app looks again with the app's rights, and the app passes over what it may not see
	list := func() error {
		all = nil
		dir, err := e.Dir()
		if err != nil {
			return err
		}
		defer func() { _ = dir.Close() }()
		items, err := dir.List()
		if err != nil {
			return err
		}
		for _, it := range items {
			if it.Kind != fsx.Directory || strings.HasPrefix(it.Name, ".") || it.Name == p.Root || !p.Valid(it.Name) {
				continue
			}
			ok, err := marked(dir, it.Name, p.Marker)
			if err != nil && strict {
				return err
			}
			if ok {
				all = append(all, path.Join(p.Dir, it.Name))
			}
		}
		return nil
	}
	err = list()
	if errors.Is(err, fs.ErrPermission) {
		strict = false
		again := list
		if w.Actor != nil {
			again = func() error { return w.AsApp(list) }
		}
		err = again()
	}
	if errors.Is(err, fsx.ErrKind) {
		return nil, nil // a file: the phase that reconciles profiles tells
	}
	return all, err
}

// marked says whether a directory holds the marker of a profile. Nobody reads it, so a link is one, too. An error says that
// the caller may not look.
func marked(dir *fsx.Dir, name, marker string) (bool, error) {
	if marker == "" {
		return true, nil
	}
	e, err := dir.Look(name + "/" + marker)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return false, err
	case err != nil:
		return errors.Is(err, fsx.ErrMount) && !mountHere(dir, name), nil
	}
	defer func() { _ = e.Close() }()
	return e.Info().Kind == fsx.Regular || e.Info().Kind == fsx.Symlink, nil
}
