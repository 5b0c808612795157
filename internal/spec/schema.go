package spec

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
)

// Schema gives the JSON Schema (draft 2020-12) of berth.yaml, for editors. It comes from the tags, in their order, and
// is a little kinder than [Read]: what one key asks of another stays unsaid, and so does what must be there where
// extends could bring it.
func Schema() []byte {
	root := object(reflect.TypeFor[Spec](), field{})
	root.members = append([]member{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"title", "berth.yaml"},
	}, root.members...)
	data, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic("write schema: " + err.Error()) // strings, numbers and maps of them: can't be
	}
	return append(data, '\n')
}

// ordered is a JSON object that keeps its order.
type ordered struct{ members []member }

type member struct {
	key   string
	value any
}

func (o *ordered) set(key string, value any) { o.members = append(o.members, member{key, value}) }

// MarshalJSON writes the members in their order.
func (o *ordered) MarshalJSON() ([]byte, error) {
	var b strings.Builder
	b.WriteByte('{')
	for i, m := range o.members {
		if i > 0 {
			b.WriteByte(',')
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.WriteString(strconv.Quote(m.key) + ":")
		b.Write(value)
	}
	b.WriteByte('}')
	return []byte(b.String()), nil
}

// object gives the schema of the mapping at a field. In a list it is whole: lists replace, so nothing of it can come by
// extends.
func object(t reflect.Type, at field) *ordered {
	o, properties := &ordered{}, &ordered{}
	o.set("type", "object")
	var required []string
	for structField := range t.Fields() {
		f := field{StructField: structField, whole: at.whole}
		key := f.Tag.Get("yaml")
		if key == "-" {
			continue
		}
		p := schemaOf(f.Type, f)
		p.members = append([]member{{"description", f.Tag.Get("doc")}}, p.members...)
		if s := f.Tag.Get("default"); s != "" {
			p.set("default", literal(f, s))
		}
		properties.set(key, p)
		if f.Tag.Get("required") != "" && f.whole {
			required = append(required, key)
		}
	}
	o.set("properties", properties)
	o.set("additionalProperties", false)
	if required != nil {
		o.set("required", required)
	}
	for _, choice := range []struct{ tag, keyword string }{{"one-of", "oneOf"}, {"any-of", "anyOf"}} {
		var ways []*ordered
		for _, key := range at.words(choice.tag) {
			way := &ordered{}
			way.set("required", []string{key})
			ways = append(ways, way)
		}
		if ways != nil && at.whole {
			o.set(choice.keyword, ways)
		}
	}
	return o
}

// literal gives a default as a value of JSON.
func literal(f field, s string) any {
	n := stated(f)
	if i, err := strconv.Atoi(s); err == nil && n.tag == "!!int" {
		return i
	}
	if n.tag == "!!bool" {
		return s == "true"
	}
	return s
}

// schemaOf gives the schema of a value of type t at a field.
func schemaOf(t reflect.Type, f field) *ordered {
	o := &ordered{}
	switch {
	case t == reflect.TypeFor[Mode]():
		return matching("^[0-7]{3,4}$")
	case t == reflect.TypeFor[Duration]():
		return matching("^[0-9.]+(ms|s|m|h)([0-9.]+(ms|s|m|h))*$")
	case t == reflect.TypeFor[Size]():
		return matching("^[0-9]+(B|[kKMG]B|[KMG]iB)$")
	case t == reflect.TypeFor[ID]():
		return number("1", "4294967294")
	case t == reflect.TypeFor[Rlimit]():
		o.set("anyOf", []*ordered{number("0", "9223372036854775807"), matching(limitPattern(f.rule()))})
		return o
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem(), f)
	case reflect.Struct:
		return object(t, f)
	case reflect.Bool:
		o.set("type", "boolean")
	case reflect.Int:
		return number(f.Tag.Get("min"), f.Tag.Get("max"))
	case reflect.Slice:
		o.set("type", "array")
		f.whole = true
		o.set("items", schemaOf(t.Elem(), f))
		if f.Tag.Get("required") != "" || f.rule() == "command" {
			o.set("minItems", 1)
		}
	case reflect.Map:
		o.set("type", "object")
		if p := patternOf(f.Tag.Get("keys")); p != "" {
			o.set("propertyNames", matching(p))
		}
		o.set("additionalProperties", schemaOf(t.Elem(), f))
	default:
		if enum := f.words("enum"); enum != nil {
			o.set("enum", enum)
			return o
		}
		return matching(patternOf(f.rule()))
	}
	return o
}

func matching(pattern string) *ordered {
	o := &ordered{}
	o.set("type", "string")
	if pattern != "" {
		o.set("pattern", pattern)
	}
	return o
}

func number(low, high string) *ordered {
	o := &ordered{}
	o.set("type", "integer")
	if low != "" {
		o.set("minimum", json.Number(low))
		o.set("maximum", json.Number(high))
	}
	return o
}

// limitPattern gives the form of a limit that is no plain number.
func limitPattern(rule string) string {
	one := "(unlimited|[0-9]+)"
	if rule == "bytes" {
		one = "(unlimited|0|[0-9]+(B|[kKMG]B|[KMG]iB))"
	}
	return "^" + one + "(:" + one + ")?$"
}

// patternOf gives what JSON Schema can say of a rule: never more than breach does.
func patternOf(rule string) string {
	switch rule {
	case "variable":
		return "^[A-Za-z_][A-Za-z0-9_]*$"
	case "user":
		return "^[a-z_][a-z0-9_-]{0,31}$"
	case "service":
		return "^[a-z0-9][a-z0-9_-]{0,63}$"
	case "slot":
		return "^[A-Za-z0-9][A-Za-z0-9_.-]{0,128}$"
	case "absolute", "glob":
		return "^/."
	case "root":
		return "^([$]|/.)"
	case "inside", "inside-glob":
		return "^([^/]|[^/].*[^/])$"
	case "base":
		return "^[^/]+$"
	case "file", "beside":
		return "[^/]$"
	case "flag":
		return "^-."
	case "signal":
		return "^(SIG)?(" + strings.Join(signals(), "|") + ")$"
	case "reload-signal":
		return "^(SIG)?(" + strings.Join(reloadSignals(), "|") + ")$"
	case "capability":
		return "^(CAP_)?(" + strings.Join(capabilities(), "|") + ")$"
	case "account":
		return "^([0-9]+|[a-z_][a-z0-9_-]*)(:([0-9]+|[a-z_][a-z0-9_-]*))?$"
	case "address":
		return "^([0-9]+|.*[:$].*)$"
	case "url":
		return "^(http://|[$])"
	case "dotted":
		return "^[^.]+([.][^.]+)*$"
	case "text", "word", "pattern", "cron":
		return "."
	}
	return ""
}
