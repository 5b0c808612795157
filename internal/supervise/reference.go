package supervise

import (
	"bytes"
	"fmt"
)

// Reference gives the page of the states in Markdown: what each means, the diagram, and every way between them.
func Reference() []byte {
	var b bytes.Buffer
	b.WriteString("# The states of a slot\n\n<!-- Generated from the table in internal/supervise; edit that. -->\n\n" +
		"A slot is the supervisor's place for one service. It is in one of these states:\n\n| state | means |\n|---|---|\n")
	for _, s := range states() {
		fmt.Fprintf(&b, "| %s | %s |\n", s.state, s.means)
	}
	b.WriteString("\n## The diagram\n\n```mermaid\nstateDiagram-v2\n    [*] --> down\n")
	for _, r := range table {
		fmt.Fprintf(&b, "    %s --> %s : %s\n", r.from, r.to, r.on)
	}
	b.WriteString("    down --> [*]\n```\n\n## Every way\n\nWhat isn't listed doesn't happen.\n\n| from | on | to | when |\n|---|---|---|---|\n")
	for _, r := range table {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.from, r.on, r.to, r.means)
	}
	fmt.Fprintf(&b, `
## Holds

A run that lived %v (`+"`stable`"+`) is a good one, and forgives those before it. A shorter one counts. The first short run in a
row is followed by the next one at once, then after 1 s, 2 s, 4 s and so on up to %v (`+"`hold-max`"+`), each with %d %% of jitter
either way. An at-once code is followed by the next run at once, and counts only if the run lived less than %v. A program
that can't be executed is tried again after 1 s at the soonest. From the %dth short run in a row the verdict is `+"`failing`"+`.
`, defaultStable, defaultHoldMax, int(jitter*100), atOnceLived, failingFrom)
	return b.Bytes()
}
