package logs

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/berth-init/berth/internal/fsx"
)

const (
	currentName = "current"
	packedEnd   = ".zst"
	closedForm  = "20060102T150405Z"
)

// maxNumber keeps a name that somebody else made from being the last number there is.
const maxNumber = 1 << 53

// An archive is a closed file of a log.
type archive struct {
	number uint64    // 0 for s6-log's, which are older than ours
	name   string    // without packedEnd
	closed time.Time // no line in it is younger; zero where the name doesn't say
	plain  bool      // there as it was written
	packed bool      // there as .zst; both, after a crash between packing and removing
}

// archiveName names the archive of a number that is closed now.
func archiveName(number uint64, closed time.Time) string {
	return fmt.Sprintf("%06d-%s.log", number, closed.UTC().Format(closedForm))
}

// parseArchive reads the name of a file in a log's directory; ok says whether it is an archive's.
func parseArchive(unsafeName string) (a archive, ok bool) {
	name, packed := strings.CutSuffix(unsafeName, packedEnd)
	a = archive{name: name, plain: !packed, packed: packed}
	if hex, ok := strings.CutPrefix(name, "@"); ok {
		hex, kind, _ := strings.Cut(hex, ".")
		good := len(hex) == 24 && strings.Trim(hex, "0123456789abcdef") == "" && (kind == "s" || kind == "u")
		return a, good
	}
	number, rest, _ := strings.Cut(name, "-")
	at, ok := strings.CutSuffix(rest, ".log")
	if !ok || len(number) < 6 || strings.Trim(number, "0123456789") != "" {
		return a, false
	}
	var err error
	if a.number, err = strconv.ParseUint(number, 10, 64); err != nil || a.number == 0 || a.number > maxNumber {
		return a, false
	}
	a.closed, err = time.Parse(closedForm, at)
	// The name has whole seconds: what was closed within one may hold its lines.
	a.closed = a.closed.Add(time.Second)
	return a, err == nil && name == archiveName(a.number, a.closed.Add(-time.Second))
}

// names gives the files that an archive may be, the best one first.
func (a archive) names() []string { return []string{a.name, a.name + packedEnd} }

// archives lists what a directory has, the oldest first. A name that is there plain and packed is one archive.
func archives(d *fsx.Dir) ([]archive, error) {
	items, err := d.List()
	if err != nil {
		return nil, err
	}
	var all []archive
	for _, it := range items {
		if a, ok := parseArchive(it.Name); ok && it.Kind == fsx.Regular {
			all = append(all, a)
		}
	}
	slices.SortStableFunc(all, func(a, b archive) int {
		return cmp.Or(cmp.Compare(a.number, b.number), strings.Compare(a.name, b.name))
	})
	merged := all[:0]
	for _, a := range all {
		if n := len(merged); n > 0 && merged[n-1].name == a.name {
			merged[n-1].packed = true
			continue
		}
		merged = append(merged, a)
	}
	return merged, nil
}
