package api

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"time"
)

// Reference gives the page of the API for people, out of the table and the tags of the wire types.
func Reference() []byte {
	var b strings.Builder
	b.WriteString(referenceIntro)
	b.WriteString("| route | who may | what |\n|---|---|---|\n")
	for _, r := range Routes() {
		fmt.Fprintf(&b, "| [`%s %s`](#%s) | %s | %s |\n", r.Method, r.Path, strings.ToLower(r.Name), r.May, r.Doc)
	}
	b.WriteString("\n| who may | means |\n|---|---|\n")
	for _, m := range []May{Guests, Seers, Controllers, Owners} {
		fmt.Fprintf(&b, "| %s | %s |\n", m, m.words())
	}
	told := map[reflect.Type]bool{}
	for _, r := range Routes() {
		fmt.Fprintf(&b, "\n## %s\n\n`%s %s`: %s\n", r.Name, r.Method, r.Path, r.Doc)
		where := "Query"
		if r.Method != http.MethodGet {
			where = "Body"
		}
		fields(&b, where, r.Asks, told)
		what := "Answer"
		if r.Stream {
			what = "Each line"
		}
		fields(&b, what, r.Tells, told)
	}
	b.WriteString("\n## Errors\n\nA refusal or failure is an object; behind the first line of a stream it is the stream's last line.\n")
	fields(&b, "Error", reflect.TypeFor[Error](), told)
	b.WriteString("\n| code | status | means |\n|---|---|---|\n")
	for _, m := range Codes() {
		status := "the client's own"
		if !m.Local {
			status = fmt.Sprint(m.Code.Status())
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", m.Code, status, m.Means)
	}
	fmt.Fprintf(&b, "\n## Bounds\n\n| what | at most |\n|---|---|\n")
	for _, l := range bounds() {
		fmt.Fprintf(&b, "| %s | %s |\n", l[0], l[1])
	}
	return []byte(b.String())
}

const referenceIntro = `<!-- Generated from the table and the tags in internal/api; edit those. -->
# The control socket

HTTP/1.1 with JSON on a unix socket: the path in ` + "`BERTH_SOCKET`" + `, else the first of these that the container lets berth have:
` + "`/run/berth/control.sock`, `$XDG_RUNTIME_DIR/berth/control.sock`, `/tmp/berth-UID/control.sock`, `/dev/shm/berth-UID/control.sock`" + ` (UID
is berth's own). It is never on the volume.

    curl --unix-socket /run/berth/control.sock http://berth/v1/status
    curl --unix-socket /run/berth/control.sock http://berth/v1/restart --json '{"slots": ["web"], "wait": true}'

Who asks is told by the kernel: root and the app's user may do everything, and ` + "`control.allow`" + ` in berth.yaml lets others see or
control services by name. Host must be ` + "`berth` or `localhost`" + `. Times are RFC 3339. [openapi.json](openapi.json) says the same for
programs.

`

// fields writes the table of a type's fields, once.
func fields(b *strings.Builder, title string, t reflect.Type, told map[reflect.Type]bool) {
	if t.NumField() == 0 {
		return
	}
	if told[t] {
		fmt.Fprintf(b, "\n%s: %s, as above.\n", title, t.Name())
		return
	}
	told[t] = true
	fmt.Fprintf(b, "\n%s (%s):\n\n| name | type | what it says |\n|---|---|---|\n", title, t.Name())
	var inner []reflect.Type
	for f := range t.Fields() {
		if !f.IsExported() {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json")+f.Tag.Get("query"), ",")
		word, below := typeWord(f.Type)
		if enum := f.Tag.Get("enum"); enum != "" {
			word = "`" + strings.ReplaceAll(enum, ",", "`, `") + "`"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", name, word, f.Tag.Get("doc"))
		if below != nil && !told[below] {
			inner = append(inner, below)
		}
	}
	for _, t := range inner {
		fields(b, "In it", t, told)
	}
}

// typeWord names a type for readers, and the struct in it.
func typeWord(t reflect.Type) (string, reflect.Type) {
	switch t {
	case reflect.TypeFor[time.Time]():
		return "time", nil
	case reflect.TypeFor[[]byte]():
		return "base64", nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		word, below := typeWord(t.Elem())
		return word + " or null", below
	case reflect.Slice:
		word, below := typeWord(t.Elem())
		return "list of " + word, below
	case reflect.Struct:
		return t.Name(), t
	case reflect.Bool:
		return "true or false", nil
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return "number", nil
	default:
		return "text", nil
	}
}
