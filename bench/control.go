package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/berth-init/berth/bench/rig"
)

const (
	rowOne            = "status of one, N=1000 (ms)"
	rowOneBare        = "status of one, N=1000, bare request (ms)"
	rowEvery          = "status of all, N=1000 (ms)"
	rowEveryBare      = "status of all, N=1000, bare request (ms)"
	rowRestartRuns    = "restart of one -> new instance runs (ms)"
	rowRestartReturns = "restart of one -> client returns (ms)"
	rowRestartBare    = "restart of one -> bare request answered (ms)"
)

// control times questions and a restart.
func (b *bench) control(l *live, slow bool) error {
	few, many := 7, 15
	if slow {
		few, many = 2, 5
	}
	for _, q := range []struct {
		row   string
		argv  []string
		times int
	}{{rowOne, l.Status, many}, {rowEvery, l.All, few}} {
		if q.argv == nil {
			continue
		}
		rig.Quiet(b.patience)
		for range q.times {
			took, err := l.client(q.argv)
			if err != nil {
				return err
			}
			b.table.Add(q.row, l.name, took)
		}
	}
	if l.Socket != "" {
		rig.Quiet(b.patience)
		for range many {
			for row, path := range map[string]string{rowOneBare: "/v1/status?slot=s0", rowEveryBare: "/v1/status"} {
				took, err := ask(l.Socket, http.MethodGet, path, "")
				if err != nil {
					return err
				}
				b.table.Add(row, l.name, took)
			}
		}
	}
	if l.Restart == nil {
		return nil
	}
	for range few {
		if err := b.restart(l, rowRestartReturns, func() (float64, error) { return l.client(l.Restart) }); err != nil {
			return err
		}
		if l.Socket != "" {
			if err := b.restart(l, rowRestartBare, func() (float64, error) {
				return ask(l.Socket, http.MethodPost, "/v1/restart", `{"slots":["s0"],"wait":true,"timeout_ms":0}`)
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

// restart times a restart by a client, and how soon the new instance runs.
func (b *bench) restart(l *live, row string, client func() (float64, error)) error {
	if err := l.Stamps.Forget(); err != nil {
		return err
	}
	rig.Quiet(b.patience)
	began := rig.Now()
	took, err := client()
	if err != nil {
		return err
	}
	runs, err := l.One(rig.Runs, patient)
	if err != nil {
		return err
	}
	b.table.Add(row, l.name, took)
	if row == rowRestartReturns {
		b.table.Add(rowRestartRuns, l.name, ms(runs.At-began))
	}
	// The peers hold the next restart of a young instance back.
	time.Sleep(settled)
	return nil
}

// client runs a program to its end and gives the ms that it took.
func (l *live) client(argv []string) (float64, error) {
	c := exec.Command(argv[0], argv[1:]...)
	c.Env = append(os.Environ(), l.Env...)
	var said strings.Builder
	c.Stderr = &said
	began := rig.Now()
	err := c.Run()
	took := ms(rig.Now() - began)
	if err != nil {
		return 0, fmt.Errorf("%s: %w: %s", strings.Join(argv[:min(len(argv), 4)], " "), err, strings.TrimSpace(said.String()))
	}
	return took, nil
}

// ask makes one request on a connection of its own and gives the ms until the whole answer is there.
func ask(socket, method, path, body string) (float64, error) {
	t := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	}}
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, "http://berth"+path, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	began := rig.Now()
	answer, err := t.RoundTrip(r)
	if err != nil {
		return 0, err
	}
	data, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	took := ms(rig.Now() - began)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, data)
	}
	return took, err
}
