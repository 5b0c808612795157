package s6rc

import (
	"slices"
	"strings"

	"github.com/berth-init/berth/internal/fsx"
)

// A definition is what a directory of a source defines: an atom or a bundle.
type definition struct {
	Service
	bundle   bool
	dir      string // of a bundle too
	contents []ref  // of a bundle
	depends  []ref  // of an atom
	producer *ref
	consumer []ref
	hasUp    bool
	broken   string // why it can't be started

	edges []edge
	pipe  bool     // a bundle that a pipeline is named by
	mark  int      // where the search for circles met it
	place int      // how far behind others it is started
	atoms []string // of a bundle: its members; of an atom: itself
	flat  bool     // atoms is filled
}

// A ref is a name, and the place that has it.
type ref struct {
	name string
	path string
	line int
}

func (r *reader) builtins() {
	step := func(name string, depends ...string) {
		d := &definition{Service: Service{Name: name, Kind: Builtin}}
		d.refer(depends...)
		r.defs[name] = d
	}
	bundle := func(name string, contents ...string) {
		d := &definition{Service: Service{Name: name}, bundle: true}
		for _, c := range contents {
			d.contents = append(d.contents, ref{name: c})
		}
		r.defs[name] = d
	}
	step(FixAttrsStep)
	step(ContInitStep, FixAttrsStep)
	step(LegacyStep, BaseBundle)
	bundle(BaseBundle, FixAttrsStep, ContInitStep)
	bundle(UserBundle)
	bundle(User2Bundle)
	bundle(TopBundle, BaseBundle, UserBundle, LegacyStep, User2Bundle)
}

func (d *definition) refer(names ...string) {
	for _, n := range names {
		d.depends = append(d.depends, ref{name: n})
	}
}

// builtin says whether s6-overlay defines a name itself: what a source says of it is added.
func builtin(name string) bool {
	switch name {
	case FixAttrsStep, ContInitStep, LegacyStep, BaseBundle, UserBundle, User2Bundle, TopBundle:
		return true
	}
	return false
}

// sources reads a directory of definitions.
func (r *reader) sources(dir string) {
	f, err := r.tree.open(dir)
	if err != nil {
		r.missing(dir, err)
		return
	}
	defer f.close()
	for _, it := range r.list(f) {
		if strings.HasPrefix(it.Name, ".") {
			r.ignore(join(dir, it.Name), "its name starts with a dot")
			continue
		}
		sub, err := f.sub(it.Name)
		if err != nil {
			r.noDefinition(join(dir, it.Name), it, err)
			continue
		}
		r.define(sub, it.Name)
		sub.close()
	}
}

// missing complains of a directory that can't be opened, unless it just isn't there.
func (r *reader) missing(dir string, err error) {
	if absent(err) {
		return
	}
	why, hint := noFolder(dir, err)
	r.warn(dir, hint, "%s", why)
}

func (r *reader) noDefinition(path string, it fsx.Item, err error) {
	if it.Kind == fsx.Regular {
		r.ignore(path, "a definition is a directory, and this is a file")
		return
	}
	why, hint := noFolder(path, err)
	r.warn(path, hint, "%s; left out", why)
}

// define reads one definition.
func (r *reader) define(f folder, name string) {
	if had := r.defs[name]; had != nil {
		if !builtin(name) {
			r.warn(f.path, "remove one of the two, or give it another name", "%s is defined in %s already; left out", name, had.dir)
			return
		}
		r.extend(f, had)
		return
	}
	d := &definition{Service: Service{Name: name, Dir: f.path}, dir: f.path}
	r.defs[name] = d
	if odd := oddName(name); odd != "" {
		r.spoil(d, f.path, "rename the directory", "%s", odd)
	}
	if strings.HasPrefix(name, reserved) {
		r.spoil(d, f.path, "rename the directory", "names that start with %s are s6-rc's own", reserved)
	}
	items := r.list(f)
	r.kind(f, d, items)
	if d.Kind == Longrun {
		d.Run = newRunDir()
	}
	var others []string
	for _, it := range items {
		if strings.HasPrefix(it.Name, ".") {
			r.ignore(join(f.path, it.Name), "its name starts with a dot")
		} else if !r.defineFile(f, it, d) {
			others = append(others, it.Name)
		}
	}
	for _, name := range others {
		// Many images keep the script that `up` runs beside it.
		if at := join(f.path, name); !slices.Contains(d.UpArgv, at) && !slices.Contains(d.DownArgv, at) {
			r.unknownFile(f, name, d)
		}
	}
	r.complete(f, d)
}

func has(items []fsx.Item, name string) bool {
	return slices.ContainsFunc(items, func(i fsx.Item) bool { return i.Name == name })
}

// kind reads the file type.
func (r *reader) kind(f folder, d *definition, items []fsx.Item) {
	if !has(items, "type") {
		hint := "write longrun, oneshot or bundle into it"
		switch {
		case has(items, "run"):
			hint = "echo longrun > " + join(f.path, "type")
		case has(items, "up"):
			hint = "echo oneshot > " + join(f.path, "type")
		case has(items, "contents.d"), has(items, "contents"):
			hint = "echo bundle > " + join(f.path, "type")
		}
		r.spoil(d, f.path, hint, "it has no file type")
		return
	}
	text, ok := r.text(f, "type", maxText)
	if !ok {
		r.spoil(d, join(f.path, "type"), "write longrun, oneshot or bundle into it", "the type of %s can't be read", d.Name)
		return
	}
	switch text = word(text); text {
	case "bundle":
		d.bundle = true
	case string(Longrun), string(Oneshot):
		d.Kind = Kind(text)
	default:
		hint := Meant(text, []string{"longrun", "oneshot", "bundle"})
		if hint == "" {
			hint = "write longrun, oneshot or bundle"
		}
		r.spoil(d, join(f.path, "type"), hint, "%s is no type", quote(text))
	}
}

// complete complains of what a definition must have.
func (r *reader) complete(f folder, d *definition) {
	switch {
	case d.Kind == Longrun && d.Run.Run.Path == "":
		r.spoil(d, f.path, "add an executable file run, or make it a oneshot", "a longrun needs a file run, and there is none")
	case d.Kind == Oneshot && !d.hasUp:
		r.spoil(d, f.path, "add a file up with a command line; an empty one does nothing and succeeds", "a oneshot needs a file up, and there is none")
	}
}
