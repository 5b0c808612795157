package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// OpenAPI gives the API's document (OpenAPI 3.1) out of the table and the tags of the wire types.
func OpenAPI() []byte {
	d := &document{schemas: object{}}
	paths := object{}
	for _, r := range Routes() {
		if paths[r.Path] == nil {
			paths[r.Path] = object{}
		}
		paths[r.Path].(object)[strings.ToLower(r.Method)] = d.operation(r)
	}
	d.ref(reflect.TypeFor[Error]())
	data, err := json.MarshalIndent(object{
		"openapi": "3.1.0",
		"info": object{
			"title": "berth's control socket", "version": "1",
			"description": "HTTP/1.1 on a unix socket: /run/berth/control.sock, or what BERTH_SOCKET names. The host is \"berth\". " +
				"Who asks is told by the kernel (SO_PEERCRED); there are no credentials in a request.",
			"license": object{"name": "Apache-2.0", "identifier": "Apache-2.0"},
		},
		"servers":    []any{object{"url": "http://berth"}},
		"paths":      paths,
		"components": object{"schemas": d.schemas},
	}, "", "  ")
	if err != nil {
		panic("write the API's document: " + err.Error()) // strings and maps of them: can't be
	}
	return append(data, '\n')
}

type object = map[string]any

// document gathers the schemas of the types that it comes by.
type document struct{ schemas object }

func (d *document) operation(r Route) object {
	media, status := "application/json", http.StatusOK
	if r.Stream {
		media = streamType
	}
	answer := object{"description": "done, or the answer", "content": object{media: object{"schema": d.schema(r.Tells, "")}}}
	answers := object{
		strconv.Itoa(status): answer,
		"default": object{
			"description": "refused or failed",
			"content":     object{"application/json": object{"schema": d.schema(reflect.TypeFor[Error](), "")}},
		},
	}
	if r.Tells == reflect.TypeFor[Ready]() {
		answers[strconv.Itoa(http.StatusServiceUnavailable)] = answer
	}
	op := object{"operationId": r.Name, "summary": r.Doc, "description": "For " + r.May.words() + ".", "responses": answers, "x-may": string(r.May)}
	if r.Method != http.MethodGet {
		op["requestBody"] = object{"required": true, "content": object{"application/json": object{"schema": d.schema(r.Asks, "")}}}
		return op
	}
	var parameters []any
	for f := range r.Asks.Fields() {
		parameters = append(parameters, object{
			"name": f.Tag.Get("query"), "in": "query", "description": f.Tag.Get("doc"), "schema": d.schema(f.Type, ""),
		})
	}
	if parameters != nil {
		op["parameters"] = parameters
	}
	return op
}

// words says who may, for readers.
func (m May) words() string {
	switch m {
	case Guests:
		return "whoever may see or control anything"
	case Seers:
		return "whoever may see the slots that are named; without names it tells of those that the caller may see"
	case Controllers:
		return "whoever may control every slot that is named"
	default:
		return "root and the app's user"
	}
}

// ref puts a struct among the schemas and gives the way to it.
func (d *document) ref(t reflect.Type) object {
	if t == reflect.TypeFor[none]() {
		return object{"type": "object"}
	}
	if d.schemas[t.Name()] == nil {
		properties, required := object{}, []any{}
		d.schemas[t.Name()] = object{"type": "object", "properties": properties}
		for f := range t.Fields() {
			name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !f.IsExported() {
				continue
			}
			p := d.schema(f.Type, f.Tag.Get("enum"))
			p["description"] = f.Tag.Get("doc")
			properties[name] = p
			if opts == "" {
				required = append(required, name)
			}
		}
		if t != reflect.TypeFor[Action]() { // what it leaves out is false or the default
			d.schemas[t.Name()].(object)["required"] = required
		} else {
			d.schemas[t.Name()].(object)["required"] = []any{"slots"}
		}
	}
	return object{"$ref": "#/components/schemas/" + t.Name()}
}

// schema gives the schema of a type; enum lists its values, if they are few.
func (d *document) schema(t reflect.Type, enum string) object {
	switch t {
	case reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case reflect.TypeFor[[]byte]():
		return object{"type": "string", "contentEncoding": "base64"}
	case reflect.TypeFor[Code]():
		var codes []any
		for _, m := range Codes() {
			if !m.Local {
				codes = append(codes, string(m.Code))
			}
		}
		return object{"type": "string", "enum": codes}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return object{"anyOf": []any{d.schema(t.Elem(), enum), object{"type": "null"}}}
	case reflect.Struct:
		return d.ref(t)
	case reflect.Slice:
		return object{"type": "array", "items": d.schema(t.Elem(), enum)}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return object{"type": "integer"}
	case reflect.Uint64:
		return object{"type": "integer", "minimum": 0}
	default:
		s := object{"type": "string"}
		if enum != "" {
			s["enum"] = strings.Split(enum, ",")
		}
		return s
	}
}
