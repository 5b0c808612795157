package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/berth-init/berth/internal/front"
)

func (s *session) s6() *cobra.Command {
	c := &cobra.Command{
		Use:   "s6",
		Short: "run an image that was made for s6-overlay",
		Long: "Where an image carries s6-overlay's directories berth boots it by their rules: docs/how-to/replace-s6-overlay.md.\n" +
			"BERTH_S6=on or off overrides what the files say.",
		Args: none,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(s.s6Explain(), s.s6Install())
	for _, sub := range c.Commands() {
		sub.DisableFlagsInUseLine = true
	}
	return c
}

func (s *session) s6Install() *cobra.Command {
	return &cobra.Command{
		Use:   "install",
		Short: "put berth at s6-overlay's names, while an image is built",
		Long: "install makes /init, the names in /command that berth answers to, and /usr/bin/with-contenv lead to berth. A file that was\n" +
			"at /init is kept as /init.s6; a program of the image's own at one of the other names stays. It prepares the directories in\n" +
			"/run that a start as any user (--user) needs. What is right already is left alone, and each change is one line.",
		Args: none,
		RunE: func(*cobra.Command, []string) error {
			return s.beside.Install(func(text string) { _, _ = fmt.Fprintln(s.out, front.Safe(text)) })
		},
	}
}
