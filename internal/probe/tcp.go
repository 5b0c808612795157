package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
)

// TCP asks whether an address ("127.0.0.1:8080", "[::1]:8080") takes connections. An IPv6 address may stand without its
// brackets, as it does where a spec puts the texts of two variables together.
type TCP string

// Ask connects and hangs up.
func (a TCP) Ask(ctx context.Context) error {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", a.bracketed())
	if err != nil {
		return fmt.Errorf("connect to %s: %w", string(a), dialCause(err))
	}
	return c.Close()
}

func (a TCP) bracketed() string {
	i := strings.LastIndexByte(string(a), ':')
	if i < 0 || strings.HasPrefix(string(a), "[") || strings.IndexByte(string(a[:i]), ':') < 0 {
		return string(a)
	}
	return net.JoinHostPort(string(a[:i]), string(a[i+1:]))
}

// dialCause takes off what package net says about the address once more.
func dialCause(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}
