package s6rc

import (
	"strings"

	"github.com/berth-init/berth/internal/fsx"
)

// defineFile reads one file of a definition; false if it has no effect, and nothing was said of it.
func (r *reader) defineFile(f folder, it fsx.Item, d *definition) bool {
	name := it.Name
	switch name {
	case "type":
		return true
	case "flag-essential":
		d.Essential = !d.bundle
		return !d.bundle
	case "flag-recommended":
		r.ignore(join(f.path, name), "it marks what a default bundle takes in, and s6-overlay has none")
		return true
	}
	if d.bundle {
		return r.bundleFile(f, name, d)
	}
	switch name {
	case "dependencies.d", "dependencies":
		r.names(f, "dependencies", name, &d.depends)
		return true
	case "timeout-up":
		r.time(f, name, &d.TimeoutUp)
		return true
	case "timeout-down":
		r.time(f, name, &d.TimeoutDown)
		return true
	}
	switch d.Kind {
	case Longrun:
		return r.longrunFile(f, it, d)
	case Oneshot:
		return r.oneshotFile(f, name, d)
	case Builtin:
	}
	return true // it has no type, and that is said
}

func (r *reader) bundleFile(f folder, name string, d *definition) bool {
	switch name {
	case "contents.d", "contents":
		r.names(f, "contents", name, &d.contents)
		return true
	case "dependencies.d", "dependencies":
		r.warn(join(f.path, name), "give them to what is in the bundle", "a bundle can't depend on anything; left out")
		r.ignore(join(f.path, name), "a bundle can't depend on anything")
		return true
	}
	return false
}

func (r *reader) longrunFile(f folder, it fsx.Item, d *definition) bool {
	at := join(f.path, it.Name)
	switch it.Name {
	case "producer-for":
		r.producer(f, it.Name, d)
		return true
	case "consumer-for":
		d.consumer = r.listed(f, it.Name)
		return true
	case "pipeline-name":
		if text, ok := r.text(f, it.Name, maxText); ok {
			d.Pipeline = word(text)
		}
		return true
	case "down":
		r.ignore(at, "s6-rc doesn't look at it: take the name out of the bundle instead")
		return true
	case "log":
		r.ignore(at, "s6-rc has loggers by producer-for and consumer-for only")
		return true
	}
	return r.runFile(f, it, d.Run)
}

func (r *reader) oneshotFile(f folder, name string, d *definition) bool {
	switch name {
	case "up":
		d.Up, d.UpArgv = r.command(f, name, d)
		d.hasUp = true
	case "down":
		d.Down, d.DownArgv = r.command(f, name, nil)
	default:
		return false
	}
	return true
}

func (r *reader) producer(f folder, name string, d *definition) {
	all := r.listed(f, name)
	if len(all) > 1 {
		r.warn(join(f.path, name), "keep one", "it names %d services, and a service can write to one; the first one counts", len(all))
	}
	if len(all) > 0 {
		d.producer = &all[0]
	}
}

// names reads a list of names: a directory with a file for each, or the older file with a line for each.
func (r *reader) names(f folder, what, name string, to *[]ref) {
	if name != what { // what.d
		sub, err := f.sub(name)
		if err != nil {
			why, hint := noFolder(join(f.path, name), err)
			r.warn(join(f.path, name), hint, "%s", why)
			return
		}
		defer sub.close()
		for _, it := range r.list(sub) {
			if strings.HasPrefix(it.Name, ".") {
				r.ignore(join(sub.path, it.Name), "its name starts with a dot")
				continue
			}
			*to = append(*to, ref{name: it.Name, path: join(sub.path, it.Name)})
		}
		return
	}
	if in, err := f.look(what + ".d"); err == nil && in.Kind == fsx.Directory {
		r.ignore(join(f.path, name), "there is a directory %s.d, which counts", what)
		return
	}
	*to = append(*to, r.listed(f, name)...)
}

// listed reads a file with a name in each line.
func (r *reader) listed(f folder, name string) []ref {
	text, _ := r.text(f, name, maxText)
	var out []ref
	for _, l := range lines(text) {
		at := ref{name: l.text, path: join(f.path, name), line: l.no}
		if odd := oddName(l.text); odd != "" {
			r.say(note{Complaint: Complaint{Path: at.path, Line: at.line, Text: quote(l.text) + ": " + odd + "; left out", Hint: "write the name of the service alone, one in a line"}})
			continue
		}
		out = append(out, at)
	}
	return out
}

// unknownFile tells of a file of a definition without effect.
func (r *reader) unknownFile(f folder, name string, d *definition) {
	at := join(f.path, name)
	other := func(kind, what string) {
		r.ignore(at, "only %s has it, and this is %s", article(kind)+what, article(d.word()))
	}
	switch name {
	case "run", "finish", "notification-fd", "producer-for", "consumer-for", "pipeline-name", "data", "env", "timeout-kill", "timeout-finish":
		other("longrun", "")
	case "up":
		other("oneshot", "")
	case "contents", "contents.d":
		other("bundle", "")
	default:
		known := append(runFiles(), "type", "dependencies", "dependencies.d", "contents", "contents.d", "up", "timeout-up", "timeout-down",
			"producer-for", "consumer-for", "pipeline-name", "flag-essential", "flag-recommended")
		why := strange(name, known)
		if strings.Contains(why, "did you mean") {
			r.warn(at, why[strings.Index(why, "did you mean"):], "no file of s6's has this name; without effect")
		}
		r.ignore(at, "%s", why)
	}
}

func (d *definition) word() string {
	if d.bundle {
		return "bundle"
	}
	return string(d.Kind)
}

// extend adds what a source says of a name that s6-overlay defines itself: images put services of their own into base.
func (r *reader) extend(f folder, d *definition) {
	for _, it := range r.list(f) {
		at := join(f.path, it.Name)
		switch {
		case d.bundle && (it.Name == "contents.d" || it.Name == "contents"):
			if d.dir == "" {
				d.dir = f.path
			}
			r.names(f, "contents", it.Name, &d.contents)
		case !d.bundle && (it.Name == "dependencies.d" || it.Name == "dependencies"):
			r.names(f, "dependencies", it.Name, &d.depends)
		case it.Name == "type":
			if text, ok := r.text(f, it.Name, maxText); ok && d.bundle && word(text) != "bundle" {
				r.warn(at, "echo bundle > "+at, "%s is a bundle, whatever this says (%s)", d.Name, quote(word(text)))
			}
		case strings.HasPrefix(it.Name, "."):
			r.ignore(at, "its name starts with a dot")
		default:
			r.ignore(at, "what %s does is berth's own", d.Name)
		}
	}
}
