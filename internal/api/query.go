package api

import (
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"
)

// A query is a struct whose fields are tagged `query:"name"`: texts, numbers, yes or no, times, and lists of texts that
// are written by repeating the name.

// queryOf parses a request's query, which net/http would forgive for being wrong.
func queryOf(r *http.Request) (url.Values, error) {
	v, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, Errorf(Usage, "write it as name=value&name=value, with %XX for odd characters", "read the request: its query is malformed")
	}
	return v, nil
}

// decodeQuery fills a query from values.
func decodeQuery(values url.Values, into any) error {
	v := reflect.ValueOf(into).Elem()
	known := 0
	for f, at := range v.Fields() {
		given, ok := values[f.Tag.Get("query")]
		if !ok {
			continue
		}
		known++
		if at.Kind() == reflect.Slice {
			at.Set(reflect.ValueOf(given))
			continue
		}
		if len(given) != 1 || !setField(at, given[0]) {
			return Errorf(Usage, "docs/reference/api.md shows what each route asks", "read the request: the value of %s is none that it takes", f.Tag.Get("query"))
		}
	}
	if known != len(values) {
		return Errorf(Usage, "docs/reference/api.md shows what each route asks", "read the request: its query has a name that this route doesn't know")
	}
	return nil
}

// setField reads one value into a field.
func setField(at reflect.Value, unsafeText string) bool {
	var err error
	switch p := at.Addr().Interface().(type) {
	case *bool:
		*p, err = strconv.ParseBool(unsafeText)
	case *uint64:
		*p, err = strconv.ParseUint(unsafeText, 10, 64)
	case *int:
		*p, err = strconv.Atoi(unsafeText)
	case *time.Time:
		*p, err = time.Parse(time.RFC3339Nano, unsafeText)
	default:
		return false
	}
	return err == nil
}

// encodeQuery is the client's side of decodeQuery. What is zero isn't said.
func encodeQuery(q any) url.Values {
	values := url.Values{}
	for f, at := range reflect.ValueOf(q).Fields() {
		if at.IsZero() {
			continue
		}
		name := f.Tag.Get("query")
		switch x := at.Interface().(type) {
		case []string:
			values[name] = x
		case bool:
			values.Set(name, strconv.FormatBool(x))
		case uint64:
			values.Set(name, strconv.FormatUint(x, 10))
		case int:
			values.Set(name, strconv.Itoa(x))
		case time.Time:
			values.Set(name, x.UTC().Format(time.RFC3339Nano))
		}
	}
	return values
}

// checkNames refuses what can't be a name of a slot or a profile, however the image names them.
func checkNames(unsafeNames []string) error {
	if len(unsafeNames) > maxSlots {
		return Errorf(Usage, "name at most "+strconv.Itoa(maxSlots)+" at once", "read the request: it names too many slots")
	}
	for _, n := range unsafeNames {
		if !plausible(n) {
			return Errorf(Usage, "names have 1 to "+strconv.Itoa(maxName)+" characters, without blanks and slashes", "read the request: a name in it can't be one")
		}
	}
	return nil
}

func plausible(unsafeName string) bool {
	if unsafeName == "" || len(unsafeName) > maxName || !utf8.ValidString(unsafeName) || unsafeName == "." || unsafeName == ".." {
		return false
	}
	for _, r := range unsafeName {
		if r == '/' || r == ' ' || !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}
