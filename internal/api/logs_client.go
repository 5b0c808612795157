package api

import "context"

// Logs hands lines to each until there are no more, each gives an error, or ctx ends.
func (c *Client) Logs(ctx context.Context, q LogsQuery, each func(LogLine) error) error {
	return listen(ctx, c, "Logs", q, each)
}
