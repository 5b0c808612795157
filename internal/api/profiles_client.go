package api

import (
	"context"
	"time"
)

// Profiles asks for the profiles and their slots.
func (c *Client) Profiles(ctx context.Context) (ProfileList, error) {
	return ask[ProfileList](ctx, c, "Profiles", none{})
}

// Register gives a profile's directory its slots.
func (c *Client) Register(ctx context.Context, name string) (Profile, error) {
	return ask[Profile](ctx, c, "Register", ProfileName{Name: name})
}

// Unregister stops a profile's slots and takes them away.
func (c *Client) Unregister(ctx context.Context, name string) error {
	_, err := ask[none](ctx, c, "Unregister", ProfileName{Name: name})
	return err
}

// patience is how long a change of profiles may take.
func (ProfileName) patience() time.Duration { return defaultWait }
