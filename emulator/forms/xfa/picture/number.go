package picture

import (
	"math/big"
	"strings"
	"unicode"
	"unicode/utf8"
)

// fits reports whether a character may stand at a symbol of a text picture.
func fits(symbol, r rune) bool {
	switch symbol {
	case 'A':
		return unicode.IsLetter(r)
	case '9':
		return unicode.IsDigit(r)
	case 'O', '0':
		return unicode.IsLetter(r) || unicode.IsDigit(r)
	}
	return true
}

// number is a decimal number: digits before and after the point, without signs.
type number struct {
	negative       bool
	whole, decimal string
}

func (n number) isZero() bool { return strings.Trim(n.whole+n.decimal, "0") == "" }

// parseNumber reads a canonical number.
func parseNumber(s string) (number, bool) {
	s = strings.TrimSpace(s)
	if len(s) > MaxDigits {
		return number{}, false
	}
	if strings.ContainsAny(s, "eE") {
		return parseExponent(s)
	}
	var n number
	if s != "" && (s[0] == '-' || s[0] == '+') {
		n.negative, s = s[0] == '-', s[1:]
	}
	n.whole, n.decimal, _ = strings.Cut(s, ".")
	digits := n.whole + n.decimal
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return number{}, false
	}
	n.whole = strings.TrimLeft(n.whole, "0")
	return n, true
}

// parseExponent reads a number such as 1.5E3. Exponents have two digits at most.
func parseExponent(s string) (number, bool) {
	_, exponent, _ := strings.Cut(strings.ToLower(s), "e")
	if len(strings.TrimLeft(exponent, "+-0")) > 2 || strings.ContainsAny(s, "xXpP_/") {
		return number{}, false
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return number{}, false
	}
	n, ok := parseNumber(strings.TrimRight(r.FloatString(99), "0"))
	return n, ok
}

// round rounds to a number of decimals, half away from zero.
func (n number) round(decimals int) number {
	if len(n.decimal) <= decimals {
		n.decimal += strings.Repeat("0", decimals-len(n.decimal))
		return n
	}
	up := n.decimal[decimals] >= '5'
	digits := []byte("0" + n.whole + n.decimal[:decimals])
	for i := len(digits) - 1; up && i >= 0; i-- {
		if digits[i] == '9' {
			digits[i] = '0'
			continue
		}
		digits[i]++
		up = false
	}
	whole := len(digits) - decimals
	n.whole, n.decimal = strings.TrimLeft(string(digits[:whole]), "0"), string(digits[whole:])
	return n
}

// hundredfold returns a number times 100.
func (n number) hundredfold() number {
	for len(n.decimal) < 2 {
		n.decimal += "0"
	}
	n.whole = strings.TrimLeft(n.whole+n.decimal[:2], "0")
	n.decimal = n.decimal[2:]
	return n
}

func (c clause) formatNumber(value string, l *Locale) (string, bool) {
	n, ok := parseNumber(value)
	if !ok {
		return "", false
	}
	pattern, open := c.pattern, false
	if strings.TrimSpace(pattern) == "" {
		pattern, open = l.numberPattern(c.style), true
		positive, negative, both := strings.Cut(pattern, "|")
		if pattern = positive; both && n.negative {
			pattern = negative
		}
	}
	f := numberFormat{locale: l, symbols: symbolsOf(pattern), open: open}
	return f.format(n)
}

// numberPattern returns the pattern of num.integer{} and its like.
func (l *Locale) numberPattern(style string) string {
	switch style {
	case "integer":
		return l.Integer
	case "currency":
		return l.Currency
	case "percent":
		return l.PercentPattern
	}
	return l.Number
}

// symbol is one of a number picture: a character, or a literal.
type symbol struct {
	char    rune
	literal string
}

func (s symbol) isDigit() bool {
	return s.char == '9' || s.char == 'z' || s.char == 'Z' || s.char == '8'
}
func (s symbol) isPoint() bool { return s.char == '.' || s.char == 'v' || s.char == 'V' }

// symbolsOf reads a number picture.
func symbolsOf(pattern string) []symbol {
	var all []symbol
	for rest := pattern; rest != ""; {
		if rest[0] == '\'' {
			var literal string
			literal, rest = cutLiteral(rest)
			all = append(all, symbol{literal: literal})
			continue
		}
		if len(rest) > 1 && strings.Contains("CR cr DR dr DB db", rest[:2]) && rest[1] != ' ' && rest[0] != ' ' {
			all = append(all, symbol{char: 'C', literal: rest[:2]})
			rest = rest[2:]
			continue
		}
		r, size := utf8.DecodeRuneInString(rest)
		rest = rest[size:]
		if strings.ContainsRune("9zZ8.vV,$%sStT()", r) {
			all = append(all, symbol{char: r})
		} else {
			all = append(all, symbol{literal: string(r)})
		}
	}
	return all
}

