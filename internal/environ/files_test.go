package environ

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFromFiles(t *testing.T) {
	files := map[string]string{
		"/run/secrets/token": "s3cret\n", "/crlf": "a b\r\n", "/lines": "one\ntwo\n\n", "/empty": "", "/nul": "a\x00b", "/blank": " x ",
	}
	open := func(path string) ([]byte, error) {
		text, ok := files[path]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return []byte(text), nil
	}
	for _, c := range []struct {
		about     string
		env, want []string
		err       string
	}{
		{"nothing to do", []string{"A=1", "A=2"}, []string{"A=1", "A=2"}, ""},
		{"any name by its mark", []string{"FILE__X=/run/secrets/token", "A=1"}, []string{"A=1", "X=s3cret"}, ""},
		{"a known name by its end", []string{"KEY_FILE=/run/secrets/token"}, []string{"KEY=s3cret"}, ""},
		{"an unknown name by its end is the app's", []string{"SSL_CERT_FILE=/run/secrets/token"}, []string{"SSL_CERT_FILE=/run/secrets/token"}, ""},
		{"a file wins over a value, in its place", []string{"X=default", "FILE__X=/crlf"}, []string{"X=a b"}, ""},
		{"only line ends at the end go", []string{"FILE__X=/lines", "FILE__Y=/blank"}, []string{"X=one\ntwo", "Y= x "}, ""},
		{"an empty file is an empty value", []string{"X=default", "FILE__X=/empty"}, []string{"X="}, ""},
		{"an empty path names nothing", []string{"FILE__X=", "KEY_FILE="}, []string{"FILE__X=", "KEY_FILE="}, ""},
		{"a name of nothing", []string{"FILE__=/crlf", "_FILE=/crlf"}, []string{"FILE__=/crlf", "_FILE=/crlf"}, ""},
		{"what isn't there", []string{"X=1", "FILE__X=/none"}, []string{"X=1", "FILE__X=/none"}, "set X from the file that FILE__X names: file does not exist"},
		{"what no variable can hold", []string{"FILE__X=/nul"}, []string{"FILE__X=/nul"}, "NUL byte"},
		{"one of two", []string{"FILE__X=/none", "FILE__Y=/crlf"}, []string{"FILE__X=/none", "Y=a b"}, "FILE__X"},
	} {
		got, given, errs := FromFiles(c.env, []string{"KEY"}, open)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.about, diff)
		}
		if (len(given) > 0) != !slices.Equal(c.env, got) {
			t.Errorf("%s: given are %q", c.about, given)
		}
		if err := errors.Join(errs...); (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: got the error %v, want %q", c.about, err, c.err)
		}
	}
}
