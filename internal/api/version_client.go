package api

import "context"

// Version asks which berth answers.
func (c *Client) Version(ctx context.Context) (Version, error) {
	return ask[Version](ctx, c, "Version", none{})
}
