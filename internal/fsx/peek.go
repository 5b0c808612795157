package fsx

// Peek looks at a name whose last component may be a mount point, as an engine's socket or device is. Nothing is pinned
// and a link isn't followed: it is for owners and kinds that are only read. The way there crosses no mount.
func (d *Dir) Peek(unsafeName string) (Info, error) {
	p, err := d.place("look at", unsafeName)
	if err != nil {
		return Info{}, err
	}
	defer p.close()
	in, err := stat(p.fd, p.base)
	if err != nil {
		return Info{}, fail("look at", p.path, err)
	}
	return in, nil
}
