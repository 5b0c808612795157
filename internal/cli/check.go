package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/berth-init/berth/internal/front"
	"github.com/berth-init/berth/internal/migrate"
	"github.com/berth-init/berth/internal/spec"
)

func (s *session) check() *cobra.Command {
	var schema bool
	c := &cobra.Command{
		Use:   "check [FILE] [--schema]",
		Short: "report every mistake in a spec file",
		Long: "check reports every mistake in a spec, each with its place and a hint, and ends with 1 if there are any.\n" +
			"Without FILE it checks the spec that a boot would use, and the steps of migration that it names.\n" +
			"--schema writes the JSON Schema that editors use.",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return none(c, args[1:])
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if schema {
				_, err := s.out.Write(spec.Schema())
				return err
			}
			name := front.SpecName(append(args, "")[0])
			if name == "" {
				fmt.Fprintf(s.out, "%s: ok: there is no %s, so berth's embedded default holds\n", spec.DefaultName, front.SpecPath)
				return nil
			}
			sp, complaints := spec.Read(front.OpenSpec, name)
			if sp != nil && sp.Migrate != nil && sp.Migrate.Steps != "" {
				_, complaints = migrate.ReadSteps(front.OpenSpec, sp.Migrate.Steps)
			}
			for _, complaint := range complaints {
				s.voice.Complain(complaint)
			}
			if n := len(complaints); n > 0 {
				fmt.Fprintf(s.out, "%s: %s\n", front.Safe(name), count(n, "mistake"))
				return ended(1)
			}
			fmt.Fprintf(s.out, "%s: ok\n", front.Safe(name))
			return nil
		},
	}
	c.Flags().BoolVar(&schema, "schema", false, "write the JSON Schema of berth.yaml")
	return c
}
