// Package cli holds berth's own words, one command a file: flags in, words and an exit code out.
//
// What was asked for goes to stdout, everything that is said about it to stderr. Exit codes are those of
// docs/reference/exit-codes.md.
package cli

import (
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/berth-init/berth/internal/daemon"
	"github.com/berth-init/berth/internal/front"
)

// A session is what the commands of one call share.
type session struct {
	out     io.Writer
	voice   *front.Voice
	format  string // --log-format
	signals *daemon.Signals
	beside  Beside
}

// Beside is what rooms of this one's own layer give to its words.
type Beside struct {
	Guest   func(environ []string) *front.Guest // another init's image, for the words that boot
	Install func(say func(text string)) error   // makes an s6-overlay image's names berth's
	Known   func(name string) bool              // says whether a name is a program that berth is
}

// ended is the end of a command that has said everything and chose its code.
type ended int

func (ended) Error() string { return "ended" }

// Main runs berth's words and gives the code to end with; signals are those that were caught for a word that boots.
func Main(args []string, signals *daemon.Signals, beside Beside, out io.Writer) int {
	stdout := newSink(out)
	s := &session{out: stdout, voice: front.DefaultVoice(), signals: signals, beside: beside}
	root := s.root()
	root.SetArgs(args)
	if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		root.SetErr(io.Discard) // a shell that completes reads stdout
	}
	err := root.Execute()
	switch err.(type) { //nolint:errorlint // what cobra hands on as it is: a flag before the word
	case *pflag.NotExistError, *pflag.ValueRequiredError, *pflag.InvalidValueError, *pflag.InvalidSyntaxError:
		err = flagError(root, err)
	}
	switch {
	case errors.Is(err, errLeft):
		err = nil
	case stdout.err != nil && !errors.Is(stdout.err, errLeft) && (err == nil || errors.Is(err, front.ErrNo)):
		err = stdout.err
	}
	if err != nil {
		_ = s.speak() // a mistake in the words is found before the format is applied
	}
	if code, ok := err.(ended); ok { //nolint:errorlint // made by our own commands, returned as it is
		return int(code)
	}
	return s.voice.Fail(err)
}

// speak speaks in the format that was asked for.
func (s *session) speak() error {
	if s.format == "" {
		return nil
	}
	v, err := front.NewVoice(s.format)
	if err == nil {
		s.voice = v
	}
	return err
}

// root builds the tree of words.
func (s *session) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "berth",
		Short: "PID 1 for self-hosted apps in containers",
		Long: "berth makes the data volume of a container right, drops root, runs the app and keeps its services running.\n" +
			"Called as init (or by an old entry point's name) it boots; called by the app's name it becomes the app.\n" +
			"The words about running services ask PID 1 on its control socket, which BERTH_SOCKET names if it lies elsewhere.",
		SilenceErrors: true, SilenceUsage: true, TraverseChildren: true,
		Args:              s.noWord,
		RunE:              func(c *cobra.Command, _ []string) error { return c.Help() },
		Version:           front.Version(),
		PersistentPreRunE: func(*cobra.Command, []string) error { return s.speak() },
	}
	root.SetOut(s.out)
	root.SetErr(s.out) // only help goes there, and it was asked for
	root.SetVersionTemplate("berth {{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.CompletionOptions.DisableDefaultCmd = true
	root.PersistentFlags().StringVar(&s.format, "log-format", "", "how berth speaks on stderr: text or json (default: BERTH_LOG_FORMAT)")
	root.AddCommand(
		s.init(), s.run(), s.plan(), s.boot(), s.check(), s.stamp(), s.heal(), s.migrate(), s.version(), s.reference(), s.completion(),
		s.status(), s.start(), s.stop(), s.restart(), s.reload(), s.logs(), s.events(), s.ready(), s.exec(), s.s6(),
	)
	for _, c := range root.Commands() {
		c.DisableFlagsInUseLine = true // each says its own
	}
	root.InitDefaultHelpCmd()
	help, _, _ := root.Find([]string{"help"})
	help.Args = func(_ *cobra.Command, args []string) error {
		_, rest, _ := root.Find(args)
		return s.noWord(root, rest)
	}
	return root
}
