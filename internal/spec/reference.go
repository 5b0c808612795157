package spec

// Reference gives the reference page of berth.yaml in Markdown.
func Reference() []byte { return nil }
