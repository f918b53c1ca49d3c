package xfa

import (
	"strings"

	"github.com/imsx/imsx/emulator/forms/xfa/picture"
)

// locales are those of a template's localeSet, before those built in.
type locales struct {
	own     map[string]*picture.Locale
	others  map[string]*picture.Locale // that were asked for
	ambient *picture.Locale            // for objects that name none
	notes   *notes
}

func newLocales(set *node, ambient string, n *notes) *locales {
	l := &locales{own: map[string]*picture.Locale{}, others: map[string]*picture.Locale{}, notes: n}
	for _, c := range set.all("locale") {
		if name := c.attr("name"); name != "" {
			l.own[localeKey(name)] = localeFrom(c)
		}
	}
	for _, own := range l.own {
		own.Find = l.find
	}
	if ambient == "" {
		ambient = "en_US"
	}
	l.ambient = l.named(ambient)
	return l
}

func localeKey(name string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimSpace(name), "-", "_"))
}

// find returns a locale of the template, nil if it has none of the name.
func (l *locales) find(name string) *picture.Locale { return l.own[localeKey(name)] }

// named returns a locale by its name.
func (l *locales) named(name string) *picture.Locale {
	if own := l.find(name); own != nil {
		return own
	}
	if known := l.others[name]; known != nil {
		return known
	}
	if !picture.Known(name) {
		l.notes.add("The locale " + quote(name) + " is not known; the one of the United States is used.")
	}
	found := picture.Lookup(name)
	found.Find = l.find
	l.others[name] = found
	return found
}

// of returns the locale of an object within another.
func (l *locales) of(tmpl *node, around *picture.Locale) *picture.Locale {
	switch name := tmpl.attr("locale"); name {
	case "":
		return around
	case "ambient":
		return l.ambient
	default:
		if localeKey(name) == localeKey(around.Name) {
			return around
		}
		return l.named(name)
	}
}

// localeFrom reads a locale of a localeSet. What it does not say is as built in.
func localeFrom(n *node) *picture.Locale {
	l := picture.Lookup(n.attr("name"))
	l.Name = n.attr("name")
	calendar := n.child("calendarSymbols")
	for _, months := range calendar.all("monthNames") {
		to := &l.Months
		if months.attr("abbr") == "1" {
			to = &l.ShortMonths
		}
		fillNames(to[:], months.all("month"))
	}
	for _, days := range calendar.all("dayNames") {
		to := &l.Days
		if days.attr("abbr") == "1" {
			to = &l.ShortDays
		}
		fillNames(to[:], days.all("day"))
	}
	halves, eras := []string{l.AM, l.PM}, []string{l.BC, l.AD}
	fillNames(halves, calendar.child("meridiemNames").all("meridiem"))
	fillNames(eras, calendar.child("eraNames").all("era"))
	l.AM, l.PM, l.BC, l.AD = halves[0], halves[1], eras[0], eras[1]
	for i, style := range []string{"short", "med", "long", "full"} {
		fillNamed(&l.DatePatterns[i], n.child("datePatterns"), "datePattern", style)
		fillNamed(&l.TimePatterns[i], n.child("timePatterns"), "timePattern", style)
	}
	numbers := n.child("numberPatterns")
	fillNamed(&l.Number, numbers, "numberPattern", "numeric")
	fillNamed(&l.Currency, numbers, "numberPattern", "currency")
	fillNamed(&l.PercentPattern, numbers, "numberPattern", "percent")
	symbols := n.child("numberSymbols")
	fillNamed(&l.Decimal, symbols, "numberSymbol", "decimal")
	fillNamed(&l.Grouping, symbols, "numberSymbol", "grouping")
	fillNamed(&l.Percent, symbols, "numberSymbol", "percent")
	fillNamed(&l.Minus, symbols, "numberSymbol", "minus")
	money := n.child("currencySymbols")
	fillNamed(&l.CurrencySymbol, money, "currencySymbol", "symbol")
	fillNamed(&l.CurrencyName, money, "currencySymbol", "isoname")
	return l
}

// fillNames copies names, as far as there are enough.
func fillNames(to []string, from []*node) {
	for i := range min(len(to), len(from)) {
		to[i] = strings.TrimSpace(from[i].content())
	}
}

// fillNamed copies the text of the element that has a name in its name attribute.
func fillNamed(to *string, parent *node, element, name string) {
	for _, c := range parent.all(element) {
		if c.attr("name") == name {
			*to = c.content()
		}
	}
}
