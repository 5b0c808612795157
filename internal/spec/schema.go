package spec

// Schema gives the JSON Schema (draft 2020-12) of berth.yaml, for editors.
func Schema() []byte { return nil }
