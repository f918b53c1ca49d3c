package picture_test

import (
	"math/big"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/imsx/imsx/emulator/forms/xfa/picture"
)

func TestFormat(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ picture, value, locale, want string }{
		// Digits, zeros and blanks.
		{"num{zz9}", "5", "", "5"},
		{"num{999}", "5", "", "005"},
		{"num{ZZ9}", "5", "", "  5"},
		{"num{zzz}", "0", "", ""},
		{"num{zz9.99}", "1234.5", "", "none"},
		{"num{z,zzz,zz9.99}", "1234567.891", "", "1,234,567.89"},
		{"num{z,zzz,zz9.99}", "12", "", "12.00"},
		{"num{9,999}", "12", "", "0,012"},
		{"num{zz9.zz}", "1.50", "", "1.5"},
		{"num{zz9.zz}", "1", "", "1"},
		{"num{zz9.9zz}", "1.25", "", "1.25"},
		{"num{zz9.88}", "1.5", "", "1.5"},
		{"num{z9v99}", "1.25", "", "125"},
		{"num{z9V99}", "1.25", "", "1.25"},
		{"num{zz9.99}", "0.005", "", "0.01"},
		{"num{zz9.99}", "9.999", "", "10.00"},
		{"num{9.9}", "9.99", "", "none"},
		{"num{zz9}", "1e2", "", "100"},
		{"num{z9.999}", "1.5E-1", "", "0.150"},
		// Signs.
		{"num{szz9}", "-5", "", "-5"},
		{"num{szz9}", "5", "", "5"},
		{"num{Szz9}", "5", "", " 5"},
		{"num{zz9s}", "-5", "", "5-"},
		{"num{(zz9)}", "-5", "", "(5)"},
		{"num{(zz9)}", "5", "", "5"},
		{"num{zz9CR}", "-5", "", "5CR"},
		{"num{zz9CR}", "5", "", "5  "},
		{"num{zz9cr}", "5", "", "5"},
		{"num{zz9}", "-5", "", "-5"},
		{"num{zz9}", "-0.1", "", "0"},
		// Money, percent, literals.
		{"num{$z,zz9.99}", "12.5", "en_US", "$12.50"},
		{"num{$z,zz9.99}", "12.5", "en_GB", "£12.50"},
		{"num{z,zz9.99 $}", "1234.5", "de_DE", "1.234,50 €"},
		{"num{z,zz9.99 $}", "1234.5", "de_CH", "1’234.50 CHF"},
		{"num{zz9%}", "0.125", "", "13%"},
		{"num{zz9.9%}", "0.125", "", "12.5%"},
		{"num{zz9 'pieces'}", "3", "", "3 pieces"},
		{"num{99-99}", "1234", "", "12-34"},
		// Named pictures grow with the number.
		{"num.integer{}", "1234567", "de_DE", "1.234.567"},
		{"num.decimal{}", "1234567.5", "fr_FR", "1\u00a0234\u00a0567,5"},
		{"num.currency{}", "1234567.5", "en_US", "$1,234,567.50"},
		{"num.currency{}", "-3", "en_US", "($3.00)"},
		{"num.currency{}", "-3", "de_DE", "-3,00 €"},
		{"num.currency{}", "1234.5", "ja_JP", "¥1,235"},
		{"num.percent{}", "0.25", "de", "25 %"},
		{"num{}", "1234.5", "it", "1.234,5"},
		// Alternatives.
		{"zero{'none'}|num{zz9}", "0.0", "", "none"},
		{"zero{}|num{zz9}", "7", "", "7"},
		{"null{'n/a'}|num{zz9}", "", "", "n/a"},
		{"null{'n/a'}|num{zz9}", "7", "", "7"},
		{"num{9}|num{99}", "42", "", "42"},
		{"num{zz9}", "x", "", "none"},
		{"num{zz9}", "", "", ""},
		// Dates.
		{"date{DD/MM/YYYY}", "2026-03-01", "", "01/03/2026"},
		{"date{D.M.YY}", "20260301", "", "1.3.26"},
		{"date{EEEE, D. MMMM YYYY}", "2026-03-01", "de_DE", "Sonntag, 1. März 2026"},
		{"date{EEE D MMM YYYY}", "2026-03-01", "fr", "dim. 1 mars 2026"},
		{"date{D 'de' MMMM}", "2026-03-01", "es", "1 de marzo"},
		{"date{MMMM D}", "2026-03-01", "nl", "maart 1"},
		{"date{MMMM}", "2026-03-01", "pt_BR", "março"},
		{"date{YYYY'年'M'月'}", "2026-03-01", "ja", "2026年3月"},
		{"date{JJJ WW E e w G}", "2026-03-01", "", "060 09 1 7 1 AD"},
		{"date.short{}", "2026-03-01", "en_US", "3/1/26"},
		{"date{}", "2026-03-01", "en_US", "Mar 1, 2026"},
		{"date.long{}", "2026-03-01", "en_GB", "1 March 2026"},
		{"date.full{}", "2026-03-01", "it", "domenica 1 marzo 2026"},
		{"date(de_DE){MMMM}", "2026-03-01", "en_US", "März"},
		{"date.long(fr){}", "2026-08-01", "en_US", "1 août 2026"},
		{"date{DD}", "2026-02-30", "", "none"},
		{"date{DD}", "12:00:00", "", "none"},
		{"YYYY/MM", "2026-03-01", "", "2026/03"},
		// Times.
		{"time{HH:MM:SS}", "13:05:09", "", "13:05:09"},
		{"time{h:MM A}", "00:05:09", "", "12:05 AM"},
		{"time{h:MM A}", "130509", "", "1:05 PM"},
		{"time{K k HH FFF}", "00:00:00.123", "", "24 0 00 123"},
		{"time{HH:MM Z}", "13:05:09+02:00", "", "13:05 +02:00"},
		{"time.short{}", "13:05", "de", "13:05"},
		{"time.medium{}", "13:05", "en_US", "1:05:00 PM"},
		{"time.long{}", "13:05", "en_US", "1:05:00 PM"},
		{"time.long{}", "13:05+01:00", "en_US", "1:05:00 PM +01:00"},
		{"date{D.M.} 'at' time{HH:MM}", "2026-03-01T13:05:09", "", "1.3. at 13:05"},
		{"datetime{D.M.YYYY HH:MM}", "2026-03-01T13:05:09Z", "", "1.3.2026 13:05"},
		{"datetime.short{}", "2026-03-01T13:05:09", "de", "01.03.26 13:05"},
		// Texts.
		{"text{999-99-9999}", "123456789", "", "123-45-6789"},
		{"text{(999) 999}", "123456", "", "(123) 456"},
		{"text{AAA-9}", "abc1", "", "abc-1"},
		{"text{A}", "1", "", "none"},
		{"text{XX}", "abc", "", "none"},
		{"text{O0}", "a1", "", "a1"},
		{"text{'No. 'X}", "7", "", "No. 7"},
		{"text{'it''s 'X}", "7", "", "it's 7"},
		{"zz9.99", "1.5", "", "1.50"},
		{"XXX-X", "abcd", "", "abc-d"},
		{"", "x", "", "none"},
		{"num{9", "1", "", "none"},
	} {
		got, ok := picture.Format(c.picture, c.value, picture.Lookup(c.locale))
		if !ok {
			got = "none"
		}
		if got != c.want {
			t.Errorf("Format(%q, %q, %q): got %q, want %q", c.picture, c.value, c.locale, got, c.want)
		}
	}
	if _, ok := picture.Format(strings.Repeat("9", picture.MaxPicture+1), "1", nil); ok {
		t.Error("a picture beyond the limit was used")
	}
	if _, ok := picture.Format("num{}", strings.Repeat("9", picture.MaxDigits+1), nil); ok {
		t.Error("a number beyond the limit was formatted")
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ picture, text, locale, want string }{
		{"num{z,zz9.99}", "1.234,50", "de_DE", "1234.50"},
		{"num{$z,zz9.99}", "$1,234.50", "en_US", "1234.50"},
		{"num{(z9)}", "(5)", "", "-5"},
		{"num{szz9}", "-5", "", "-5"},
		{"num{zz9%}", "25%", "", "0.25"},
		{"num{zz9}", "abc", "", "none"},
		{"date{DD/MM/YYYY}", "31/12/2025", "", "2025-12-31"},
		{"date{D. MMMM YYYY}", "1. März 2026", "de", "2026-03-01"},
		{"date{MMM D, YY}", "Jan 5, 29", "", "2029-01-05"},
		{"date{MMM D, YY}", "Jan 5, 31", "", "1931-01-05"},
		{"date{YYYYMMDD}", "20260301", "", "2026-03-01"},
		{"date{DD/MM/YYYY}", "31/02/2025", "", "none"},
		{"date{EEEE D/M/YYYY}", "Sunday 1/3/2026", "", "2026-03-01"},
		{"date{DD/MM/YYYY}", "31-12-2025", "", "none"},
		{"date.short{}", "31.12.25", "de", "2025-12-31"},
		{"time{h:MM A}", "1:05 PM", "", "13:05:00"},
		{"time{HH:MM:SS}", "25:00:00", "", "none"},
		{"text{999-99}", "123-45", "", "12345"},
		{"text{999-99}", "12345", "", "none"},
		{"num{9}|date{YYYY}", "2026", "", "2026"},
		{"null{}", "", "", ""},
		{"X", "a", "", "none"},
	} {
		got, ok := picture.Parse(c.picture, c.text, picture.Lookup(c.locale))
		if !ok {
			got = "none"
		}
		if got != c.want {
			t.Errorf("Parse(%q, %q, %q): got %q, want %q", c.picture, c.text, c.locale, got, c.want)
		}
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"de_AT": "de_AT", "de-AT": "de_AT", "fr": "fr", "en_IN": "en_IN", "xx_YY": "en_US", "": "en_US", "pt_BR": "pt_BR",
	} {
		if got := picture.Lookup(name).Name; got != want {
			t.Errorf("Lookup(%q): got %q, want %q", name, got, want)
		}
	}
	own := picture.Lookup("de")
	own.Find = func(name string) *picture.Locale {
		l := picture.Lookup("en")
		l.Months[0] = name
		return l
	}
	if got, _ := picture.Format("date(zz){MMMM}", "2026-01-01", own); got != "zz" {
		t.Errorf("a locale of one's own: got %q", got)
	}
	if picture.Known("xx") || !picture.Known("nl_BE") {
		t.Error("what is known is wrong")
	}
}

