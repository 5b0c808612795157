package measure

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Median gives the middle of values, or the mean of the two that are in the middle. Of nothing it says so.
func Median(values []float64) (float64, bool) {
	n := len(values)
	if n == 0 {
		return 0, false
	}
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(n-1)/2] + sorted[n/2]) / 2, true
}

// A Table holds values by row (what is measured) and column (of whom). Both stand in the order in which they were named.
type Table struct {
	Rows, Columns []string

	values map[[2]string][]float64
}

// Add adds one round's value.
func (t *Table) Add(row, column string, value float64) {
	t.name(row, column)
	if t.values == nil {
		t.values = map[[2]string][]float64{}
	}
	at := [2]string{row, column}
	t.values[at] = append(t.values[at], value)
}

func (t *Table) name(row, column string) {
	if !slices.Contains(t.Rows, row) {
		t.Rows = append(t.Rows, row)
	}
	if !slices.Contains(t.Columns, column) {
		t.Columns = append(t.Columns, column)
	}
}

// Median gives the median of a cell, if it has any value.
func (t *Table) Median(row, column string) (float64, bool) {
	return Median(t.values[[2]string{row, column}])
}

// Ratio gives a column's median as a multiple of another's.
func (t *Table) Ratio(row, column, of string) (float64, bool) {
	a, okA := t.Median(row, column)
	b, okB := t.Median(row, of)
	if !okA || !okB || b == 0 {
		return 0, false
	}
	return a / b, true
}

// Print prints the medians. A cell without a value has a dash.
func (t *Table) Print(w io.Writer, corner string) error {
	grid := [][]string{append([]string{corner}, t.Columns...)}
	for _, row := range t.Rows {
		line := []string{row}
		for _, column := range t.Columns {
			line = append(line, t.cell(row, column))
		}
		grid = append(grid, line)
	}
	return printGrid(w, grid)
}

func (t *Table) cell(row, column string) string {
	m, ok := t.Median(row, column)
	if !ok {
		return "-"
	}
	return Short(m)
}

// Short writes a number with about three digits that matter.
func Short(v float64) string {
	switch {
	case v < 10:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case v < 100:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}

// printGrid lines columns up: words to the left, figures to the right.
func printGrid(w io.Writer, grid [][]string) error {
	wide := make([]int, len(grid[0]))
	for _, line := range grid {
		for i, cell := range line {
			wide[i] = max(wide[i], len([]rune(cell)))
		}
	}
	for _, line := range grid {
		var b strings.Builder
		for i, cell := range line {
			gap := strings.Repeat(" ", wide[i]-len([]rune(cell)))
			if i == 0 {
				b.WriteString(cell + gap)
			} else {
				b.WriteString("  " + gap + cell)
			}
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(b.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}
