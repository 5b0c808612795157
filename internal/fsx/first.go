package fsx

import "golang.org/x/sys/unix"

// First gives at most n names of the directory, in no order: for a directory that is a stranger's to fill, whose names are
// looked at again and again.
func (d *Dir) First(n int) ([]Item, error) {
	if d.empty {
		return nil, nil
	}
	fd, err := openToRead(d.fd)
	if err != nil {
		return nil, fail("list", d.path, err)
	}
	defer func() { _ = unix.Close(fd) }()
	r := &names{fd: fd, buf: make([]byte, 4<<10)}
	var items []Item
	for len(items) < n {
		name, kind, err := r.next()
		if err != nil {
			return nil, fail("list", d.path, err)
		}
		if name == "" {
			break
		}
		if kind == Unknown {
			if in, err := stat(fd, name); err == nil {
				kind = in.Kind
			}
		}
		items = append(items, Item{name, kind})
	}
	return items, nil
}
