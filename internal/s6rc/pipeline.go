package s6rc

import "slices"

// pipelines checks that producers and consumers name each other, makes each producer require its consumer, and makes the bundles
// that pipelines are named by.
func (r *reader) pipelines(all []*definition, known []string) {
	for _, d := range all {
		if d.producer != nil {
			r.produces(d, known)
		}
		for _, c := range d.consumer {
			r.consumes(d, c, known)
		}
	}
	for _, d := range all {
		if d.Pipeline != "" {
			r.pipeline(d)
		}
	}
}

func (r *reader) produces(d *definition, known []string) {
	to := *d.producer
	reader := r.defs[to.name]
	say := func(hint, text string) {
		r.say(note{Complaint{Path: to.path, Line: to.line, Text: text, Hint: hint}, d, true})
	}
	switch {
	case reader == nil:
		say(or(Meant(to.name, known), "define it, or remove the file"), d.Name+" writes to "+quote(to.name)+", which nothing defines")
	case reader.Kind != Longrun:
		say("name a longrun", d.Name+" writes to "+to.name+", which is "+article(reader.word())+" and reads nothing")
	case !slices.ContainsFunc(reader.consumer, func(c ref) bool { return c.name == d.Name }):
		say("echo "+d.Name+" >> "+join(reader.dir, "consumer-for"), d.Name+" writes to "+to.name+", which doesn't say that it reads from "+d.Name)
	default:
		d.ProducerFor = to.name
		d.edges = append(d.edges, edge{reader, to})
	}
}

func (r *reader) consumes(d *definition, from ref, known []string) {
	writer := r.defs[from.name]
	say := func(hint, text string) {
		r.say(note{Complaint{Path: from.path, Line: from.line, Text: text, Hint: hint}, d, true})
	}
	switch {
	case writer == nil:
		say(or(Meant(from.name, known), "define it, or remove the line"), d.Name+" reads from "+quote(from.name)+", which nothing defines")
	case writer.Kind != Longrun:
		say("name a longrun", d.Name+" reads from "+from.name+", which is "+article(writer.word())+" and writes nothing")
	case writer.producer == nil || writer.producer.name != d.Name:
		say("echo "+d.Name+" > "+join(writer.dir, "producer-for"), d.Name+" reads from "+from.name+", which doesn't say that it writes to "+d.Name)
	case !slices.Contains(d.ConsumerFor, from.name):
		d.ConsumerFor = append(d.ConsumerFor, from.name)
	}
}

// pipeline makes the bundle of everything that writes to a service, directly or not, and of itself.
func (r *reader) pipeline(d *definition) {
	at := join(d.dir, "pipeline-name")
	if d.producer != nil {
		r.warn(at, "give the name to "+d.producer.name, "%s is not the end of a pipeline, and only the end names it; left out", d.Name)
		d.Pipeline = ""
		return
	}
	if odd := oddName(d.Pipeline); odd != "" {
		r.spoil(d, at, "write the name of a bundle, one word", "%s: %s", quote(d.Pipeline), odd)
		return
	}
	if had := r.defs[d.Pipeline]; had != nil {
		r.spoil(d, at, "choose another name", "the pipeline is named %s, and something else is, too", d.Pipeline)
		return
	}
	b := &definition{Service: Service{Name: d.Pipeline}, bundle: true, dir: d.dir, pipe: true}
	seen := map[string]bool{}
	for pending := []*definition{d}; len(pending) > 0; {
		p := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		if p == nil || seen[p.Name] {
			continue
		}
		seen[p.Name] = true
		b.contents = append(b.contents, ref{name: p.Name, path: at})
		b.edges = append(b.edges, edge{p, ref{name: p.Name, path: at}})
		for _, w := range p.ConsumerFor {
			pending = append(pending, r.defs[w])
		}
	}
	r.defs[d.Pipeline] = b
}
