package cli

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
)

// stampName is the file beside an app's code that says how the app was installed.
const stampName = ".install_method"

// methods lists the ways of installing an app that a stamp can name.
func methods() []string {
	return []string{"apt", "docker", "git", "home-manager", "nix", "nixos", "unknown"}
}

func (s *session) stamp() *cobra.Command {
	var tree string
	c := &cobra.Command{
		Use:   "stamp METHOD --tree DIR",
		Short: "write beside an app's code how it was installed",
		Long: "stamp writes DIR/" + stampName + " for the build of an image or an installer. Nothing is written anywhere else: a volume\n" +
			"that is shared by a host and a container must not say how either was installed.\n" +
			"METHOD is one of " + strings.Join(methods(), ", ") + ".",
		Args: func(_ *cobra.Command, args []string) error {
			const hint = "write `berth stamp docker --tree DIR`"
			switch {
			case len(args) == 0:
				return usage(hint, "read the command line: METHOD is missing")
			case len(args) > 1:
				return usage(hint, "read the command line: unexpected word %q", args[1])
			case tree == "":
				return usage(hint, "read the command line: --tree is missing")
			case !slices.Contains(methods(), args[0]):
				return usage("METHOD is one of "+strings.Join(methods(), ", "), "read the command line: unknown method %q", args[0])
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return s.writeStamp(args[0], tree) },
	}
	c.Flags().StringVar(&tree, "tree", "", "the directory of the app's code")
	return c
}

// writeStamp writes the stamp. A tree that can't be written keeps the stamp that it has: an installed package, a
// read-only image.
func (s *session) writeStamp(method, tree string) error {
	full, err := filepath.EvalSymlinks(tree)
	if err == nil {
		full, err = filepath.Abs(full)
	}
	if err != nil {
		return boot.Fail(1, err, "name the directory of the app's code")
	}
	dir, err := fsx.Open(full)
	if err != nil {
		return boot.Fail(1, err, "name the directory of the app's code")
	}
	defer func() { _ = dir.Close() }()
	text := method + "\n"
	if old, _, err := dir.Read(stampName, int64(len(text))); err == nil && string(old) == text {
		return nil
	}
	err = dir.Replace(stampName, []byte(text), fsx.Attr{Mode: 0o644})
	if errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EPERM) {
		s.voice.Tell(boot.Note{Level: boot.Info, Text: "the tree can't be written and keeps the stamp that it has: " + err.Error()})
		return nil
	}
	if fsx.IsRefusal(err) {
		return boot.Fail(1, err, "remove what stands there, and stamp again")
	}
	if err != nil {
		return boot.Fail(1, err, "")
	}
	return nil
}
