package cli

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/berth-init/berth/internal/boot"
	"github.com/berth-init/berth/internal/fsx"
	"github.com/berth-init/berth/internal/s6rc"
)

// explained is what `berth s6 explain --json` writes.
type explained struct {
	On    bool        `json:"on"`
	Why   string      `json:"why"`
	Image *s6rc.Image `json:"image"`
}

func (s *session) s6Explain() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "explain [--json]",
		Short: "tell how berth reads an image that was made for s6-overlay",
		Long: "explain tells whether berth boots the image by s6-overlay's rules and why; every service with its source, kind and place in\n" +
			"the order; every setting (S6_*) and what becomes of it; every file that is ignored and why; and every mistake. It ends with 1\n" +
			"if a boot would end with one of them. Nothing is changed.",
		Args: none,
		RunE: func(*cobra.Command, []string) error {
			root, err := fsx.Open("/")
			if err != nil {
				return err
			}
			defer func() { _ = root.Close() }()
			w := boot.World{Environ: os.Environ()}
			x := explained{}
			x.On, x.Why = s6rc.Switched(root, w.Lookup)
			settings, complaints := s6rc.ReadSettings(w.Lookup)
			x.Image = s6rc.Read(root, settings, s.beside.Known)
			x.Image.Complaints = slices.Concat(complaints, s6rc.Misspelt(w.Environ), x.Image.Complaints)
			if asJSON {
				err = s.json(x)
			} else {
				err = s.explain(&x)
			}
			if err == nil && len(x.Image.Fatal()) > 0 {
				return ended(1)
			}
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "write all of it as JSON")
	return c
}

// explain writes what was read for people.
func (s *session) explain(x *explained) error {
	var b strings.Builder
	state := "off"
	if x.On {
		state = "on"
	}
	fmt.Fprintf(&b, "s6-overlay compatibility is %s: %s\n", state, x.Why)
	i := x.Image
	section := func(title string, rows [][]string) {
		if len(rows) > 1 {
			b.WriteString("\n" + title + "\n" + columns(rows, s.width()))
		}
	}
	section("Services, in the order in which they start", serviceRows(i))
	section("Bundles", bundleRows(i))
	section("Scripts", scriptRows(i))
	section("Settings", settingRows(i))
	rows := [][]string{{"FILE", "WHY"}}
	for _, g := range i.Ignored {
		rows = append(rows, []string{oneLine(g.Path), oneLine(g.Why)})
	}
	section("Ignored", rows)
	rows = [][]string{{"WHERE", "MEANS", "WHAT"}}
	for _, c := range i.Complaints {
		means := "the boot goes on"
		if c.Fatal {
			means = "the container ends with 1"
		}
		rows = append(rows, []string{oneLine(c.Path), means, oneLine(strings.TrimSuffix(c.Text+"; "+c.Hint, "; "))})
	}
	section("Mistakes", rows)
	_, err := fmt.Fprint(s.out, b.String())
	return err
}

// serviceRows gives the longruns, oneshots and steps, what starts first before what needs it, and services.d.
func serviceRows(i *s6rc.Image) [][]string {
	rows := [][]string{{"ORDER", "SERVICE", "KIND", "SOURCE", "AFTER", "NOTE"}}
	all := slices.Clone(i.Services)
	slices.SortStableFunc(all, func(a, b s6rc.Service) int { return order(a) - order(b) })
	for _, v := range all {
		level, source := "-", v.Dir
		if v.Wanted {
			level = fmt.Sprint(v.Level + 1)
		}
		if source == "" {
			source = "berth's own"
		}
		note := v.Broken
		switch {
		case note != "":
		case !v.Wanted:
			note = "not started: no bundle that a boot starts names it"
		case v.From != "":
			note = "by " + v.From
		}
		rows = append(rows, []string{level, oneLine(v.Name), string(v.Kind), oneLine(source), oneLine(after(v)), oneLine(note)})
	}
	for _, l := range i.Legacy {
		rows = append(rows, []string{"-", oneLine(l.Name), "services.d", oneLine(l.Dir), s6rc.LegacyStep, oneLine(l.Broken)})
	}
	return rows
}

// order is a service's place among all: what isn't started comes last.
func order(v s6rc.Service) int {
	if !v.Wanted {
		return 1 << 20
	}
	return v.Level
}

// after gives what goes before a service.
func after(v s6rc.Service) string {
	if all := slices.Concat(v.Requires, v.After); len(all) > 0 {
		return strings.Join(all, " ")
	}
	return "-"
}

func bundleRows(i *s6rc.Image) [][]string {
	rows := [][]string{{"BUNDLE", "SOURCE", "CONTENTS"}}
	for _, v := range i.Bundles {
		source := v.From
		if source == "" {
			source = "berth's own"
		}
		rows = append(rows, []string{oneLine(v.Name), oneLine(source), oneLine(strings.Join(v.Members, " "))})
	}
	return rows
}

func scriptRows(i *s6rc.Image) [][]string {
	rows := [][]string{{"WHEN", "PROGRAM", "NOTE"}}
	add := func(when string, all []s6rc.Program) {
		for _, v := range all {
			note := ""
			switch {
			case !v.Executable:
				note = "not executable: it ends with 126"
			case v.Dirty:
				note = "a clean copy is run: see the mistakes"
			}
			rows = append(rows, []string{when, oneLine(v.Path), note})
		}
	}
	add("start", i.ContInit)
	add("end", i.ContFinish)
	return rows
}

func settingRows(i *s6rc.Image) [][]string {
	rows := [][]string{{"VARIABLE", "VALUE", "FATE", "WHY"}}
	for _, v := range i.Settings.Set {
		value := v.Value
		if !v.Given {
			value += " (default)"
		}
		rows = append(rows, []string{oneLine(v.Name), oneLine(strings.TrimSpace(value)), string(v.Fate), oneLine(v.Why)})
	}
	return rows
}
