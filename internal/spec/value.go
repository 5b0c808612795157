package spec

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// value fills a field from a node of any kind.
func (d *decoder) value(n *node, v reflect.Value, f field) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), f)
	case reflect.Slice:
		d.list(n, v, f)
	case reflect.Map:
		d.table(n, v, f)
	case reflect.Struct:
		switch p := v.Addr().Interface().(type) {
		case *Mode:
			d.mode(n, p, f)
		case *Rlimit:
			d.rlimit(n, p, f)
		default:
			d.structure(n, v, f)
		}
	default:
		d.scalar(n, v, f)
	}
}

func (d *decoder) list(n *node, v reflect.Value, f field) {
	if n.kind != list {
		hint := ""
		if n.kind == mapping && isStruct(v.Type().Elem()) {
			hint = "begin each item with a dash"
		}
		if n.kind == scalar && n.tag != "!!null" {
			hint = fmt.Sprintf("put it in brackets: [%s]", strings.Join(strings.Fields(shorten(n.text)), " "))
			if f.rule() == "command" {
				hint = fmt.Sprintf("no shell splits it: write [%s]", strings.Join(strings.Fields(shorten(n.text)), ", "))
			}
		}
		d.wrong(n, f, "a list", hint)
		return
	}
	if len(n.items) == 0 && (f.Tag.Get("required") != "" || f.rule() == "command") {
		d.complain(n.complain("name something, or take the key out", "%s is an empty list", f.where))
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.items), len(n.items)))
	for i, item := range n.items {
		sub := f
		sub.where = fmt.Sprintf("%s[%d]", f.where, i)
		if f.rule() == "command" && i == 0 && item.kind == scalar && item.text == "" {
			d.complain(item.complain("the first word names the program", "%s is empty", sub.where))
		}
		d.value(item, v.Index(i), sub)
	}
}

func (d *decoder) table(n *node, v reflect.Value, f field) {
	if n.kind != mapping {
		d.wrong(n, f, "a mapping of names to values", "")
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(n.keys)))
	for i, k := range n.keys {
		sub := f
		sub.where = join(f.where, shorten(k.text))
		d.obey(f.Tag.Get("keys"), k, "a key of "+f.where)
		value := reflect.New(v.Type().Elem()).Elem()
		d.value(n.items[i], value, sub)
		v.SetMapIndex(reflect.ValueOf(k.text), value)
	}
}

// scalar fills a field that one word says.
func (d *decoder) scalar(n *node, v reflect.Value, f field) {
	switch p := v.Addr().Interface().(type) {
	case *Duration:
		d.duration(n, p, f)
		return
	case *Size:
		d.size(n, p, f)
		return
	case *ID:
		d.id(n, p, f)
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		d.truth(n, v, f)
	case reflect.Int:
		if i, ok := d.whole(n, f, "a number"); ok {
			v.SetInt(i)
		}
	default:
		if d.word(n, f) {
			text := n.text
			if _, isText := reflect.TypeAssert[Text](v); isText {
				d.mistake(n, f, checkText(n.text))
			}
			switch f.rule() {
			case "signal", "reload-signal":
				text = strings.TrimPrefix(text, "SIG")
			case "capability":
				text = strings.TrimPrefix(text, "CAP_")
			case "cron":
				d.mistake(n, f, checkCron(n.text))
			case "beside":
				if !filepath.IsAbs(text) {
					text = filepath.Join(filepath.Dir(n.in.name), text)
				}
			}
			v.SetString(text)
		}
	}
}

// word checks that a string stands there and that it obeys the field's enum or rule.
func (d *decoder) word(n *node, f field) bool {
	enum := f.words("enum")
	expected := "a string"
	if enum != nil {
		expected = "one of " + strings.Join(enum, ", ")
	}
	if n.kind != scalar || n.tag != "!!str" && !n.quoted && !n.block {
		hint := ""
		if n.kind == scalar {
			hint = fmt.Sprintf("quote it: %q", shorten(n.text))
		}
		d.wrong(n, f, expected, hint)
		return false
	}
	if enum == nil {
		return d.obey(f.rule(), n, f.where)
	}
	if slices.Contains(enum, n.text) {
		return true
	}
	hint := ""
	if best := guess(n.text, enum); best != "" {
		hint = "did you mean " + best + "?"
	}
	d.complain(n.complain(hint, "%s: expected %s, but %s stands here", f.where, expected, n.describe()))
	return false
}

// obey complains if a string breaks a rule.
func (d *decoder) obey(rule string, n *node, where string) bool {
	what, hint := breach(rule, n.text)
	if what == "" {
		return true
	}
	d.complain(n.complain(hint, "%s: %s %s", where, quote(n.text), what))
	return false
}

// mistake points at the place in a string that is wrong, if any is.
func (d *decoder) mistake(n *node, f field, e *textError) {
	if e != nil {
		line, column := n.locate(e.at)
		d.complain(n.in.at(line, column, e.hint, "%s: %s", f.where, e.what))
	}
}

func (d *decoder) truth(n *node, v reflect.Value, f field) {
	if n.kind == scalar && n.tag == "!!bool" && !n.quoted {
		v.SetBool(strings.EqualFold(n.text, "true"))
		return
	}
	hint := ""
	if n.kind == scalar && n.text != "" {
		switch strings.ToLower(n.text) {
		case "yes", "y", "on", "1", "true":
			hint = "write true, without quotes"
		case "no", "n", "off", "0", "false":
			hint = "write false, without quotes"
		}
	}
	d.wrong(n, f, "true or false", hint)
}

// whole reads a number in plain decimal digits, within the field's bounds.
func (d *decoder) whole(n *node, f field, expected string) (int64, bool) {
	low, high := f.Tag.Get("min"), f.Tag.Get("max")
	if low != "" {
		expected = fmt.Sprintf("a number from %s to %s", low, high)
	}
	i, err := strconv.ParseInt(n.text, 10, 64)
	digits := n.kind == scalar && err == nil && strconv.FormatInt(i, 10) == n.text
	switch {
	case digits && (n.quoted || n.block):
		d.wrong(n, f, expected, "write it without quotes")
	case !digits && n.kind == scalar && n.tag == "!!int":
		d.wrong(n, f, expected, "write it in plain decimal digits")
	case !digits:
		d.wrong(n, f, expected, "")
	case low != "" && !within(i, low, high):
		d.wrong(n, f, expected, "")
	default:
		return i, true
	}
	return 0, false
}

func within(i int64, low, high string) bool {
	l, _ := strconv.ParseInt(low, 10, 64)
	h, _ := strconv.ParseInt(high, 10, 64)
	return l <= i && i <= h
}

// shorten cuts a word of the file for use in a place's name or a hint.
func shorten(s string) string {
	q := quote(s)
	return q[1 : len(q)-1]
}
