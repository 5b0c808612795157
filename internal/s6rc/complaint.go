package s6rc

import "strconv"

// A Complaint is one thing that is wrong with an image.
type Complaint struct {
	Path  string `json:"path"` // a file or directory of the image, or a variable
	Line  int    `json:"line,omitempty"`
	Text  string `json:"text"`
	Hint  string `json:"hint,omitempty"`
	Fatal bool   `json:"fatal,omitempty"` // it is about what a boot starts: the container ends with 1
}

// String gives the complaint without its hint: the place and what is wrong.
func (c Complaint) String() string {
	if c.Line > 0 {
		return c.Path + ":" + strconv.Itoa(c.Line) + ": " + c.Text
	}
	return c.Path + ": " + c.Text
}

// Fatal gives the complaints that end the container.
func (i *Image) Fatal() []Complaint {
	var out []Complaint
	for _, c := range i.Complaints {
		if c.Fatal {
			out = append(out, c)
		}
	}
	return out
}
