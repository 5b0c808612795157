package spec

// Spec is what an image says it needs: berth.yaml. An absent key leaves the zero value, unless its default tag says
// what holds then: [Read] fills that in, so the rooms that act on a spec know no defaults.
//
// The tags are the language: yaml is the key, doc its line in the reference page and the JSON Schema, default what
// holds when it is absent, required and enum what they say, min and max bounds of a number or a time, is and keys the
// rule (see rule) that its strings and its keys obey, one-of and any-of the keys of which exactly or at least one is there.
type Spec struct {
	Version  int                `yaml:"version" doc:"1, the version of this language" required:"true"`
	Extends  string             `yaml:"extends" doc:"another spec file that this one changes; maps merge, lists replace" is:"file"`
	App      string             `yaml:"app" doc:"the app's name, used in messages" is:"word"`
	User     User               `yaml:"user" doc:"who the app runs as"`
	Volume   Volume             `yaml:"volume" doc:"the data volume"`
	Install  Install            `yaml:"install" doc:"the app's own tree in the image"`
	Seed     []Seed             `yaml:"seed" doc:"files laid down on the volume once, if absent" one-of:"from,from-env,content"`
	Keep     []Keep             `yaml:"keep" doc:"bundled trees laid on the volume whose later versions never overwrite the user's edits"`
	Generate []Generate         `yaml:"generate" doc:"random values written once into a file of NAME=value lines"`
	Mirror   []Mirror           `yaml:"mirror" doc:"variables of the container's environment that are kept in files of NAME=value lines"`
	Migrate  *Migrate           `yaml:"migrate" doc:"numbered one-way edits of a config file" one-of:"steps,run"`
	Reseed   []Reseed           `yaml:"reseed" doc:"entries of JSON files that are replaced from a variable when they are over or older" any-of:"terminal,newer"`
	Env      Env                `yaml:"env" doc:"what the children's environment has beside the container's"`
	Main     Main               `yaml:"main" doc:"the program whose end ends the container"`
	Profiles *Profiles          `yaml:"profiles" doc:"instances that directories on the volume declare"`
	Services map[string]Service `yaml:"services" doc:"programs that run beside main: services, which are kept running, and tasks, which run to their end" keys:"service"`
	Control  Control            `yaml:"control" doc:"who else may use the control socket; root and the app's user may do everything"`
	Hooks    []Hook             `yaml:"hooks" doc:"programs run at named points of the boot"`

	// Dir is the directory of the file that the spec was read from; empty for the embedded default.
	Dir string `yaml:"-"`
}

// User says who the app runs as, and which variables may move it to other numbers.
type User struct {
	Name         string     `yaml:"name" doc:"the app's user in /etc/passwd; made there where it is absent and /etc can be written" is:"user" default:"app"`
	UID          ID         `yaml:"uid" doc:"its uid where no variable says otherwise" default:"1000"`
	GID          ID         `yaml:"gid" doc:"its gid where no variable says otherwise" default:"1000"`
	UIDEnv       []string   `yaml:"uid-env" doc:"variables that give the uid; the first non-empty one wins, a bad value warns and the default stays" is:"variable"`
	GIDEnv       []string   `yaml:"gid-env" doc:"variables that give the gid" is:"variable"`
	UmaskEnv     string     `yaml:"umask-env" doc:"the variable that gives the umask, in octal" is:"variable"`
	JoinGroupsOf []string   `yaml:"join-groups-of" doc:"sockets and devices (patterns) whose groups the app joins, never gid 0" is:"glob"`
	AsStarted    bool       `yaml:"-"` // whoever the container was started as, root too: what another init's image is made for; no spec says it
	OtherUsers   OtherUsers `yaml:"other-users" doc:"a container started with another uid (docker run --user): refuse it, or adopt it if it can write the volume; BERTH_OTHER_USERS overrides" enum:"refuse,adopt" default:"refuse"`
}

// ID is a uid or gid: 1 to 4294967294, without 65535.
type ID uint32

// OtherUsers says what becomes of a container that was started with a uid that is neither root's nor the app's.
type OtherUsers string

