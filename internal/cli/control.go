package cli

import (
	"context"
	"errors"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/berth-init/berth/internal/api"
)

// client makes the client that every word about running services asks with.
func client() *api.Client { return api.NewClient(os.Getenv) }

// named refuses a word without a slot.
func named(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usage("write `berth "+c.Name()+" SLOT`; `berth status` lists the slots", "read the command line: SLOT is missing")
	}
	return nil
}

// completionTime is how long a shell may wait for names after Tab.
const completionTime = 300 * time.Millisecond

// slots completes the names of slots: those of the container that answers, less those that stand on the line already.
// Whatever goes wrong completes nothing and says nothing.
func slots(c *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(c.Context(), completionTime)
	defer cancel()
	st, err := client().Status(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []cobra.Completion
	for _, v := range st.Services {
		if !slices.Contains(args, v.Name) {
			names = append(names, cobra.CompletionWithDesc(v.Name, v.State))
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// stream hands a stream's question its context, and judges how a stream ended. One that follows has no end of its own: if
// it ends, berth has.
func (s *session) stream(parent context.Context, what string, follow bool, ask func(ctx context.Context) error) error {
	if !follow {
		return ask(parent)
	}
	ctx, cancel := s.watch(parent)
	defer cancel(nil)
	err := ask(ctx)
	if e, ok := errors.AsType[*api.Error](err); ok && e.Code == api.Failed {
		if _, none := client().Version(ctx); errors.Is(none, api.ErrNobody) {
			err = nil // it didn't refuse: it went
		}
	}
	if err == nil {
		return api.Errorf(api.Nobody, "the container's log says why; ask again once it is up", "follow the %s: berth has ended: %w", what, api.ErrNobody)
	}
	return err
}
