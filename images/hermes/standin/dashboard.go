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
func (a *app) dashboard(args []string) int {
	flags := flag.NewFlagSet("hermes dashboard", flag.ContinueOnError)
	flags.SetOutput(a.err)
	host := flags.String("host", "127.0.0.1", "address to listen on")
	port := flags.Int("port", 9119, "port to listen on")
	flags.Bool("no-open", false, "open no browser")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return codeUsage
	}
	if a.exitAsked() == codeFailed {
		return a.fail("dashboard is told to fail")
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(*host, strconv.Itoa(*port)))
	if err != nil {
		return a.fail("serve dashboard: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintln(w, "<!doctype html><title>Hermes</title><h1>Hermes dashboard, a stand-in</h1>")
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Fprintf(a.out, "hermes dashboard: http://%s/\n", listener.Addr())
	told := make(chan int, 1)
	go func() {
		code, _ := a.untilTold(func() {})
		told <- code
	}()
	select {
	case err := <-failed:
		return a.fail("serve dashboard: %w", err)
	case code := <-told:
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			return a.fail("end dashboard: %w", errors.Join(err, server.Close()))
		}
		return code
	}
}
