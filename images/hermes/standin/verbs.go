package main

import (
	"fmt"
	"io"
	"strings"
)

// A verb is a first word that the program knows. Those without a run are known by name and help alone: they show which
// of two programs answered.
type verb struct {
	name, form, about string
	run               func(a *app, args []string) int
}

func verbs() []verb {
	return []verb{
		{"chat", "[-q TEXT]", "talk, or ask one question", (*app).chat},
		{"gateway", "run [--replace] [-p PROFILE]", "answer messages until told to stop", (*app).gateway},
		{"dashboard", "[--no-open] [--host HOST] [--port PORT]", "serve the web interface", (*app).dashboard},
		{"serve", "[--no-open] [--host HOST] [--port PORT]", "serve it to other programs", (*app).serve},
		{"config", "get KEY | set KEY VALUE", "read or write config.yaml", (*app).config},
		{"profile", "create|delete|list", "instances", nil},
		{"doctor", "[--fix]", "look for trouble", nil},
		{"setup", "", "first configuration", (*app).setup},
		{"update", "", "update the app", (*app).update},
		{"login", "", "log in to a provider", nil},
		{"mcp", "", "tool servers", nil},
		{"dump", "", "print what a bug report needs", nil},
	}
}

func verbNamed(name string) (verb, bool) {
	for _, v := range verbs() {
		if v.name == name {
			return v, true
		}
	}
	return verb{}, false
}

func (v verb) usage(w io.Writer) {
	fmt.Fprintln(w, strings.TrimSpace("usage: hermes "+v.name+" "+v.form))
	fmt.Fprintln(w, v.about)
}

func (a *app) usage(w io.Writer) {
	fmt.Fprintln(w, "usage: hermes [-h] [--version] [--tui] [-p PROFILE] [command] …")
	for _, v := range verbs() {
		fmt.Fprintf(w, "  %-10s %s\n", v.name, v.about)
	}
}
