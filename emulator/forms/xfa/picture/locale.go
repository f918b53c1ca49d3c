package picture

import "strings"

// Locale is how a language and a region write numbers, dates and times. The caller may make its own by copying one and
// changing the copy; what [Lookup] returns must not be changed.
type Locale struct {
	Name string // such as "de_DE"

	Decimal, Grouping, Minus, Percent string
	CurrencySymbol, CurrencyName      string

	Months, ShortMonths [12]string
	Days, ShortDays     [7]string // from Sunday
	AM, PM              string
	BC, AD              string

	// DatePatterns and TimePatterns are those named short, medium, long and full.
	DatePatterns, TimePatterns [4]string
	// The patterns of num.integer{}, num.decimal{}, num.currency{} and num.percent{}. Their group at the left repeats, as
	// often as a number needs. A second pattern behind a bar is for negative numbers.
	Integer, Number, Currency, PercentPattern string

	// Find returns the locale that a picture names in parentheses, nil if it knows none. Nil means [Lookup].
	Find func(name string) *Locale
}

// find returns a locale that a picture names.
func (l *Locale) find(name string) *Locale {
	if l.Find != nil {
		if found := l.Find(name); found != nil {
			return found
		}
	}
	return Lookup(name)
}

// Lookup returns the locale of a name such as "de_AT" or "de-AT": that of the language, with the currency of the region.
// English of the United States stands for what is not known.
func Lookup(name string) *Locale {
	language, rest, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(name), "-", "_"), "_")
	language = strings.ToLower(language)
	region, _, _ := strings.Cut(rest, "_")
	region = strings.ToUpper(region)
	l := english
	switch language {
	case "en":
		if region != "" && region != "US" && region != "CA" {
			l = british
		}
	case "de":
		l = german
	case "fr":
		l = french
	case "es":
		l = spanish
	case "it":
		l = italian
	case "nl":
		l = dutch
	case "pt":
		l = portuguese
	case "ja":
		l = japanese
	default:
		return &l
	}
	l.Name = language
	if region == "" {
		return &l
	}
	l.Name += "_" + region
	if money, ok := currencies[region]; ok {
		l.CurrencyName, l.CurrencySymbol = money[0], money[1]
	}
	if l.Name == "de_CH" {
		l.Decimal, l.Grouping = ".", "’"
	}
	return &l
}

// Known reports whether a locale's language is one of those built in.
func Known(name string) bool {
	language, _, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(name), "-", "_"), "_")
	switch strings.ToLower(language) {
	case "en", "de", "fr", "es", "it", "nl", "pt", "ja":
		return true
	}
	return false
}

// currencies are the names and symbols of the regions' money.
var currencies = map[string][2]string{
	"US": {"USD", "$"}, "CA": {"CAD", "$"}, "GB": {"GBP", "£"}, "IE": {"EUR", "€"}, "AU": {"AUD", "$"}, "NZ": {"NZD", "$"},
	"IN": {"INR", "₹"}, "DE": {"EUR", "€"}, "AT": {"EUR", "€"}, "CH": {"CHF", "CHF"}, "FR": {"EUR", "€"}, "BE": {"EUR", "€"},
	"LU": {"EUR", "€"}, "ES": {"EUR", "€"}, "MX": {"MXN", "$"}, "AR": {"ARS", "$"}, "IT": {"EUR", "€"}, "NL": {"EUR", "€"},
	"PT": {"EUR", "€"}, "BR": {"BRL", "R$"}, "JP": {"JPY", "¥"},
}
