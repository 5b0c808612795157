package boot

import (
	"errors"
	"io"
	"io/fs"
	"syscall"

	"github.com/berth-init/berth/internal/fsx"
)

// Cause names why a change was refused, in words that don't depend on the target, so that refusals can be gathered.
func Cause(err error) string {
	if errors.Is(err, fsx.ErrKind) {
		return "it is not a regular file"
	}
	for _, rule := range []error{
		fsx.ErrSymlink, fsx.ErrMount, fsx.ErrHardlink, fsx.ErrName, fsx.ErrVanished, fsx.ErrTooDeep,
		fsx.ErrTooBig, fsx.ErrLocked,
	} {
		if errors.Is(err, rule) {
			return rule.Error()
		}
	}
	if no, ok := errors.AsType[syscall.Errno](err); ok {
		return no.Error()
	}
	return err.Error()
}

// VerbUse is the verb of a refusal where nothing is to be changed: the app can't read and write what it has to.
const VerbUse = "use"

// refusalHint says what to do about a refused change.
func refusalHint(verb string, err error) string {
	switch {
	case errors.Is(err, fsx.ErrSymlink):
		return "berth changes nothing through a link; replace the link by what it points to"
	case errors.Is(err, fsx.ErrMount):
		return "berth leaves what is mounted there alone; set its owner and mode on the host"
	case errors.Is(err, fsx.ErrHardlink):
		return "put a copy of the file in place of the link (cp -a FILE TMP, mv TMP FILE)"
	case errors.Is(err, syscall.EACCES) && Labelled():
		return labelHint
	case verb == VerbUse:
		return "chown it to the user the container runs as, or start the container as root once"
	case verb == "chown" && (errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES)):
		return "the file system or missing capabilities (CHOWN) forbid it; chown on the host, or set PUID and PGID to the owner there"
	case errors.Is(err, syscall.EROFS):
		return "mount the volume writable, or ignore this if it is meant to be read-only"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "make room on the volume's file system"
	}
	return ""
}

// Refusable says whether an error is the file system's or a rule's refusal, which degrades a boot but doesn't end it. The kernel's
// numbers all are, as a strange volume may give any; but where berth has run out of descriptors or memory, nothing that it
// says about a file is true.
func Refusable(err error) bool {
	if no, ok := errors.AsType[syscall.Errno](err); ok {
		switch no {
		case syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.EBADF, syscall.EFAULT:
			return false
		default:
			return true
		}
	}
	return fsx.IsRefusal(err) || errors.Is(err, fsx.ErrTooBig) || errors.Is(err, fs.ErrExist) || errors.Is(err, io.ErrShortWrite)
}
