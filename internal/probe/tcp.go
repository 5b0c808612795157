package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// TCP asks whether an address ("127.0.0.1:8080") takes connections.
type TCP string

// Ask connects and hangs up.
func (a TCP) Ask(ctx context.Context) error {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", string(a))
	if err != nil {
		return fmt.Errorf("connect to %s: %w", string(a), dialCause(err))
	}
	return c.Close()
}

// dialCause takes off what package net says about the address once more.
func dialCause(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}
