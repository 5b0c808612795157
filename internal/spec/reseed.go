package spec

// Reseed is an entry of a JSON file that is replaced from a variable when it is over or older: a session that whoever starts the
// container hands out.
type Reseed struct {
	Path     string            `yaml:"path" doc:"the JSON file, relative to the volume" required:"true" is:"inside"`
	Entry    string            `yaml:"entry" doc:"the keys that lead to the entry, as a.b; where the file has none, none is put there, and nothing else of the file changes" required:"true" is:"dotted"`
	Name     string            `yaml:"name" doc:"what the entry is, in messages" is:"word" default:"session"`
	FromEnv  string            `yaml:"from-env" doc:"the variable that holds the new entry, or a whole file with it; a secret, which is gone from the children's environment" required:"true" is:"variable"`
	Require  map[string]string `yaml:"require" doc:"keys of the new entry and the exact text that each must hold" keys:"word"`
	Tokens   []string          `yaml:"tokens" doc:"keys of the new entry that must hold a text" is:"word"`
	Terminal string            `yaml:"terminal" doc:"the keys that lead, in an entry, to what says that only a new login helps, as a.b; an entry that says so and holds none of the tokens is replaced, a new one that says so is refused" is:"dotted"`
	Newer    string            `yaml:"newer" doc:"the key of an entry's time (RFC 3339; without a zone it is UTC): a strictly newer entry replaces the older one" is:"word"`
	Mode     Mode              `yaml:"mode" doc:"the file's mode when it is written, quoted octal" default:"0600"`
}

// Mirror is a file of NAME=value lines in which variables of the container's environment are kept as they are there.
type Mirror struct {
	Path     string   `yaml:"path" doc:"a file of NAME=value lines, relative to the volume; made where it is missing and a variable is set" required:"true" is:"inside"`
	Profiles bool     `yaml:"profiles" doc:"the file of that name in each profile's directory, too" default:"false"`
	Keys     []string `yaml:"keys" doc:"the variables: a line that says something else is replaced; one that berth has put there goes when the variable is unset or empty, the user's own stays" required:"true" is:"variable"`
	Mode     Mode     `yaml:"mode" doc:"its mode where it is made, quoted octal" default:"0600"`
}

// checkMirrors wants profiles where a file of theirs is meant, and no secret of a boot in a file that it didn't name.
func (d *decoder) checkMirrors() {
	secret := map[string]*node{}
	for _, seed := range d.root.get("seed").elements() {
		if seed.yes("secret") && seed.word("from-env") != "" {
			secret[seed.word("from-env")] = seed.get("from-env")
		}
	}
	for _, reseed := range d.root.get("reseed").elements() {
		if reseed.word("from-env") != "" {
			secret[reseed.word("from-env")] = reseed.get("from-env")
		}
	}
	for i, mirror := range d.root.get("mirror").elements() {
		if n := mirror.get("profiles"); n != nil && mirror.yes("profiles") && d.root.get("profiles") == nil && !d.partial {
			d.complain(n.complain("say what a profile is, or take it out", "mirror[%d].profiles needs profiles", i))
		}
		for _, n := range mirror.get("keys").elements() {
			if there := secret[n.text]; there != nil && n.names() {
				d.complain(n.complain(there.elsewhere(n), "mirror[%d]: %s is a secret that a boot uses up", i, quote(n.text)))
			}
		}
	}
}
