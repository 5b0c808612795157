package spec

import (
	"fmt"
	"reflect"
	"strings"
)

// Reference gives the reference page of berth.yaml in Markdown: every key from its tags, and an example a section.
func Reference() []byte {
	var b strings.Builder
	b.WriteString(referenceIntro)
	section(&b, reflect.TypeFor[Spec](), "", 2)
	return []byte(strings.TrimRight(b.String(), "\n") + "\n")
}

const referenceIntro = `<!-- Generated from the tags in internal/spec; edit those. -->
# berth.yaml

What an image says it needs. berth reads ` + "`/etc/berth/berth.yaml`" + `, or the file that ` + "`BERTH_SPEC`" + ` names; without one
it takes the app's user from ` + "`PUID`, `PGID` and `UMASK`" + `, a volume at the first of /config and /data that is there, and
the container's command as main. ` + "`berth check`" + ` reports every mistake at once, ` + "`berth check --schema`" + ` prints the schema for
editors.

The language is YAML without anchors, aliases, merge keys and tags, in one document of UTF-8, at most 256 KiB with all
that it extends. Keys that this page doesn't name are mistakes.

| type | means |
|---|---|
| text | a string in which ` + "`${NAME}`, `${NAME-default}` (unset) and `${NAME:-default}` (unset or empty)" + ` name variables of the container; ` + "`$$`" + ` is a dollar sign |
| name | a file or directory by its name relative to the one that it lies in: not absolute, no ` + "`..`" + `, no slash at the end |
| path | an absolute path |
| variable | the name of an environment variable |
| command | a list: the program and its arguments, texts; no shell sees them |
| mode | permission bits: three or four octal digits in quotes, such as ` + "`\"0640\"`" + ` |
| time | ` + "`500ms`, `30s`, `1m30s`" + `; at most 24h |
| size | ` + "`1MB` (1000000 bytes), `1MiB` (1048576)" + ` and so on |
| address | ` + "`8080`, `127.0.0.1:8080`, `[::1]:8080`" + `; a text: variables may stand in it |
| limit | a soft and a hard one, ` + "`1024:4096`, or one for both, `1024`; `unlimited`; of bytes `8MiB:64MiB` or `0`" + ` |

A file that says ` + "`extends`" + ` is laid over the file that it names, found beside it: mappings merge key by key, everything
else, lists too, is replaced. At most 8 files may follow one another so.

`

// section writes the table of one mapping and the sections of the mappings in it.
func section(b *strings.Builder, t reflect.Type, where string, level int) {
	title := "Top level"
	if where != "" {
		title = "`" + where + "`"
	}
	fmt.Fprintf(b, "%s %s\n\n", strings.Repeat("#", min(level, 4)), title)
	b.WriteString("| key | type | default | what it says |\n|---|---|---|---|\n")
	for structField := range t.Fields() {
		f := field{StructField: structField}
		if f.Tag.Get("yaml") != "-" {
			fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", f.Tag.Get("yaml"), f.typeName(), f.defaultName(), f.says())
		}
	}
	b.WriteString("\n")
	if e := example(where); e != "" {
		fmt.Fprintf(b, "```yaml\n%s```\n\n", e)
	}
	for f := range t.Fields() {
		if e := element(f.Type); f.Tag.Get("yaml") != "-" && isStruct(e) {
			section(b, e, join(where, f.Tag.Get("yaml"))+suffix(f.Type), level+1)
		}
	}
}

// typeName names the type of a key for readers.
func (f field) typeName() string {
	one := f.elementName(element(f.Type))
	switch {
	case f.rule() == "command":
		return "command"
	case f.Type.Kind() == reflect.Slice:
		return "list of " + plural(one)
	case f.Type.Kind() == reflect.Map:
		keys := plural(f.ruleName(f.Tag.Get("keys")))
		return keys + " to " + plural(one)
	}
	return one
}

func (f field) elementName(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[Mode]():
		return "mode"
	case t == reflect.TypeFor[Duration]():
		return "time"
	case t == reflect.TypeFor[Size]():
		return "size"
	case t == reflect.TypeFor[ID]():
		return "number"
	case t == reflect.TypeFor[Rlimit]() && f.rule() == "bytes":
		return "limit of bytes"
	case t == reflect.TypeFor[Rlimit]():
		return "limit"
	case t == reflect.TypeFor[Text]() && f.rule() == "address":
		return "address"
	case t == reflect.TypeFor[Text]():
		return "text"
	}
	switch t.Kind() {
	case reflect.Struct:
		return "mapping"
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "number"
	default:
	}
	if enum := f.words("enum"); enum != nil {
		return "`" + strings.Join(enum, "`, `") + "`"
	}
	return f.ruleName(f.rule())
}

func (f field) ruleName(rule string) string {
	switch rule {
	case "inside", "inside-glob":
		return "name"
	case "absolute", "glob":
		return "path"
	case "service":
		return "service name"
	case "slot":
		return "slot name"
	case "reload-signal":
		return "signal"
	case "cron":
		return "cron expression"
	case "variable", "signal", "flag", "capability":
		return rule
	}
	return "string"
}

func plural(word string) string {
	if before, ok := strings.CutSuffix(word, "y"); ok {
		return before + "ies"
	}
	return word + "s"
}

func (f field) defaultName() string {
	if d := f.Tag.Get("default"); d != "" {
		return "`" + d + "`"
	}
	if f.Tag.Get("required") != "" {
		return "required"
	}
	return ""
}

// says gives the line of a key with what the tags ask beside it.
func (f field) says() string {
	s := f.Tag.Get("doc")
	if keys := f.words("one-of"); keys != nil {
		s += "; exactly one of `" + strings.Join(keys, "`, `") + "`"
	}
	if keys := f.words("any-of"); keys != nil {
		s += "; at least one of `" + strings.Join(keys, "`, `") + "`"
	}
	if low := f.Tag.Get("min"); low != "" && !strings.Contains(s, low+" to ") {
		s += "; " + low + " to " + f.Tag.Get("max")
	}
	return strings.ReplaceAll(s, "|", "\\|")
}
