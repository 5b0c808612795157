package hermes

import (
	"errors"

	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/profile"
)

// setup makes .env private before the app's own setup writes the first key into it, whatever the umask is, and then
// becomes that.
func (s *session) setup() int {
	laid, _ := s.template(envFile)
	var done envDone
	var where string
	err := s.as(func() error {
		dir, err := s.home()
		if errors.Is(err, profile.ErrNone) || errors.Is(err, profile.ErrName) {
			return nil // the app has its own words for that
		}
		if err != nil {
			return err
		}
		defer func() { _ = dir.Close() }()
		where = dir.Path() + "/" + envFile
		done, err = privateEnv(dir, laid.data)
		return err
	})
	switch {
	case err != nil:
		hint := "make it a file of the app's user with the mode 0600"
		if errors.Is(err, fsx.ErrMount) {
			hint = "give the file that is mounted there the mode 0600"
		}
		s.tell(hint, "could not make %s private: %v", envFile, err)
	case done == envCreated:
		s.tell("", "Created %s, 0600", where)
	case done == envTightened:
		s.tell("", "Tightened %s to 0600", where)
	}
	if s.Exec == nil {
		return s.refuse("", "setup: there is no app to ask")
	}
	return s.Exec(s.Args)
}
