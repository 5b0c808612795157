package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"
)

// validate is as much of a JSON Schema validator as the schema here needs; a keyword that it doesn't know is an error.
func validate(schema map[string]any, value any, where string) []string {
	var wrong []string
	no := func(format string, args ...any) { wrong = append(wrong, where+": "+fmt.Sprintf(format, args...)) }
	object, isObject := value.(map[string]any)
	items, isList := value.([]any)
	text, isText := value.(string)
	number, isNumber := value.(int)
	for _, keyword := range slices.Sorted(maps.Keys(schema)) {
		arg := schema[keyword]
		switch keyword {
		case "$schema", "title", "description", "default":
		case "type":
			_, isBool := value.(bool)
			is := map[string]bool{"object": isObject, "array": isList, "string": isText, "integer": isNumber, "boolean": isBool}
			if !is[arg.(string)] {
				no("is no %s: %v", arg, value)
			}
		case "properties":
			for key, sub := range arg.(map[string]any) {
				if v, ok := object[key]; ok {
					wrong = append(wrong, validate(sub.(map[string]any), v, where+"."+key)...)
				}
			}
		case "additionalProperties":
			properties, _ := schema["properties"].(map[string]any)
			for key, v := range object {
				if _, known := properties[key]; known {
					continue
				}
				if sub, ok := arg.(map[string]any); ok {
					wrong = append(wrong, validate(sub, v, where+"."+key)...)
				} else if arg == false {
					no("has the unknown key %s", key)
				}
			}
		case "propertyNames":
			for key := range object {
				wrong = append(wrong, validate(arg.(map[string]any), key, where+"."+key)...)
			}
		case "required":
			for _, key := range arg.([]any) {
				if _, ok := object[key.(string)]; isObject && !ok {
					no("lacks %s", key)
				}
			}
		case "items":
			for i, item := range items {
				wrong = append(wrong, validate(arg.(map[string]any), item, fmt.Sprintf("%s[%d]", where, i))...)
			}
		case "minItems":
			if isList && len(items) < int(arg.(float64)) {
				no("has %d items", len(items))
			}
		case "minimum":
			if isNumber && float64(number) < arg.(float64) {
				no("%d is below %v", number, arg)
			}
		case "maximum":
			if isNumber && float64(number) > arg.(float64) {
				no("%d is above %v", number, arg)
			}
		case "enum":
			if !slices.ContainsFunc(arg.([]any), func(a any) bool { return a == value }) {
				no("%v is none of %v", value, arg)
			}
		case "pattern":
			if isText && !regexp.MustCompile(arg.(string)).MatchString(text) {
				no("%q doesn't match %s", text, arg)
			}
		case "oneOf", "anyOf":
			n := 0
			for _, way := range arg.([]any) {
				if len(validate(way.(map[string]any), value, where)) == 0 {
					n++
				}
			}
			if n == 0 || n > 1 && keyword == "oneOf" {
				no("%d of %s hold", n, keyword)
			}
		default:
			no("the schema has the keyword %s", keyword)
		}
	}
	return wrong
}

// theSchema gives the schema as a value.
func theSchema(t *testing.T) map[string]any {
	t.Helper()
	var schema map[string]any
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	return schema
}

// inYAML gives a file as plain values.
func inYAML(text string) (value any, err error) {
	err = yaml.Unmarshal([]byte(text), &value)
	return value, err
}

func TestSchemaIsAlwaysTheSame(t *testing.T) {
	first := Schema()
	for range 20 {
		if !bytes.Equal(first, Schema()) {
			t.Fatal("two calls differ")
		}
	}
	if !json.Valid(first) || !bytes.HasSuffix(first, []byte("}\n")) {
		t.Error("it is no JSON text with an end of line")
	}
	schema := theSchema(t)
	if schema["$schema"] != "https://json-schema.org/draft/2020-12/schema" || schema["additionalProperties"] != false {
		t.Errorf("it begins with %v", schema["$schema"])
	}
}

