package failure

import (
	"errors"
	"fmt"
	"io"
	"testing"
)

func TestAFailureIsItsCauseWithACodeAndAHint(t *testing.T) {
	for about, err := range map[string]error{
		"of an error":  New(125, fmt.Errorf("mount %q: %w", "x", io.ErrUnexpectedEOF), "do that"),
		"of a format":  Newf(125, "do that", "mount %q: %w", "x", io.ErrUnexpectedEOF),
		"within other": fmt.Errorf("%w", Newf(125, "do that", "mount %q: %w", "x", io.ErrUnexpectedEOF)),
	} {
		f, ok := errors.AsType[*Failure](err)
		if !ok || f.Code != 125 || Hint(err) != "do that" || !errors.Is(err, io.ErrUnexpectedEOF) || err.Error() != `mount "x": unexpected EOF` {
			t.Errorf("%s: %v, hint %q", about, err, Hint(err))
		}
	}
	if got := Hint(io.EOF) + Hint(nil); got != "" {
		t.Errorf("an error without a hint says to do %q", got)
	}
}
