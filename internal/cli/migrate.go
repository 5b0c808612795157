package cli

import (
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/daemon"
	"github.com/berth-init/berth/internal/front"
	"github.com/berth-init/berth/internal/migrate"
)

func (s *session) migrate() *cobra.Command {
	var dry bool
	c := &cobra.Command{
		Use:   "migrate [--dry-run]",
		Short: "bring the app's config file to the image's version",
		Long: "migrate does what each boot does: it brings the config file that the spec names to the version that the image's app wants,\n" +
			"with a backup, and changes nothing else. --dry-run shows the difference, and changes nothing:\n" +
			"  docker run --rm -v VOLUME:/data --entrypoint berth IMAGE migrate --dry-run\n" +
			"Values of secrets are masked: all of an env file's, elsewhere those whose key ends in key, token, secret, password or the like,\n" +
			"and logins in URLs and headers.",
		Args: none,
		RunE: func(c *cobra.Command, _ []string) error {
			sp, err := s.voice.ReadSpec("")
			if err != nil {
				return err
			}
			if sp.Migrate == nil {
				return boot.Failf(1, "see docs/reference/berth.yaml.md for what the section says", "migrate: the spec has no section migrate")
			}
			show := func(name string, before, after []byte) {
				fmt.Fprint(s.out, migrate.Diff(front.Safe(name), before, after, name != sp.Migrate.File))
			}
			rep, err := daemon.Migrate(c.Context(), daemon.Options{
				Spec: sp, Environ: os.Environ(), Version: front.Version(), Tell: s.voice.Tell, Signals: s.signals,
			}, dry, show)
			if err != nil {
				return err
			}
			return s.migrated(rep)
		},
	}
	c.Flags().BoolVar(&dry, "dry-run", false, "show what would change, and change nothing")
	return c
}

// migrated tells what a migration has not told yet, and whether it did what was asked for.
func (s *session) migrated(rep boot.Report) error {
	if rep.Outcome == boot.Planned {
		for _, n := range rep.Notes {
			s.voice.Tell(n)
		}
	}
	steps := 0
	for _, step := range rep.Steps {
		if step.Phase != "migrate" {
			continue
		}
		if steps++; step.Verb == "run" && rep.Outcome == boot.Planned {
			s.voice.Tell(boot.Note{Level: boot.Info, Text: "a boot would run the app's own migrator from version " + step.Before + " to " + step.After})
		}
	}
	refused := slices.ContainsFunc(rep.Notes, func(n boot.Note) bool { return n.Level == boot.Warning || n.Level == boot.Refusal })
	switch {
	case steps == 0 && refused:
		return ended(1)
	case steps == 0 && len(rep.Notes) == 0:
		s.voice.Tell(boot.Note{Level: boot.Info, Text: "nothing to migrate"})
	}
	return nil
}
