package migrate

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// resolve says what a plain scalar is (https://yaml.org/type/, as PyYAML and most parsers of YAML 1.1 read it).
func resolve(plain string) kind {
	switch plain {
	case "", "~", "null", "Null", "NULL":
		return null
	case "yes", "Yes", "YES", "no", "No", "NO", "true", "True", "TRUE", "false", "False", "FALSE",
		"on", "On", "ON", "off", "Off", "OFF":
		return boolean
	}
	if _, ok := number(plain); ok {
		return integer
	}
	if c := plain[0]; letter(c) || c == '_' || c == '/' || c >= 0x80 {
		return text
	}
	return odd
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// yes gives the truth of a boolean.
func (v *value) yes() bool {
	switch strings.ToLower(v.text) {
	case "yes", "true", "on":
		return true
	}
	return false
}

// number gives the number that an integer is; one that is too large is the largest.
func (v *value) number() (int, bool) {
	if v == nil || v.kind != integer {
		return 0, false
	}
	return number(v.text)
}

// number reads an integer: binary, octal with a leading 0, decimal, hexadecimal, sexagesimal, with _ between digits.
func number(plain string) (int, bool) {
	digits := strings.TrimLeft(plain, "+-")
	if len(plain)-len(digits) > 1 || digits == "" || digits[0] < '0' || digits[0] > '9' || len(digits) > 100 {
		return 0, false
	}
	base, rest := 10, digits
	switch {
	case strings.HasPrefix(digits, "0b"):
		base, rest = 2, digits[2:]
	case strings.HasPrefix(digits, "0x"):
		base, rest = 16, digits[2:]
	case len(digits) > 1 && digits[0] == '0':
		base, rest = 8, digits[1:]
	case strings.Contains(digits, ":"):
		return sexagesimal(plain[0] == '-', digits)
	}
	return integral(plain[0] == '-', rest, base)
}

func integral(minus bool, digits string, base int) (int, bool) {
	digits = strings.ReplaceAll(digits, "_", "")
	if strings.ContainsAny(digits, "+-") {
		return 0, false
	}
	n, ok := new(big.Int).SetString(digits, base)
	if !ok {
		return 0, false
	}
	if !n.IsInt64() {
		n.SetInt64(math.MaxInt64)
	}
	if minus {
		n.Neg(n)
	}
	return int(n.Int64()), true
}

// sexagesimal reads 1:30 as 90.
func sexagesimal(minus bool, digits string) (int, bool) {
	total := 0
	for i, part := range strings.Split(digits, ":") {
		n, err := strconv.Atoi(strings.ReplaceAll(part, "_", ""))
		if err != nil || n < 0 || i > 0 && (n > 59 || len(part) > 2 || strings.Contains(part, "_")) || total > math.MaxInt64/60-60 {
			return 0, false
		}
		total = total*60 + n
	}
	if minus {
		total = -total
	}
	return total, true
}
