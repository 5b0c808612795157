package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/daemon"
)

func (s *session) boot() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "boot [--json]",
		Short: "show what the last boot of this container did",
		Args:  none,
		RunE: func(c *cobra.Command, _ []string) error {
			sp, err := s.voice.ReadSpec("")
			if err != nil {
				return err
			}
			rep, err := daemon.ReadReport(c.Context(), daemon.Options{Spec: sp, Environ: os.Environ()})
			if errors.Is(err, fs.ErrNotExist) {
				return boot.Failf(1, "ask inside the container that berth booted: docker exec CONTAINER berth boot",
					"show the boot: no record was left in this container, and none on its volume")
			}
			if err != nil {
				return boot.Fail(1, err, "the record is in "+daemon.RunDir)
			}
			if asJSON {
				return s.json(rep)
			}
			s.table(rep, fmt.Sprintf("boot %d of %s made ", rep.Number, rep.Time.Format("2006-01-02 15:04:05 MST")))
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "write the record as JSON")
	return c
}