// TestSchemaTakesWhatReadTakes: an editor must not paint red what a boot accepts.
func TestSchemaTakesWhatReadTakes(t *testing.T) {
	schema := theSchema(t)
	good, err := os.ReadFile("testdata/good/agent.yaml")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{
		"agent": string(good), "default": string(defaultYAML), "smallest": "version: 1\n", "examples": allExamples(),
		"a change of another file": "extends: base.yaml\nservices: {web: {stop: {timeout: 1s}}}\nmigrate: {skip-env: A}\nprofiles: {root: a}\n",
	}
	for name, text := range texts {
		if name != "a change of another file" {
			if _, complaints := one(text); complaints != nil {
				t.Errorf("%s:\n%s", name, said(complaints))
			}
		}
		value, err := inYAML(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, wrong := range validate(schema, value, name) {
			t.Error(wrong)
		}
	}
}

// TestSchemaRefusesWhatItCan: these mistakes an editor can show.
func TestSchemaRefusesWhatItCan(t *testing.T) {
	schema := theSchema(t)
	for _, c := range []struct{ about, text string }{
		{"an unknown key", "vlume: {}"},
		{"an unknown key below", "volume: {paths: /data}"},
		{"a string for a list", "volume: {dirs: a}"},
		{"a mode that isn't quoted", "volume: {modes: {a: 600}}"},
		{"a mode with a bad digit", "volume: {modes: {a: \"0680\"}}"},
		{"a uid of root", "user: {uid: 0}"},
		{"a variable with a hyphen", "env: {set: {A-B: x}}"},
		{"an absolute name on the volume", "seed: [{path: /a, content: x}]"},
		{"a seed without a source", "seed: [{path: a}]"},
		{"a seed with two", "seed: [{path: a, from: /b, content: c}]"},
		{"a seed without a path", "seed: [{content: c}]"},
		{"a condition without its variable", "seed: [{path: a, content: c, when: {is: x}}]"},
		{"an unknown point", "hooks: [{at: soon, command: [x]}]"},
		{"an empty command", "hooks: [{at: before-main, command: []}]"},
		{"a time without a unit", "hooks: [{at: before-main, command: [x], timeout: \"30\"}]"},
		{"too few bytes", "generate: [{path: a, key: A, bytes: 8}]"},
		{"an unknown signal", "services: {web: {stop: {signal: TERN}}}"},
		{"a service with a bad name", "services: {Web One: {}}"},
		{"an unknown kind", "services: {web: {kind: daemon}}"},
		{"an unknown service's name in requires", "services: {web: {requires: [The Database]}}"},
		{"a time without a unit in ready", "services: {web: {ready: {timeout: \"5\"}}}"},
		{"an unknown verdict", "services: {web: {ready: {on-timeout: stop}}}"},
		{"a descriptor that is taken", "services: {web: {ready: {fd: 1}}}"},
		{"a page without http", "services: {web: {health: {http: localhost}}}"},
		{"a port by its name", "services: {web: {health: {tcp: http}}}"},
		{"a threshold of nothing", "services: {web: {health: {threshold: 0}}}"},
		{"a signal that doesn't reload", "services: {web: {reload: {signal: KILL}}}"},
		{"an unknown capability", "services: {web: {limits: {capabilities: [ROOT]}}}"},
		{"a user with a blank", "services: {web: {limits: {user: a b}}}"},
		{"too nice", "services: {web: {limits: {nice: 20}}}"},
		{"a limit in words", "services: {web: {limits: {nofile: many}}}"},
		{"a limit below nothing", "services: {web: {limits: {nofile: -1}}}"},
		{"a size without a unit", "services: {web: {limits: {memlock: \"64:64\"}}}"},
		{"an unknown compression", "services: {web: {log: {compress: gzip}}}"},
		{"an unknown flood policy", "services: {web: {log: {flood: {policy: drop}}}}"},
		{"an absolute pattern", "services: {web: {log: {rotate: [/var/log/*]}}}"},
		{"a right for nobody", "control: {allow: [{services: [web]}]}"},
		{"a right for two", "control: {allow: [{uid: 1, gid: 1, services: [web]}]}"},
		{"a right for root", "control: {allow: [{uid: 0, services: [web]}]}"},
		{"a right to nothing", "control: {allow: [{uid: 5, services: []}]}"},
		{"yes for true", "install: {immutable: \"yes\"}"},
		{"a redirect without opt-outs in its unless", "main: {redirect: [{args: [a], to: b, unless: {}}]}"},
	} {
		t.Run(c.about, func(t *testing.T) {
			value, err := inYAML(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if len(validate(schema, value, "")) == 0 {
				t.Error("it is accepted")
			}
			if _, complaints := one("version: 1\n" + c.text + "\n"); len(complaints) == 0 {
				t.Error("Read accepts it")
			}
		})
	}
}

// TestSchemaPatternsAreNoStricterThanTheRules draws strings: what a rule lets pass the schema's pattern must match.
func TestSchemaPatternsAreNoStricterThanTheRules(t *testing.T) {
	rules := []string{"variable", "user", "service", "slot", "absolute", "glob", "root", "inside", "base", "file", "beside", "flag", "signal", "text", "word", "pattern", "reload-signal", "capability", "account", "address", "url", "inside-glob", "cron"}
	rapid.Check(t, func(t *rapid.T) {
		rule := rapid.SampledFrom(rules).Draw(t, "rule")
		s := rapid.StringMatching(`[a-zA-Z0-9_/.$\-é *:\[\]{}]{0,8}|SIG[A-Z]{3}|/[a-z/]{1,6}|TERM|http://[a-z:/1]{0,6}|[a-z]{0,2}:[0-9]{1,3}|[0-9]{1,3}:[a-z0-9]{1,3}|(CAP_)?(KILL|CHOWN)|\$\{A\}.{0,3}`).Draw(t, "text")
		if what, _ := breach(rule, s); what == "" && !regexp.MustCompile(patternOf(rule)).MatchString(s) {
			t.Fatalf("%q obeys the rule %s and doesn't match %s", s, rule, patternOf(rule))
		}
	})
}

func TestSchemaKnowsEveryKey(t *testing.T) {
	var walk func(schema map[string]any, typ reflect.Type, where string)
	walk = func(schema map[string]any, typ reflect.Type, where string) {
		properties, _ := schema["properties"].(map[string]any)
		if got, want := slices.Sorted(maps.Keys(properties)), slices.Sorted(slices.Values(keysOf(typ))); !slices.Equal(got, want) {
			t.Errorf("%s has the keys %v, want %v", where, got, want)
			return
		}
		for _, key := range keysOf(typ) {
			f, _ := fieldOf(typ, key)
			sub := properties[key].(map[string]any)
			if sub["description"] != f.Tag.Get("doc") {
				t.Errorf("%s.%s is described as %v", where, key, sub["description"])
			}
			e := element(f.Type)
			if !isStruct(e) {
				continue
			}
			switch f.Type.Kind() {
			case reflect.Slice:
				sub = sub["items"].(map[string]any)
			case reflect.Map:
				sub = sub["additionalProperties"].(map[string]any)
			default:
			}
			walk(sub, e, join(where, key))
		}
	}
	walk(theSchema(t), reflect.TypeFor[Spec](), "")
}

// allExamples is every example of the reference page as one spec.
func allExamples() string {
	text := "version: 1\n"
	eachSection(func(section string) {
		if section != "" {
			text += example(section)
		}
	})
	return text
}

// eachSection visits the sections that the reference page has, in its order.
func eachSection(visit func(section string)) {
	visit("")
	eachField(reflect.TypeFor[Spec](), "", func(f reflect.StructField, where string) {
		if isStruct(element(f.Type)) {
			visit(where + suffix(f.Type))
		}
	})
}

func TestReferenceNamesEveryKey(t *testing.T) {
	page := string(Reference())
	sections := strings.Split(page, "\n#")
	find := func(title string) string {
		for _, s := range sections {
			if strings.HasPrefix(strings.TrimLeft(s, "#"), " "+title+"\n") {
				return s
			}
		}
		t.Errorf("there is no section %s", title)
		return ""
	}
	eachField(reflect.TypeFor[Spec](), "", func(f reflect.StructField, where string) {
		key := f.Tag.Get("yaml")
		title := "`" + strings.TrimSuffix(where, "."+key) + "`"
		if where == key {
			title = "Top level"
		}
		s := find(title)
		at := strings.Index(s, "\n| `"+key+"` | ")
		if at < 0 {
			t.Errorf("%s has no line for %s", title, key)
			return
		}
		row, _, _ := strings.Cut(s[at+1:], "\n")
		if strings.Count(row, " | ") != 3 || !strings.Contains(row, f.Tag.Get("doc")) {
			t.Errorf("%s: the line is %s", where, row)
		}
		if d := f.Tag.Get("default"); d != "" && !strings.Contains(row, "| `"+d+"` |") {
			t.Errorf("%s: the default %s isn't in %s", where, d, row)
		}
		if f.Tag.Get("required") != "" && !strings.Contains(row, "| required |") {
			t.Errorf("%s: that it is required isn't in %s", where, row)
		}
	})
	if !utf8.ValidString(page) || !strings.HasSuffix(page, "\n") || strings.HasSuffix(page, "\n\n") {
		t.Error("the page doesn't end in one end of line")
	}
	if page != string(Reference()) {
		t.Error("two calls differ")
	}
}

func TestExamplesAreShownAndRight(t *testing.T) {
	page := string(Reference())
	n := 0
	eachSection(func(section string) {
		e := example(section)
		if e == "" {
			return
		}
		n++
		if !strings.Contains(page, "```yaml\n"+e+"```\n") {
			t.Errorf("the example of %q isn't on the page", section)
		}
	})
	if n < 12 {
		t.Errorf("%d sections have an example", n)
	}
	first := files{"berth.yaml": example(""), "/usr/share/berth/base.yaml": "user: {name: notes}\n"}
	if _, complaints := Read(first.open, "berth.yaml"); complaints != nil {
		t.Errorf("the first example:\n%s", said(complaints))
	}
	s, complaints := one(allExamples())
	if complaints != nil {
		t.Fatalf("the examples together:\n%s", said(complaints))
	}
	if len(s.Services) != 4 || len(s.Control.Allow) != 2 || len(s.Seed) != 3 || s.Services["sync"].Port == nil || len(s.Hooks) != 1 {
		t.Errorf("the examples together are read as %+v", s)
	}
	if e := example("nowhere"); e != "" {
		t.Errorf("a section that isn't there has the example %q", e)
	}
}

// TestTheGoldenMistakesAreRefusedNotCrashedOn validates the golden files too: the schema need not refuse them, but
// the validator must understand every keyword that it meets on the way.
func TestTheGoldenMistakesAreRefusedNotCrashedOn(t *testing.T) {
	schema := theSchema(t)
	names, err := filepath.Glob("testdata/complaints/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		value, err := inYAML(string(archive.Files[0].Data))
		if err != nil {
			continue
		}
		for _, wrong := range validate(schema, value, filepath.Base(name)) {
			if strings.Contains(wrong, "the schema has the keyword") {
				t.Error(wrong)
			}
			refused++
		}
	}
	if refused < 50 {
		t.Errorf("the schema refuses %d of the mistakes", refused)
	}
}

func TestOrderedKeepsItsOrder(t *testing.T) {
	o := &ordered{}
	o.set("z", 1)
	o.set("a", []string{"x"})
	inner := &ordered{}
	inner.set("é\"", true)
	o.set("m", inner)
	data, err := json.Marshal(o)
	if diff := cmp.Diff(`{"z":1,"a":["x"],"m":{"é\"":true}}`, string(data)); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if data, err := json.Marshal(&ordered{}); err != nil || string(data) != "{}" {
		t.Errorf("an empty one is %s, %v", data, err)
	}
	o.set("f", func() {})
	if _, err := json.Marshal(o); err == nil {
		t.Error("a function is written")
	}
}