// What other-users may say.
const (
	Refuse OtherUsers = "refuse"
	Adopt  OtherUsers = "adopt"
)

// Volume describes the data volume.
type Volume struct {
	Path   Text            `yaml:"path" doc:"where the volume is mounted; made with its parents, handed to the user" is:"root"`
	Dirs   []string        `yaml:"dirs" doc:"directories made on the volume as the app's user" is:"inside"`
	Own    Own             `yaml:"own" doc:"what belongs to the app's user; nothing else on the volume is re-owned"`
	Modes  map[string]Mode `yaml:"modes" doc:"files whose mode is restored at each boot, quoted octal" keys:"inside"`
	Remove []Remove        `yaml:"remove" doc:"stale files that a boot removes"`
	// Optional makes a volume of the embedded default: used where it is mounted or there, else there is none.
	Optional []string `yaml:"-"`
}

// Own lists what belongs to the app's user on the volume.
type Own struct {
	Trees []string `yaml:"trees" doc:"directories owned with everything below them, never across a mount point or a link" is:"inside"`
	Files []string `yaml:"files" doc:"single files" is:"inside"`

	Heal     Heal      `yaml:"heal" doc:"when all of it is looked at: before the start, or behind the services if the last look came to its end for the same user; then the files, the directories themselves and what lies right in a profile's come first. auto is behind where that look was of more than 10000 entries" enum:"auto,before,behind" default:"auto"`
	Rate     int       `yaml:"rate" doc:"how many entries are looked at in a second behind the services" min:"100" max:"10000000" default:"20000"`
	Schedule *Schedule `yaml:"schedule" doc:"when all of it is looked at again, behind the services, while the container runs" one-of:"every,cron"`
}

// Heal says when the owners of everything listed are looked at.
type Heal string

// When the owners are looked at.
const (
	HealAuto   Heal = "auto"
	HealBefore Heal = "before"
	HealBehind Heal = "behind"
)

// DefaultHealRate is the rate that holds where a spec was not read from a file.
const DefaultHealRate = 20000

// Remove is a stale file that goes when its content, blanks trimmed, is exactly the given one.
type Remove struct {
	Path        string  `yaml:"path" doc:"the file, relative to the volume" required:"true" is:"inside"`
	WhenContent *string `yaml:"when-content" doc:"remove it only if this, blanks trimmed, is all it holds" required:"true" is:"content"`
}

// Install describes the app's own tree in the image.
type Install struct {
	Path      string   `yaml:"path" doc:"the tree's directory" is:"absolute"`
	Method    string   `yaml:"method" doc:"how the app was installed; berth stamp writes it at build time beside the code" is:"word"`
	Own       []string `yaml:"own" doc:"directories below it that follow a moved uid, each probed by itself" is:"inside"`
	Immutable bool     `yaml:"immutable" doc:"leave these root's" default:"false"`
}

// Seed is a file laid down once, if absent; exactly one of From, FromEnv and Content says what it holds.
type Seed struct {
	Path    string  `yaml:"path" doc:"the file, relative to the volume" required:"true" is:"inside"`
	From    string  `yaml:"from" doc:"copied from this file; relative names lie below install.path" is:"file"`
	FromEnv string  `yaml:"from-env" doc:"copied byte for byte from this variable; nothing if it is empty" is:"variable"`
	Content *string `yaml:"content" doc:"this text" is:"content"`
	Mode    Mode    `yaml:"mode" doc:"its mode from birth, quoted octal" default:"0644"`
	Secret  bool    `yaml:"secret" doc:"the variable is gone from the children's environment, and the content is never shown" default:"false"`
	When    *When   `yaml:"when" doc:"only if this holds"`
}

// When is a condition on a variable of the container's environment.
type When struct {
	Env string  `yaml:"env" doc:"the variable" required:"true" is:"variable"`
	Is  *string `yaml:"is" doc:"its exact value; absent: any truthy one (1, true, yes, on)"`
}

// KeepManifest is where a kept tree's manifest lies, unless the spec says otherwise.
const KeepManifest = ".bundled_manifest"

