package api

import "context"

// Events hands events to each, oldest first, until there are no more, each gives an error, or ctx ends. To resume,
// ask with the last event's number as After.
func (c *Client) Events(ctx context.Context, q EventsQuery, each func(Event) error) error {
	return listen(ctx, c, "Events", q, each)
}
