package profile

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/spec"
)

// A Set is the profiles of one volume. Many may use it at once.
type Set struct {
	volume *fsx.Dir
	spec   *spec.Profiles

	mu    sync.Mutex
	valid map[string]bool // names by the last look: the pattern is compiled for each question, and a look comes every other second
}

// On gives the profiles of a volume, which must stay open.
func On(volume *fsx.Dir, s *spec.Profiles) *Set { return &Set{volume: volume, spec: s} }

// A Skipped is a directory that looks like a profile and isn't taken for one.
type Skipped struct {
	Name string // as it stands on the disk: from outside
	Err  error  // why, with the name in it
	Hint string
	// Unsure says that the disk didn't answer. It may be a profile: one that is known already should be kept.
	Unsure bool
}

// Causes of a skip.
var (
	ErrName  = errors.New("that is no name of a profile")
	ErrTaken = errors.New("the name is that of the volume's own profile")
)

// Names lists the profiles: the volume's own first, then the others, sorted. The first is always there; another is where
// a directory with a name of the pattern holds the marker. Nothing else is told but what a person would take for a
// profile. With an error the others couldn't be listed at all, which is not to say that there are none.
func (s *Set) Names() ([]string, []Skipped, error) {
	names := []string{s.spec.Root}
	dir, err := s.dir()
	if errors.Is(err, fs.ErrNotExist) {
		return names, nil, nil
	}
	if err != nil {
		return names, nil, err
	}
	defer func() { _ = dir.Close() }()
	items, err := dir.List()
	if err != nil {
		return names, nil, err
	}
	var skipped []Skipped
	valid := map[string]bool{}
	for _, it := range items {
		switch skip := s.judge(dir, it, valid); {
		case skip == nil:
			names = append(names, it.Name)
		case skip.Err != nil:
			skipped = append(skipped, *skip)
		}
	}
	s.mu.Lock()
	s.valid = valid
	s.mu.Unlock()
	return names, skipped, nil
}

// judge says why a name is no profile: nil for one that is, a skip without a reason for what nobody would take for one.
func (s *Set) judge(dir *fsx.Dir, it fsx.Item, valid map[string]bool) *Skipped {
	quiet := &Skipped{}
	if strings.HasPrefix(it.Name, ".") {
		return quiet // a profile that is being made or taken away, or a tool's own
	}
	if it.Kind == fsx.Symlink {
		return &Skipped{Name: it.Name, Hint: "put the directory itself there", Err: refusal("read", dir.Path()+"/"+it.Name, fsx.ErrSymlink)}
	}
	if it.Kind != fsx.Directory {
		return quiet
	}
	marked, err := s.marked(dir, it.Name)
	switch {
	case errors.Is(err, fsx.ErrMount):
		return &Skipped{Name: it.Name, Err: refusal("read", dir.Path()+"/"+it.Name, err), Hint: "mount the whole volume, or " + s.spec.Dir + " as a whole"}
	case err != nil:
		return &Skipped{Name: it.Name, Err: err, Hint: "let the app's user read it", Unsure: !fsx.IsRefusal(err)}
	case it.Name == s.spec.Root:
		return &Skipped{Name: it.Name, Err: fmt.Errorf("read profile %q: %w", it.Name, ErrTaken), Hint: "give " + dir.Path() + "/" + it.Name + " another name"}
	case !marked:
		return quiet
	case !s.remembered(it.Name, valid):
		return &Skipped{Name: it.Name, Err: fmt.Errorf("read profile %q: %w", it.Name, ErrName), Hint: "give the directory a name that matches " + s.spec.Name}
	}
	return nil
}

// marked says whether a directory holds the marker. Nobody reads the marker, so a link is one too.
func (s *Set) marked(dir *fsx.Dir, name string) (bool, error) {
	sub, err := dir.Sub(name)
	if err != nil {
		return false, absent(err)
	}
	defer func() { _ = sub.Close() }()
	if s.spec.Marker == "" {
		return true, nil
	}
	e, err := sub.Look(s.spec.Marker)
	if errors.Is(err, fsx.ErrMount) {
		return true, nil // a file that is mounted by itself is there
	}
	if err != nil {
		return false, absent(err)
	}
	defer func() { _ = e.Close() }()
	return e.Info().Kind == fsx.Regular || e.Info().Kind == fsx.Symlink, nil
}

// absent takes what isn't there, or went meanwhile, for no error.
func absent(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fsx.ErrVanished) {
		return nil
	}
	return err
}

func (s *Set) remembered(name string, valid map[string]bool) bool {
	s.mu.Lock()
	ok, known := s.valid[name]
	s.mu.Unlock()
	if !known {
		ok = s.Valid(name)
	}
	valid[name] = ok
	return ok
}

// Valid says whether a name can be a profile's.
func (s *Set) Valid(unsafeName string) bool {
	return unsafeName == s.spec.Root || s.spec.Valid(unsafeName) && !strings.HasPrefix(unsafeName, ".")
}

// Root names the profile that the volume's own top is.
func (s *Set) Root() string { return s.spec.Root }

// Path gives the place of a profile, for words.
func (s *Set) Path(unsafeName string) string {
	if unsafeName == s.spec.Root {
		return s.volume.Path()
	}
	return s.volume.Path() + "/" + s.spec.Dir + "/" + unsafeName
}

// Compare puts the volume's own profile first and the others in the order of their names.
func (s *Set) Compare(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == s.spec.Root:
		return -1
	case b == s.spec.Root:
		return 1
	}
	return cmp.Compare(a, b)
}

// Sort sorts names as [Set.Names] does.
func (s *Set) Sort(names []string) { slices.SortFunc(names, s.Compare) }

// dir opens the directory of the profiles, which the spec names: so it may be mounted there.
func (s *Set) dir() (*fsx.Dir, error) { return below(s.volume, s.spec.Dir) }

// below opens a directory that the spec names and that may be a mount point.
func below(volume *fsx.Dir, name string) (*fsx.Dir, error) {
	d, err := volume.Sub(name)
	if errors.Is(err, fsx.ErrMount) {
		return volume.Mount(name)
	}
	if err != nil && fsx.IsRefusal(err) {
		return nil, refusal("open", volume.Path()+"/"+name, err)
	}
	return d, err
}

// refusal words what a rule of fsx refused, in the words that people search the log for.
func refusal(verb, path string, err error) error {
	if errors.Is(err, fsx.ErrSymlink) {
		return fmt.Errorf("refusing to %s through symlinked path %q: %w", verb, path, fsx.ErrSymlink)
	}
	return fmt.Errorf("refusing to %s %q: %w", verb, path, err)
}
