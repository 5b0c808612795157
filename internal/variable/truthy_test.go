package variable

import "testing"

func TestTruthy(t *testing.T) {
	for _, v := range []string{"1", "true", "TRUE", "Yes", "on", " on ", "oN\n"} {
		if !Truthy(v) {
			t.Errorf("%q is not truthy", v)
		}
	}
	for _, v := range []string{"", "0", "false", "no", "off", "2", "y", "t", "truee", "1 1"} {
		if Truthy(v) {
			t.Errorf("%q is truthy", v)
		}
	}
}