// Keep is a bundled tree laid on the volume.
type Keep struct {
	Path      string   `yaml:"path" doc:"the tree on the volume" required:"true" is:"inside"`
	From      string   `yaml:"from" doc:"the bundled tree; relative names lie below install.path" required:"true" is:"file"`
	FromEnv   string   `yaml:"from-env" doc:"the variable that names another bundled tree" is:"variable"`
	OptOut    string   `yaml:"opt-out" doc:"a marker in the tree: only the essential entries are laid" is:"inside"`
	Essential []string `yaml:"essential" doc:"entries laid even then" is:"inside"`
	Suppress  string   `yaml:"suppress" doc:"a file in the tree that names entries to leave out, one a line" is:"inside"`
	Marker    string   `yaml:"marker" doc:"the file that makes a directory at any depth an entry; without one an entry is whatever stands at the tree's top" is:"base"`
	Beside    []string `yaml:"beside" doc:"base names of files beside the entries that are laid where they are absent" is:"base"`
	Ignore    []string `yaml:"ignore" doc:"base names of what programs leave in an entry: never laid, and no edit" is:"base"`
	Manifest  string   `yaml:"manifest" doc:"the file in the tree that records which versions were laid" is:"inside" default:".bundled_manifest"`
}

// Generate is a random value written once as NAME=hex.
type Generate struct {
	Path  string `yaml:"path" doc:"a file of NAME=value lines, relative to the volume" required:"true" is:"inside"`
	Key   string `yaml:"key" doc:"the variable; a value in the file or in the container's environment stays" required:"true" is:"variable"`
	Bytes int    `yaml:"bytes" doc:"random bytes, 16 to 1024, written as twice as many hex digits" min:"16" max:"1024" default:"32"`
}

// Migrate says how a config file is brought to the latest version.
type Migrate struct {
	File       string   `yaml:"file" doc:"the config file" required:"true" is:"inside"`
	VersionKey string   `yaml:"version-key" doc:"the key that holds its version; no key is version 0" required:"true" is:"word"`
	Backup     []string `yaml:"backup" doc:"files backed up before an edit" is:"inside"`
	BackupDir  string   `yaml:"backup-dir" doc:"where the backups lie" is:"inside" default:"backups/config"`
	BackupKeep int      `yaml:"backup-keep" doc:"how many backups of a file are kept, the newest" min:"1" max:"100" default:"10"`
	SkipEnv    string   `yaml:"skip-env" doc:"a truthy variable skips the migration" is:"variable"`
	Steps      string   `yaml:"steps" doc:"the file of steps; a relative name lies beside the spec file that says it" is:"beside"`
	Run        []Text   `yaml:"run" doc:"the app's own migrator" is:"command"`
	Latest     int      `yaml:"latest" doc:"the version that run leads to; steps say their own" min:"1" max:"1000000"`
	RunTimeout Duration `yaml:"run-timeout" doc:"how long run may take" default:"60s"`
}

// Env says what the children's environment has beside the container's own.
type Env struct {
	Set      map[string]Text `yaml:"set" doc:"variables set for every child" keys:"variable"`
	FromFile []string        `yaml:"from-file" doc:"variables that NAME_FILE may give by a file, beside those that seed, reseed, mirror and generate name; FILE__NAME gives any" is:"variable"`
	Unset    []string        `yaml:"unset" doc:"variables taken from every child" is:"variable"`
	Path     []Text          `yaml:"path" doc:"directories put before PATH" is:"text"`
	Find     map[string]Find `yaml:"find" doc:"variables set to the path of a program that is looked for, unless set already" keys:"variable"`
}

// Find looks for a program by its base name.
type Find struct {
	Under Text     `yaml:"under" doc:"the directory searched" required:"true" is:"text"`
	Names []string `yaml:"names" doc:"base names of regular executable files; the first hit wins, in sorted order of the tree" required:"true" is:"base"`
}

