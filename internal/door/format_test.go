package door

import "testing"

func TestSpeaks(t *testing.T) {
	for format, want := range map[string]bool{"": true, "text": true, "json": true, "JSON": false, "xml": false, " text": false} {
		if got := Speaks(format); got != want {
			t.Errorf("%q: %v", format, got)
		}
	}
}
