package api

import "context"

// Heal has everything on the volume looked at and healed; each is told how far it is.
func (c *Client) Heal(ctx context.Context, a HealAction, each func(HealLine)) (Healed, error) {
	var done *Healed
	err := listen(ctx, c, "Heal", a, func(l HealLine) error {
		if done = l.Done; done == nil {
			each(l)
		}
		return nil
	})
	if err == nil && done == nil {
		err = Errorf(Failed, "ask again once the container is up", "heal the volume: berth ended before the look did")
	}
	if err != nil {
		return Healed{}, err
	}
	return *done, nil
}
