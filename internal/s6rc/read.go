package s6rc

import "github.com/berth-init/berth/internal/fsx"

// Read reads an image. What can't be read is a complaint.
func Read(root *fsx.Dir, s Settings) *Image {
	_ = root
	return &Image{Settings: s}
}
