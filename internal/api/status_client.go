package api

import "context"

// Status asks for the state of slots: of every slot without names.
func (c *Client) Status(ctx context.Context, slots ...string) (Status, error) {
	return ask[Status](ctx, c, "Status", StatusQuery{Slots: slots})
}

// StatusJSON is Status as the server wrote it, for who passes it on.
func (c *Client) StatusJSON(ctx context.Context, slots ...string) ([]byte, error) {
	return c.bytes(ctx, "Status", StatusQuery{Slots: slots})
}
