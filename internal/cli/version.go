package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/berth-init/berth/internal/front"
)

func (s *session) version() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "print berth's version",
		Args:  none,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(s.out, "berth %s\n", front.Version())
			return err
		},
	}
}
