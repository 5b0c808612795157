package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"
)

// dashboard serves one page until it is told to stop.
func (a *app) dashboard(args []string) int { return a.web("dashboard", args) }

// serve is another name for it: a second role of a container that has no gateways.
func (a *app) serve(args []string) int { return a.web("serve", args) }

func (a *app) web(verb string, args []string) int {
	flags := flag.NewFlagSet("hermes "+verb, flag.ContinueOnError)
	flags.SetOutput(a.err)
	host := flags.String("host", "127.0.0.1", "address to listen on")
	port := flags.Int("port", 9119, "port to listen on")
	flags.Bool("no-open", false, "open no browser")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return codeUsage
	}
	if err := a.tell(verb); err != nil {
		return a.fail("tell what it was started with: %w", err)
	}
	if a.getenv("HERMES_DASHBOARD_INSECURE") != "" {
		a.complain("HERMES_DASHBOARD_INSECURE opens nothing any more")
	}
	if !local(*host) && !a.knowsWhoAsks() {
		a.complain("%s on %s: refused without a way to log in (HERMES_DASHBOARD_BASIC_AUTH_USERNAME and _PASSWORD)", verb, *host)
		return codeConfig
	}
	if code := a.comeUp(); code >= 0 {
		return code
	}
	if a.failsAtOnce() {
		return a.fail("%s is told to fail", verb)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(*host, strconv.Itoa(*port)))
	if err != nil {
		return a.fail("serve %s: %w", verb, err)
	}
	return a.serveOn(listener, verb)
}

// local says whether an address is one that nobody outside reaches.
func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// knowsWhoAsks says whether somebody is set up to ask who is there.
func (a *app) knowsWhoAsks() bool {
	basic := a.getenv("HERMES_DASHBOARD_BASIC_AUTH_USERNAME") != "" && a.getenv("HERMES_DASHBOARD_BASIC_AUTH_PASSWORD") != ""
	oidc := a.getenv("HERMES_DASHBOARD_OIDC_ISSUER") != "" && a.getenv("HERMES_DASHBOARD_OIDC_CLIENT_ID") != ""
	return basic || oidc || a.getenv("HERMES_DASHBOARD_OAUTH_CLIENT_ID") != ""
}

// serveOn serves until it is told to stop.
func (a *app) serveOn(listener net.Listener, verb string) int {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintln(w, "<!doctype html><title>Hermes</title><h1>Hermes "+verb+", a stand-in</h1>")
	})
	mux.HandleFunc("GET /api/status", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, "{\"auth_required\":%v}\n", a.knowsWhoAsks())
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Fprintf(a.out, "hermes %s: http://%s/\n", verb, listener.Addr())
	told := make(chan int, 1)
	go func() {
		code, _ := a.untilTold("hermes "+verb, func() {})
		told <- code
	}()
	select {
	case err := <-failed:
		return a.fail("serve %s: %w", verb, err)
	case code := <-told:
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			return a.fail("end %s: %w", verb, errors.Join(err, server.Close()))
		}
		return code
	}
}
