package s6rc

import (
	"slices"
	"strconv"
	"strings"

	"github.com/berth-init/berth/internal/fsx"
)

// Read reads an image by its root. What can't be read is a complaint. known says whether a name is one of the programs that berth
// brings, which need not be in the image; nil: none is.
func Read(root *fsx.Dir, s Settings, known func(name string) bool) *Image {
	r := &reader{
		tree: tree{root}, image: &Image{Settings: s}, known: known,
		defs: map[string]*definition{}, interpreters: map[string]error{},
	}
	r.builtins()
	r.places()
	p := r.image.Places
	r.services(p.Services)
	r.sources(p.Sources)
	r.userBundles(p.Bundles)
	for _, dir := range p.Packages {
		r.sources(dir)
	}
	r.image.ContInit = r.scripts(p.ContInit)
	r.image.ContFinish = r.scripts(p.ContFinish)
	r.fixAttrs(p.FixAttrs)

	r.resolve()
	slices.SortFunc(r.image.Ignored, func(a, b Ignored) int { return strings.Compare(a.Path, b.Path) })
	r.image.Complaints = r.complaints()
	return r.image
}

// resolve makes of the definitions what is started, and in which order.
func (r *reader) resolve() {
	all := r.link()
	r.reach()
	r.cycles(all)
	r.flatten(all)
	r.soften()
	r.settle(all)
}

// userBundles reads the directory of newer images: user and user2, and nothing else.
func (r *reader) userBundles(dir string) {
	f, err := r.tree.open(dir)
	if err != nil {
		r.missing(dir, err)
		return
	}
	defer f.close()
	for _, it := range r.list(f) {
		at := join(dir, it.Name)
		if it.Name != UserBundle && it.Name != User2Bundle {
			r.ignore(at, "only the bundles %s and %s are looked for here", UserBundle, User2Bundle)
			continue
		}
		sub, err := f.sub(it.Name)
		if err != nil {
			r.noDefinition(at, it, err)
			continue
		}
		d := r.defs[it.Name]
		if d.dir != "" {
			r.warn(d.dir, "move what is in "+d.dir+"/contents.d to "+at+"/contents.d",
				"the bundle %s is in %s as well; both count, and s6-overlay takes one", it.Name, at)
		}
		d.dir = at
		r.extend(sub, d)
		sub.close()
	}
}

func quantity(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return strconv.Itoa(n) + " " + what
}
