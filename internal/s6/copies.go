package s6

import (
	"hash/fnv"
	"path"
	"strconv"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/s6rc"
)

// maxScript bounds what is copied of one script.
const maxScript = 16 << 20

// cleanCopy lays a clean copy of a script of the image's among the others and gives its path.
func (p *plugin) cleanCopy(script string) (string, error) {
	h := fnv.New32a() // two directories may have a script of one name
	_, _ = h.Write([]byte(path.Dir(script)))
	name := cleanDir + "/" + strconv.FormatUint(uint64(h.Sum32()), 16) + "-" + path.Base(script)
	return p.at.path + "/" + name, p.layClean(script, name)
}

// layClean lays a clean copy of a script of the image's in the place.
func (p *plugin) layClean(script, name string) error {
	dir, err := fsx.Open(path.Dir(script))
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	data, _, err := dir.Read(path.Base(script), maxScript)
	if err != nil {
		return err
	}
	return p.at.dir.Replace(name, s6rc.Clean(data), fsx.Attr{Mode: 0o755, Fleeting: true})
}
