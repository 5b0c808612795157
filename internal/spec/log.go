package spec

// Log says where a service's lines go beside stdout, and what becomes of the files that it writes itself.
type Log struct {
	Dir      string      `yaml:"dir" doc:"the directory on the volume for its rotated files; absent: its lines go to stdout only" is:"inside"`
	Size     Size        `yaml:"size" doc:"a file is rotated at this size" default:"1MB"`
	Keep     int         `yaml:"keep" doc:"old files kept" min:"0" max:"1000" default:"10"`
	Stamp    Stamp       `yaml:"stamp" doc:"how fine the time (ISO 8601) is that stands before each line in the files: seconds, milliseconds or microseconds" enum:"s,ms,us" default:"s"`
	Compress Compression `yaml:"compress" doc:"how old files are packed" enum:"none,zstd" default:"none"`
	Flood    Flood       `yaml:"flood" doc:"what becomes of more lines than anybody reads"`
	Rotate   []string    `yaml:"rotate" doc:"files (patterns) that it writes itself on the volume, of a per-profile service in the profile's directory: rotated by the same size and number, and their owner is kept" is:"inside-glob"`
}

// Stamp says how fine the time before each line of a log file is.
type Stamp string

// What log.stamp may say.
const (
	StampSeconds Stamp = "s"
	StampMillis  Stamp = "ms"
	StampMicros  Stamp = "us"
)

// Digits gives how many digits the fraction of a second has.
func (s Stamp) Digits() int {
	switch s {
	case StampMillis:
		return 3
	case StampMicros:
		return 6
	default:
		return 0
	}
}

// Compression says how old log files are packed.
type Compression string

// What log.compress may say.
const (
	CompressNone Compression = "none"
	CompressZstd Compression = "zstd"
)

// Flood says what becomes of more lines than anybody reads.
type Flood struct {
	Policy FloodPolicy `yaml:"policy" doc:"pass all of them on, or sample: drop what is beyond lines, and say how many" enum:"pass,sample" default:"pass"`
	Lines  int         `yaml:"lines" doc:"lines a second that always pass" min:"1" max:"1000000" default:"1000"`
}

// FloodPolicy says whether a flood of lines is passed on.
type FloodPolicy string

// What log.flood.policy may say.
const (
	FloodPass   FloodPolicy = "pass"
	FloodSample FloodPolicy = "sample"
)
