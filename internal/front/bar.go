package front

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/berth-init/berth/internal/boot"
)

// lineEvery is how often a long duty says that it is alive where no bar can be drawn.
const lineEvery = 5 * time.Second

// show shows how far a long duty is: as a bar on a terminal, which is drawn over until the next line, as a line now and then
// elsewhere.
func (v *Voice) show(n boot.Note) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.width == nil {
		v.width = widthOf
	}
	width := 0
	if !v.json {
		width = v.width()
	}
	now := time.Now()
	switch {
	case n.Bar.End:
		v.clear()
		v.lined = time.Time{}
	case width > 0:
		v.drawn = true
		v.write([]byte("\r" + draw(n.Text, n.Bar, width-1) + "\x1b[K"))
	case v.lined.IsZero():
		v.lined = now // what is over soon needs no word
	case now.Sub(v.lined) >= lineEvery:
		v.lined = now
		b := n.Bar
		l := line{Level: string(n.Level), Phase: n.Phase, Text: n.Text + ": " + strings.Join(figures(b), ", ")}
		if v.json {
			l.Text, l.Done, l.Total, l.Rate, l.Left = n.Text, b.Done, b.Total, int64(b.Rate), int64(b.Left().Seconds())
		}
		v.put(l)
	}
}

// clear takes a bar away; v.mu is held.
func (v *Voice) clear() {
	if v.drawn {
		v.drawn = false
		v.write([]byte("\r\x1b[K"))
	}
}

// widthOf gives the width of the terminal that stderr is, or 0.
func widthOf() int {
	if !term.IsTerminal(2) {
		return 0
	}
	width, _, err := term.GetSize(2)
	if err != nil || width <= 0 {
		return 80
	}
	return width
}

const barCells = 20

// draw draws a bar of at most so many columns: what doesn't fit is left out from its end.
func draw(text string, b *boot.Bar, width int) string {
	parts := []string{"berth: " + Safe(text)}
	if b.Total > 0 {
		full := int(b.Done * barCells / b.Total)
		bar := "[" + strings.Repeat("#", full) + strings.Repeat("-", barCells-full) + "]"
		parts = append(parts, bar+fmt.Sprintf(" %d %%", b.Done*100/b.Total))
	}
	parts = append(parts, figures(b)...)
	out := ""
	for _, p := range parts {
		if out != "" {
			p = "  " + p
		}
		if len([]rune(out+p)) > width {
			break
		}
		out += p
	}
	return out
}

// figures says how far it is, how fast, and how long it will take.
func figures(b *boot.Bar) []string {
	most := ""
	if b.AtMost {
		most = "at most "
	}
	done := grouped(b.Done) + " entries"
	if b.Done == 1 {
		done = "1 entry"
	}
	if b.Total > 0 {
		done = grouped(b.Done) + " of " + most + grouped(b.Total) + " entries"
	}
	all := []string{done, grouped(int64(b.Rate)) + "/s"}
	if left := b.Left(); left > 0 {
		all = append(all, most+lasting(left)+" left")
	}
	return all
}

// grouped writes a number with its thousands apart.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// lasting writes a length of time as people say it.
func lasting(d time.Duration) string {
	switch s := int64(d.Round(time.Second) / time.Second); {
	case s < 100:
		return fmt.Sprintf("%d s", max(s, 1))
	case s < 100*60:
		return fmt.Sprintf("%d min", (s+30)/60)
	default:
		return fmt.Sprintf("%d h", (s+1800)/3600)
	}
}
