package fleet

import (
	"path"
	"strings"
	"time"

	"github.com/berth-init/berth/internal/logs"
	"github.com/berth-init/berth/internal/spec"
)

// rotateEvery is how often the files that services write themselves are looked at.
const rotateEvery = 30 * time.Second

// rotates says whether any service has such files.
func (f *Fleet) rotates() bool {
	if f.o.World.Volume == nil {
		return false
	}
	for _, s := range f.spec.Services {
		if s.Log != nil && len(s.Log.Rotate) > 0 {
			return true
		}
	}
	return false
}

// rotate looks at them until the fleet ends.
func (f *Fleet) rotate() {
	told := map[string]string{}
	ticker := time.NewTicker(rotateEvery)
	defer ticker.Stop()
	for {
		select {
		case <-f.quit.Done():
			return
		case <-ticker.C:
			f.rotateOnce(told)
		}
	}
}

// rotateOnce looks at them once. What can't be rotated is told once for each slot and reason.
func (f *Fleet) rotateOnce(told map[string]string) {
	for name, files := range f.files() {
		_, err := files.Rotate(f.quit)
		text := ""
		if err != nil && f.quit.Err() == nil {
			text = err.Error()
		}
		if text != "" && told[name] != text {
			f.warn("make room, or give the files to the app's user", name+": "+text)
		}
		told[name] = text
	}
}

// files gives the files of each slot.
func (f *Fleet) files() map[string]logs.Files {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := map[string]logs.Files{}
	for name, s := range f.slots {
		if l := s.service.Log; l != nil && len(l.Rotate) > 0 {
			patterns := make([]string, len(l.Rotate))
			for i, p := range l.Rotate {
				patterns[i] = strings.TrimPrefix(path.Clean(p), "./")
			}
			all[name] = logs.Files{
				Place:    logs.Place{Rights: f.write, Dir: f.o.World.Volume, Path: "."},
				Patterns: patterns, Size: int64(l.Size), Keep: l.Keep, Pack: l.Compress == spec.CompressZstd,
			}
		}
	}
	return all
}
