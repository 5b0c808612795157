package probe

import (
	"context"
	"fmt"
	"strings"
)

// A Runner runs a program to its end and gives its exit code and the end of what it printed. When ctx ends it kills the
// program with its group, and says so.
type Runner interface {
	Run(ctx context.Context, argv []string) (code int, output string, err error)
}

// Exec asks whether a program ends with 0.
type Exec struct {
	Argv   []string
	Runner Runner
}

// Ask runs the program once.
func (e Exec) Ask(ctx context.Context) error {
	if len(e.Argv) == 0 {
		return fmt.Errorf("run the check: %w", errNoProgram)
	}
	code, output, err := e.Runner.Run(ctx, e.Argv)
	switch {
	case err != nil:
		return fmt.Errorf("run %s: %w", e.Argv[0], err)
	case code != 0 && lastLine(output) != "":
		return fmt.Errorf("run %s: exit code %d: %s", e.Argv[0], code, lastLine(output))
	case code != 0:
		return fmt.Errorf("run %s: exit code %d", e.Argv[0], code)
	}
	return nil
}

// mostWords bounds what an answer quotes.
const mostWords = 200

// lastLine gives the last words of a program, fit for one line.
func lastLine(output string) string {
	output = strings.TrimSpace(output)
	return clean(output[strings.LastIndexByte(output, '\n')+1:], mostWords)
}

// clean makes text from outside fit for one line: valid, without control characters, and short.
func clean(unsafeText string, most int) string {
	text := strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(unsafeText, "?"))
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