// numberFormat formats a number by the symbols of a picture.
type numberFormat struct {
	locale  *Locale
	symbols []symbol
	open    bool // digits beyond those of the picture are written, in groups

	negative, signed bool
}

func (f *numberFormat) format(n number) (string, bool) {
	point := len(f.symbols)
	decimals := 0
	for i, s := range f.symbols {
		switch {
		case s.char == '%':
			n = n.hundredfold()
		case s.isPoint() && point == len(f.symbols):
			point = i
		case s.isDigit() && i > point:
			decimals++
		}
	}
	n = n.round(decimals)
	f.negative = n.negative && !n.isZero()
	whole, ok := f.whole(f.symbols[:point], n.whole)
	if !ok {
		return "", false
	}
	text := whole + f.decimals(f.symbols[point:], n.decimal)
	if f.negative && !f.signed {
		text = f.locale.Minus + text
	}
	return text, true
}

// whole formats what stands before the point, from the right.
func (f *numberFormat) whole(symbols []symbol, digits string) (string, bool) {
	first := len(symbols) // the leftmost symbol of a digit
	for i := len(symbols) - 1; i >= 0; i-- {
		if symbols[i].isDigit() {
			first = i
		}
	}
	var parts []string
	for i := len(symbols) - 1; i >= 0; i-- {
		s := symbols[i]
		switch {
		case s.isDigit():
			part := ""
			switch {
			case digits != "":
				part, digits = digits[len(digits)-1:], digits[:len(digits)-1]
			case s.char == '9':
				part = "0"
			case s.char == 'Z':
				part = " "
			}
			if i == first && f.open {
				part, digits = f.group(symbols[first:], digits)+part, ""
			}
			parts = append(parts, part)
		case s.char == ',':
			if digits != "" || anyNine(symbols[:i]) {
				parts = append(parts, f.locale.Grouping)
			}
		default:
			parts = append(parts, f.other(s))
		}
	}
	if digits != "" {
		return "", false
	}
	var b strings.Builder
	for i := len(parts) - 1; i >= 0; i-- {
		b.WriteString(parts[i])
	}
	return b.String(), true
}

// group writes the digits to the left of those a pattern has symbols for, in groups of three.
func (f *numberFormat) group(symbols []symbol, digits string) string {
	grouped, placed := false, 0
	for _, s := range symbols {
		if s.isDigit() {
			placed++
		}
		grouped = grouped || s.char == ','
	}
	if !grouped {
		return digits
	}
	text := ""
	for i := len(digits) - 1; i >= 0; i-- {
		if placed%3 == 0 {
			text = f.locale.Grouping + text
		}
		text = digits[i:i+1] + text
		placed++
	}
	return text
}

func anyNine(symbols []symbol) bool {
	for _, s := range symbols {
		if s.char == '9' {
			return true
		}
	}
	return false
}

// decimals formats what stands from the point on.
func (f *numberFormat) decimals(symbols []symbol, digits string) string {
	var b strings.Builder
	significant := len(strings.TrimRight(digits, "0"))
	at := 0
	for i, s := range symbols {
		switch {
		case i == 0 && s.isPoint():
			if s.char == '.' && (significant > 0 || anyNine(symbols)) || s.char == 'V' && significant > 0 {
				b.WriteString(f.locale.Decimal)
			}
		case s.isDigit() && at < len(digits):
			if s.char == '9' || at < significant {
				b.WriteByte(digits[at])
			} else if s.char == 'Z' {
				b.WriteByte(' ')
			}
			at++
		case s.char == ',':
		default:
			b.WriteString(f.other(s))
		}
	}
	return b.String()
}

// other formats what is neither digit, point nor grouping.
func (f *numberFormat) other(s symbol) string {
	signIf := func(text, otherwise string) string {
		f.signed = true
		if f.negative {
			return text
		}
		return otherwise
	}
	switch s.char {
	case '$':
		return f.locale.CurrencySymbol
	case '%':
		return f.locale.Percent
	case 's', 't':
		return signIf(f.locale.Minus, "")
	case 'S', 'T':
		return signIf(f.locale.Minus, " ")
	case '(', ')':
		return signIf(string(s.char), "")
	case 'C':
		blank := ""
		if s.literal == strings.ToUpper(s.literal) {
			blank = "  "
		}
		return signIf(strings.ToUpper(s.literal), blank)
	}
	if s.literal == "-" && f.open { // of a locale's pattern for negative numbers
		return signIf(f.locale.Minus, "")
	}
	return s.literal
}
