package api

import (
	"context"
	"time"
)

// Start wants slots up.
func (c *Client) Start(ctx context.Context, a Action) (Status, error) {
	return ask[Status](ctx, c, "Start", a)
}

// Stop wants slots down.
func (c *Client) Stop(ctx context.Context, a Action) (Status, error) {
	return ask[Status](ctx, c, "Stop", a)
}

// Restart ends what runs in slots and starts it again.
func (c *Client) Restart(ctx context.Context, a Action) (Status, error) {
	return ask[Status](ctx, c, "Restart", a)
}

// Reload has what runs in slots read its configuration again.
func (c *Client) Reload(ctx context.Context, a Action) (Status, error) {
	a.Wait = true
	return ask[Status](ctx, c, "Reload", a)
}

// patience is how long the answer to an action may take.
func (a Action) patience() time.Duration { return a.bound() }
