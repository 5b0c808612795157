package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// HTTP asks whether a GET of a URL is answered with 2xx or 3xx.
type HTTP string

const (
	mostHeader = 64 << 10
	mostBody   = 64 << 10
)

// Ask gets the URL once, by a connection of its own: a kept one would say nothing about new ones. A redirection is an
// answer and isn't followed. No proxy is asked, and no certificate is checked: what answers on this machine is
// believed anyway, and it usually has a certificate for another name.
func (u HTTP) Ask(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, string(u), http.NoBody)
	if err != nil {
		return u.fail(err)
	}
	req.Header.Set("User-Agent", "berth")
	t := &http.Transport{
		DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: mostHeader,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}
	defer t.CloseIdleConnections()
	client := &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return u.fail(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode < 200 || res.StatusCode > 399 {
		return u.fail(errors.New(res.Status))
	}
	_, _ = io.CopyN(io.Discard, res.Body, mostBody) // to hang up in the middle of an answer makes some servers complain
	return nil
}

func (u HTTP) fail(err error) error {
	if ue, ok := errors.AsType[*url.Error](err); ok {
		err = ue.Err
	}
	return fmt.Errorf("get %s: %w", string(u), dialCause(err))
}