// TestNumbersKeepTheirValue checks, for any number and locale, that a picture with enough digits shows the number, rounded to
// its decimals, and that it can be read again.
func TestNumbersKeepTheirValue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.Int64Range(-99_999_999_999, 99_999_999_999).Draw(t, "units")
		scale := rapid.IntRange(0, 6).Draw(t, "scale")
		locale := picture.Lookup(rapid.SampledFrom([]string{"en_US", "de_DE", "fr_FR", "ja_JP", "de_CH"}).Draw(t, "locale"))
		exact := new(big.Rat).SetFrac(big.NewInt(units), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil))
		value := exact.FloatString(scale)
		text, ok := picture.Format("num{szzz,zzz,zzz,zz9.99}", value, locale)
		if !ok {
			t.Fatalf("%s is not formatted", value)
		}
		back, ok := picture.Parse("num{szzz,zzz,zzz,zz9.99}", text, locale)
		if !ok {
			t.Fatalf("%q is not read", text)
		}
		if want := exact.FloatString(2); back != want && !(strings.Trim(want, "-0.") == "" && back == "0.00") {
			t.Errorf("%s became %q, which is %s", value, text, back)
		}
	})
}

// TestDatesKeepTheirValue checks, for any day and locale, that a date can be read as it was written.
func TestDatesKeepTheirValue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := strconv.Itoa(rapid.IntRange(1950, 2100).Draw(t, "year")) + rapid.SampledFrom([]string{"-01-31", "-02-28", "-09-09", "-12-01"}).Draw(t, "day")
		locale := picture.Lookup(rapid.SampledFrom([]string{"en_US", "en_GB", "de", "fr", "es", "it", "nl", "pt", "ja"}).Draw(t, "locale"))
		form := rapid.SampledFrom([]string{"date{YYYY-MM-DD}", "date{D MMMM YYYY}", "date.medium{}", "date.long{}", "date.full{}"}).Draw(t, "picture")
		text, ok := picture.Format(form, value, locale)
		if !ok {
			t.Fatalf("%s is not formatted", value)
		}
		if back, ok := picture.Parse(form, text, locale); !ok || back != value {
			t.Errorf("%s by %s in %s became %q, which is %q", value, form, locale.Name, text, back)
		}
	})
}

// FuzzFormat looks for panics, and for texts beyond all bounds.
func FuzzFormat(f *testing.F) {
	for _, s := range []string{"num{z,zz9.99}", "date{EEEE, D. MMMM YYYY}", "time{h:MM A}", "text{999-9}", "zero{'x'}|num.currency(de){}", "'a''", "num{\xff}", "text{\xff9}"} {
		f.Add(s, "1234.5", "de_DE")
		f.Add(s, "2026-03-01T13:05:09Z", "en")
	}
	f.Fuzz(func(t *testing.T, form, value, locale string) {
		l := picture.Lookup(locale)
		text, ok := picture.Format(form, value, l)
		if ok && len(text) > 16*(len(form)+len(value)+64) {
			t.Error("the text is far longer than what it is made of")
		}
		picture.Parse(form, text, l)
	})
}
