package proc

import (
	"errors"
	"io"
	"testing"
)

func TestNothingEndsAtOnce(t *testing.T) {
	f, err := Nothing()
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil || len(data) != 0 {
		t.Errorf("it gives %q, %v", data, err)
	}
}
