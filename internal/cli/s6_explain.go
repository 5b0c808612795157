package cli

import (
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/s6rc"
)

func (s *session) s6Explain() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "explain [--json]",
		Short: "tell how berth reads an image that was made for s6-overlay",
		Long: "explain tells whether berth boots the image by s6-overlay's rules and why; every service with its source, kind and place in\n" +
			"the order; every setting (S6_*) and what becomes of it; every file that is ignored and why; and every mistake. It ends with 1\n" +
			"if a boot would end with one of them. Nothing is changed.",
		Args: none,
		RunE: func(*cobra.Command, []string) error {
			root, err := fsx.Open("/")
			if err != nil {
				return err
			}
			defer func() { _ = root.Close() }()
			w := boot.World{Environ: os.Environ()}
			settings, complaints := s6rc.ReadSettings(w.Lookup)
			x := s6rc.Explanation{Image: s6rc.Read(root, settings, s.beside.Known), Also: slices.Concat(complaints, s6rc.Misspelt(w.Environ))}
			x.On, x.Why = s6rc.Switched(root, w.Lookup)
			text := []byte(x.String())
			if asJSON {
				if text, err = x.JSON(); err != nil {
					return err
				}
				text = append(text, '\n')
			}
			if _, err := s.out.Write(text); err != nil {
				return err
			}
			if len(x.Fatal()) > 0 {
				return ended(1)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "write all of it as JSON")
	return c
}
