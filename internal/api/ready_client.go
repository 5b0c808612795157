package api

import "context"

// Ready asks whether the container is ready. The answer no is no error.
func (c *Client) Ready(ctx context.Context) (Ready, error) {
	return ask[Ready](ctx, c, "Ready", none{})
}
