package spec

import (
	"fmt"
	"reflect"
	"strings"
)

// spec fills the whole Spec, key by key.
func (d *decoder) spec(s *Spec) {
	d.structure(d.root, reflect.ValueOf(s).Elem(), field{})
	if n := d.root.get("version"); n != nil && s.Version != 1 && n.tag == "!!int" && n.text != "1" {
		d.complain(n.complain("write version: 1, or take a newer berth", "version %s of this language is not known to this berth", shorten(n.text)))
	}
}

// check holds the keys against each other. It asks the tree what was written, so that it has places to point at; what
// the decoder complained about already is skipped or compared as it was written.
func (d *decoder) check(s *Spec) {
	d.checkSeeds()
	d.checkTwice("generate", "path", "key")
	d.checkTwice("keep", "path")
	d.checkTwice("hooks", "at", "name")
	d.checkInstall()
	d.checkMigrate()
	d.checkHooks()
	d.checkEnv()
	d.checkProfiles(s)
	d.checkServices(s)
	d.checkSlots(s)
	d.checkOrder()
	d.checkRedirects(s)
	d.checkControl(s)
}

// elements gives the items of a list, for nil too.
func (n *node) elements() []*node {
	if n == nil || n.kind != list {
		return nil
	}
	return n.items
}

// names says that a string stands there: of what is none the decoder has complained.
func (n *node) names() bool {
	return n.kind == scalar && n.text != "" && (n.tag == "!!str" || n.quoted || n.block)
}

// word gives the text of a scalar below a key, or nothing.
func (n *node) word(key string) string {
	if v := n.get(key); v != nil && v.kind == scalar {
		return v.text
	}
	return ""
}

// yes says whether a key says true.
func (n *node) yes(key string) bool {
	v := n.get(key)
	return v != nil && v.tag == "!!bool" && strings.EqualFold(v.text, "true")
}

func (d *decoder) checkSeeds() {
	first := map[string]*node{}
	for i, seed := range d.root.get("seed").elements() {
		if n := seed.get("secret"); n != nil && seed.yes("secret") && seed.get("from-env") == nil {
			d.complain(n.complain("give it by from-env, or take secret out", "seed[%d]: only what comes from a variable can be secret", i))
		}
		n := seed.get("path")
		if n == nil || n.kind != scalar {
			continue
		}
		if before := first[n.text]; before != nil {
			d.complain(n.complain(before.elsewhere(n), "seed[%d]: %s is seeded twice", i, quote(n.text)))
			continue
		}
		first[n.text] = n
	}
	dirs := map[string]*node{}
	for _, n := range d.root.get("volume").get("dirs").elements() {
		dirs[n.text] = n
	}
	for i, seed := range d.root.get("seed").elements() {
		n := seed.get("path")
		if n == nil || n.kind != scalar {
			continue
		}
		if dir := dirs[n.text]; dir != nil && n.text != "" {
			d.complain(n.complain(dir.elsewhere(n), "seed[%d]: %s is a directory by volume.dirs", i, quote(n.text)))
		}
		for end := strings.LastIndexByte(n.text, '/'); end > 0; end = strings.LastIndexByte(n.text[:end], '/') {
			if file := first[n.text[:end]]; file != nil {
				d.complain(n.complain(file.elsewhere(n), "seed[%d]: %s lies below a seeded file", i, quote(n.text)))
				break
			}
		}
	}
}

// elsewhere says where n stands, in a hint to somebody who looks at another place.
func (n *node) elsewhere(from *node) string {
	if n.in != from.in {
		return fmt.Sprintf("see %s:%d; keep one of them", n.in.name, n.line)
	}
	return fmt.Sprintf("see line %d; keep one of them", n.line)
}

// checkTwice complains about items of a list that say the same under all of the keys.
func (d *decoder) checkTwice(section string, keys ...string) {
	seen := map[string]*node{}
	for i, item := range d.root.get(section).elements() {
		var words []string
		for _, k := range keys {
			if w := item.word(k); w != "" {
				words = append(words, w)
			}
		}
		if len(words) != len(keys) {
			continue
		}
		id, n := strings.Join(words, "\x00"), item.get(keys[0])
		if before := seen[id]; before != nil {
			d.complain(n.complain(before.elsewhere(n), "%s[%d]: %s stands here for the second time", section, i, quote(strings.Join(words, " "))))
			continue
		}
		seen[id] = n
	}
}

// checkInstall asks for install.path where a relative name is to lie below it.
func (d *decoder) checkInstall() {
	install := d.root.get("install")
	if install.get("path") != nil {
		return
	}
	for _, key := range []string{"own", "method"} {
		if n := install.get(key); n != nil {
			d.complain(n.complain("say where the app's tree is: install: {path: /opt/app}", "install.%s needs install.path", key))
		}
	}
	for _, section := range []string{"seed", "keep"} {
		for i, item := range d.root.get(section).elements() {
			from := item.get("from")
			if from != nil && from.kind == scalar && from.text != "" && from.text[0] != '/' {
				d.complain(from.complain("name it absolutely, or say install: {path: /opt/app}", "%s[%d]: the relative name %s needs install.path", section, i, quote(from.text)))
			}
		}
	}
}

// checkMigrate asks for the version that an app's own migrator leads to: berth runs it below that one and nowhere else.
func (d *decoder) checkMigrate() {
	m := d.root.get("migrate")
	run, latest := m.get("run"), m.get("latest")
	switch {
	case run != nil && latest == nil && m.get("steps") == nil && !d.partial:
		d.complain(run.complain("say latest: N, the version that it leads to", "migrate.run needs migrate.latest"))
	case latest != nil && m.get("steps") != nil:
		d.complain(latest.complain("say it in the file of steps", "migrate.latest stands beside migrate.steps, which say their own"))
	}
}

func (d *decoder) checkEnv() {
	env := d.root.get("env")
	set, find := env.get("set"), env.get("find")
	for _, n := range env.get("unset").elements() {
		for _, there := range []struct {
			name string
			in   *node
		}{{"env.set", set}, {"env.find", find}} {
			if i := there.in.index(n.text); i >= 0 && n.kind == scalar {
				d.complain(n.complain(there.in.keys[i].elsewhere(n), "env.unset: %s stands in %s too", quote(n.text), there.name))
			}
		}
	}
	if find == nil || find.kind != mapping {
		return
	}
	for _, k := range find.keys {
		if i := set.index(k.text); i >= 0 {
			d.complain(k.complain(set.keys[i].elsewhere(k), "env.find: %s stands in env.set too", quote(k.text)))
		}
	}
}
