package s6rc

// An Image is what was read: the one value that the boot, the slots, `berth s6 explain` and the words of s6-rc work from.
type Image struct {
	Layouts  []string `json:"layouts"` // the generations of s6-overlay that the files are of: "2.x", "3.1", "3.2.3"
	Places   Places   `json:"places"`
	Settings Settings `json:"settings"`

	// Services are the atoms: longruns, oneshots and the three steps that are berth's own, each behind what it requires.
	Services []Service `json:"services"`
	Bundles  []Bundle  `json:"bundles"` // by name
	Legacy   []Legacy  `json:"legacy"`  // services.d, by name

	ContInit   []Program `json:"contInit"`   // in the order in which they run
	ContFinish []Program `json:"contFinish"` // in the order in which they run
	FixAttrs   []FixAttr `json:"fixAttrs"`   // in the order in which they are applied

	Levels [][]string `json:"levels"` // the wanted services: what a level needs is in the levels before it

	Ignored    []Ignored   `json:"ignored"`
	Complaints []Complaint `json:"complaints"`
}

// Places are the directories that count, after S6_RUNTIME_PROFILE and S6_RUNTIME_BUNDLEDIR.
type Places struct {
	Sources    string   `json:"sources"`    // /etc/s6-overlay/s6-rc.d
	Bundles    string   `json:"bundles"`    // /etc/s6-overlay/user-bundles.d
	Packages   []string `json:"packages"`   // /package/admin/s6-overlay…/etc/s6-rc/sources
	ContInit   string   `json:"contInit"`   // /etc/cont-init.d
	ContFinish string   `json:"contFinish"` // /etc/cont-finish.d
	Services   string   `json:"services"`   // /etc/services.d
	FixAttrs   string   `json:"fixAttrs"`   // /etc/fix-attrs.d
}

// Names that s6-overlay defines itself. The steps' work is berth's own.
const (
	FixAttrsStep = "fix-attrs"
	ContInitStep = "legacy-cont-init"
	LegacyStep   = "legacy-services"

	BaseBundle  = "base"
	UserBundle  = "user"
	User2Bundle = "user2"
	TopBundle   = "top" // what a boot starts
)

// A Bundle is a name for several services.
type Bundle struct {
	Name     string   `json:"name"`
	From     string   `json:"from,omitempty"`     // its directory, or the one that names the pipeline; "": berth's own
	Contents []string `json:"contents"`           // as the files say, bundles among them
	Members  []string `json:"members"`            // atoms only, sorted
	Pipeline bool     `json:"pipeline,omitempty"` // made by a pipeline-name
}

// Legacy is a service of services.d.
type Legacy struct {
	Name   string `json:"name"`
	Dir    string `json:"dir"`
	Broken string `json:"broken,omitempty"` // why it can't be started
	Run    RunDir `json:"run"`
}

// Ignored is a file or directory without effect, and why.
type Ignored struct {
	Path string `json:"path"`
	Why  string `json:"why"`
}

// FixAttr is one line of a file in fix-attrs.d.
type FixAttr struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Path     string `json:"path"` // a glob
	Recurse  bool   `json:"recurse"`
	User     string `json:"user,omitempty"` // an account, or empty: the numbers count
	UID, GID uint32 `json:"-"`              // what counts if there is no such account
	Numbers  bool   `json:"numbers"`        // UID and GID are given
	FMode    uint32 `json:"fileMode"`
	DMode    uint32 `json:"directoryMode"`
}