// Main is the program whose end ends the container.
type Main struct {
	Command  []Text     `yaml:"command" doc:"what runs without arguments, and what unknown words go to" is:"command"`
	Program  string     `yaml:"program" doc:"the file that really answers to the command's name; the name on PATH may be berth itself" is:"absolute"`
	RootEnv  string     `yaml:"root-env" doc:"a truthy variable of a caller who is root (docker exec) keeps it root under the app's name" is:"variable"`
	Native   []string   `yaml:"native" doc:"verbs that berth answers itself" is:"word"`
	Verbs    []string   `yaml:"verbs" doc:"words that go to the command before PATH is asked" is:"word"`
	Redirect []Redirect `yaml:"redirect" doc:"arguments that become a supervised service"`
}

// Redirect turns arguments of the container into a service.
type Redirect struct {
	Args   []string `yaml:"args" doc:"the first words of the container's command" required:"true" is:"word"`
	To     string   `yaml:"to" doc:"the slot that runs instead" required:"true" is:"slot"`
	Unless *Unless  `yaml:"unless" doc:"what keeps the command in the foreground" any-of:"flag,env"`
}

// Unless is an opt-out by flag or by truthy variable.
type Unless struct {
	Flag string `yaml:"flag" doc:"a flag among the arguments" is:"flag"`
	Env  string `yaml:"env" doc:"a truthy variable" is:"variable"`
}

// Profiles says how directories on the volume declare instances.
type Profiles struct {
	Root   string   `yaml:"root" doc:"the name of the profile that the volume's own top is" is:"slot" default:"default"`
	Dir    string   `yaml:"dir" doc:"the directory of the others" required:"true" is:"inside"`
	Marker string   `yaml:"marker" doc:"the file that makes a directory a profile" is:"inside"`
	Name   string   `yaml:"name" doc:"the pattern of a name (RE2, anchored)" is:"pattern" default:"[a-z0-9][a-z0-9_-]{0,63}"`
	State  string   `yaml:"state" doc:"the file that keeps the desired state" is:"inside"`
	Stale  []string `yaml:"stale" doc:"runtime files removed at boot" is:"inside"`
	Shared *Shared  `yaml:"shared" doc:"when the root profile's services serve every profile: then the others' stay down" any-of:"env,keys"`
}

// Shared says where it stands that the root profile's services serve every profile.
type Shared struct {
	Env  string   `yaml:"env" doc:"the variable that says so, if it is truthy; where it has a value the file isn't asked" is:"variable"`
	File string   `yaml:"file" doc:"the YAML file on the volume that says so" is:"inside"`
	Keys []string `yaml:"keys" doc:"its keys that say so, as a.b; the first that is there counts" is:"word"`
}

// Hook is a program of the image or the user that runs at a named point of the boot. No shell sees its arguments.
type Hook struct {
	At      HookPoint `yaml:"at" doc:"when it runs" enum:"before-volume,after-identity,after-volume,after-seed,before-main" required:"true"`
	Name    string    `yaml:"name" doc:"its name in messages" is:"word"`
	Command []Text    `yaml:"command" doc:"the program and its arguments; never through a shell" required:"true" is:"command"`
	As      HookUser  `yaml:"as" doc:"whose rights it has" enum:"app,root" default:"app"`
	Timeout Duration  `yaml:"timeout" doc:"killed with its group after this time" default:"30s"`
	Failure OnFailure `yaml:"on-failure" doc:"what a failure means" enum:"warn,stop" default:"warn"`
}

// HookPoint names a point of the boot.
type HookPoint string

// The points of a boot where hooks run.
const (
	BeforeVolume  HookPoint = "before-volume"
	AfterIdentity HookPoint = "after-identity"
	AfterVolume   HookPoint = "after-volume"
	AfterSeed     HookPoint = "after-seed"
	BeforeMain    HookPoint = "before-main"
)

// HookUser says whose rights a hook has.
type HookUser string

// Whom a hook runs as.
const (
	AsApp  HookUser = "app"
	AsRoot HookUser = "root"
)

// OnFailure says what a hook's failure means for the boot.
type OnFailure string

// What a hook's failure means.
const (
	FailWarn OnFailure = "warn"
	FailStop OnFailure = "stop"
)
