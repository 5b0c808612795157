package fsx

import "golang.org/x/sys/unix"

// A Making is a file that is written bit by bit under a temporary name, until Publish gives it its own. As with a
// [Stream], the rights are asked for when it begins; Publish and Drop need them again. The [Dir] must stay open.
type Making struct {
	p    place
	d    *draft
	done bool
}

// Begin begins a file with owner and mode. It has no name of its own yet.
func (d *Dir) Begin(unsafeName string, a Attr) (*Making, error) {
	p, err := d.place("create", unsafeName)
	if err != nil {
		return nil, err
	}
	made, err := p.draft(false)
	if err != nil {
		p.close()
		return nil, fail("create", p.path, err)
	}
	m := &Making{p: p, d: made}
	begun := false
	defer func() {
		if !begun {
			_ = m.Close()
		}
	}()
	if err := made.dress(a); err != nil {
		_ = m.Drop()
		return nil, fail("create", p.path, err)
	}
	begun = true
	return m, nil
}

// Write is io.Writer. What is written after Publish is appended to the file in its place.
func (m *Making) Write(data []byte) (int, error) {
	err := change("write", m.d.path)
	if err == nil {
		err = writeAll(m.d.fd, data)
	}
	if err != nil {
		return 0, fail("write", m.p.path, err)
	}
	return len(data), nil
}

// Sync waits for the disk.
func (m *Making) Sync() error {
	if err := fsync(m.d.fd); err != nil {
		return fail("write", m.p.path, err)
	}
	return nil
}

// Publish gives the file its name, where nothing stands (fs.ErrExist otherwise). Call Sync first, if another copy of
// what is in it will be removed.
func (m *Making) Publish() error {
	err := m.d.publish(m.p, false)
	if err == nil {
		m.done = true
		err = m.d.proven(m.p)
	}
	if err == nil {
		err = m.p.sync()
	}
	if err != nil {
		return fail("create", m.p.path, err)
	}
	_ = unix.Flock(m.d.fd, unix.LOCK_UN) // the lock says that somebody is at a temporary name
	return nil
}

// Drop removes a file that has no name of its own yet, and closes it.
func (m *Making) Drop() error {
	if m.d.fd >= 0 && !m.done {
		m.d.discard()
	}
	return m.Close()
}

// Close ends the writing. A file that has no name of its own stays, as after a kill -9, to be swept ([Dir.Sweep]).
func (m *Making) Close() error {
	m.d.close()
	m.p.close()
	m.p.mine = false
	return nil
}
