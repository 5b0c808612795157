package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/daemon"
	"github.com/berth-init/berth/internal/front"
	"github.com/berth-init/berth/internal/records"
)

func (s *session) boot() *cobra.Command {
	var asJSON, history bool
	c := &cobra.Command{
		Use:   "boot [--history] [--json]",
		Short: "show what the last boot of this container did, or all that its volume remembers",
		Long: "boot shows what the last boot of this container did: each step, each refusal, and how it ended.\n" +
			"With --history it shows the boots that the volume remembers, oldest first: when, as whom, and what was seeded,\n" +
			"migrated or handed over. The ledger is the app's own file (.berth/boots.jsonl): it informs, and proves nothing.",
		Args: none,
		RunE: func(c *cobra.Command, _ []string) error {
			sp, err := s.voice.ReadSpec("")
			if err != nil {
				return err
			}
			o := daemon.Options{Spec: sp, Environ: os.Environ()}
			if history {
				all, err := daemon.ReadHistory(c.Context(), o)
				return s.history(all, err, asJSON)
			}
			rep, err := daemon.ReadReport(c.Context(), o)
			if errors.Is(err, fs.ErrNotExist) {
				return boot.Failf(1, "ask inside the container that berth booted: docker exec CONTAINER berth boot",
					"show the boot: no record was left in this container, and none on its volume")
			}
			if err != nil {
				return boot.Fail(1, err, "the record is in "+records.Dir)
			}
			if asJSON {
				return s.json(rep)
			}
			s.table(rep, fmt.Sprintf("boot %d of %s made ", rep.Number, rep.Time.Format("2006-01-02 15:04:05 MST")))
			return nil
		},
	}
	c.Flags().BoolVar(&history, "history", false, "show the boots that the volume remembers")
	c.Flags().BoolVar(&asJSON, "json", false, "write the record as JSON")
	return c
}

// history writes the boots of a ledger, a line each, or as JSON.
func (s *session) history(all []boot.Report, err error, asJSON bool) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return boot.Failf(1, "a boot is remembered where the volume can be written", "show the boots: the volume remembers none")
	case err != nil:
		return boot.Fail(1, err, "the ledger is the volume's "+boot.LedgerFile)
	case asJSON:
		return s.json(all)
	}
	t := tabwriter.NewWriter(s.out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "BOOT\tTIME\tUSER\tOUTCOME\tCHANGED\tDID")
	for _, r := range all {
		did := r.Done()
		if did == "" {
			did = "nothing"
		}
		fmt.Fprintf(t, "%d\t%s\t%d:%d\t%s\t%d\t%s\n", r.Number, r.Time.UTC().Format("2006-01-02 15:04:05"),
			r.Identity.UID, r.Identity.GID, front.Safe(string(r.Outcome)), max(r.Count, len(r.Steps)), front.Safe(did))
	}
	_ = t.Flush() // Main asks stdout whether all of it arrived
	return nil
}
