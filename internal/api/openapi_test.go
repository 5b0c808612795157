package api

import (
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the generated documents")

func TestTheDocumentsAreUpToDate(t *testing.T) {
	for path, want := range map[string][]byte{"../../docs/reference/openapi.json": OpenAPI(), "../../docs/reference/api.md": Reference()} {
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s is stale: run go test ./internal/api -update\n%s", path, diff)
		}
	}
}

func TestTheDocumentIsSound(t *testing.T) {
	var doc struct {
		OpenAPI    string                               `json:"openapi"`
		Paths      map[string]map[string]map[string]any `json:"paths"`
		Components map[string]map[string]map[string]any `json:"components"`
	}
	if err := json.Unmarshal(OpenAPI(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("it is of version %q", doc.OpenAPI)
	}
	for _, r := range Routes() {
		op := doc.Paths[r.Path][strings.ToLower(r.Method)]
		if op["operationId"] != r.Name || op["summary"] != r.Doc || op["x-may"] != string(r.May) {
			t.Errorf("%s is told as %v", r.Name, op)
		}
		if (op["requestBody"] != nil) != (r.Method == http.MethodPost) {
			t.Errorf("%s: the body is told wrong", r.Name)
		}
	}
	schemas := doc.Components["schemas"]
	for _, ref := range refs(doc.Paths, refs(schemas, nil)) {
		if schemas[strings.TrimPrefix(ref, "#/components/schemas/")] == nil {
			t.Errorf("%s leads nowhere", ref)
		}
	}
	if len(schemas) < 10 {
		t.Errorf("%d schemas", len(schemas))
	}
}

// refs gathers the references in a document.
func refs(v any, found []string) []string {
	data, err := json.Marshal(v)
	if err != nil {
		return found
	}
	for _, part := range strings.Split(string(data), `"$ref":"`)[1:] {
		ref, _, _ := strings.Cut(part, `"`)
		found = append(found, ref)
	}
	return found
}

// The schemas must say what is really sent: every key, and no other.
func TestTheSchemasAreTheTypes(t *testing.T) {
	d := &document{schemas: object{}}
	for _, r := range Routes() {
		d.schema(r.Tells, "")
	}
	sent := map[string]any{
		"Service": Service{}, "Event": Event{}, "Ready": Ready{}, "Version": Version{}, "Profile": Profile{}, "Exit": Exit{},
		"LogLine": LogLine{Raw: []byte{1}}, "Status": Status{}, "Reason": Reason{}, "ProfileList": ProfileList{},
		"HealLine": HealLine{}, "Healed": Healed{}, "HealStep": HealStep{}, "HealNote": HealNote{},
	}
	for name := range d.schemas {
		v, known := sent[name]
		if !known {
			t.Errorf("the test sends no %s", name)
			continue
		}
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var keys map[string]any
		if err := json.Unmarshal(data, &keys); err != nil {
			t.Fatal(err)
		}
		properties, ok := d.schemas[name].(object)["properties"].(object)
		if !ok || len(properties) != len(keys) {
			t.Errorf("%s has the keys %v, and is told with %v", name, keys, properties)
		}
		for k := range keys {
			if properties[k] == nil {
				t.Errorf("%s.%s isn't told", name, k)
			}
		}
	}
}

func TestThePageNamesEverything(t *testing.T) {
	page := string(Reference())
	for _, r := range Routes() {
		if !strings.Contains(page, "`"+r.Method+" "+r.Path+"`") || !strings.Contains(page, "\n## "+r.Name+"\n") {
			t.Errorf("%s isn't on the page", r.Name)
		}
	}
	for _, m := range Codes() {
		if !strings.Contains(page, "| `"+string(m.Code)+"` | ") {
			t.Errorf("the code %s isn't on the page", m.Code)
		}
	}
}

func TestEveryCodeHasItsStatus(t *testing.T) {
	for _, m := range Codes() {
		if status := m.Code.Status(); !m.Local && (status < 400 || status == 500 && m.Code != Failed) {
			t.Errorf("%s has the status %d", m.Code, status)
		}
	}
}
