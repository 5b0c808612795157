package front

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/berth-init/berth/internal/api"
	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/proc"
)

// told says whether an error has no words left to say.
func told(err error) bool { return errors.Is(err, ErrTold) || errors.Is(err, ErrNo) }

// hint gives what to do about an error: the hint that it carries, or what its kind asks for.
func hint(err error) string {
	if h := boot.HintFor(err); h != "" {
		return h
	}
	if h := api.HintFor(err); h != "" {
		return h
	}
	start, noStart := errors.AsType[*proc.StartError](err)
	switch {
	case noStart && start.Hint() != "":
		return start.Hint()
	case noStart && start.Code() == 127:
		return "name a program that is in the image, or a word that the app knows"
	case noStart && start.Code() == 126:
		return "give the file the run bit, for the app's user too, or a first line that names its interpreter (#!)"
	case noStart && errors.Is(err, syscall.EPERM):
		return "dropping root needs the capabilities SETUID and SETGID (--cap-add); or start the container as the app's user (--user)"
	case errors.Is(err, fs.ErrPermission):
		return "run it as the container's first user (docker exec --user 0), or check the file's mode"
	}
	return ""
}
