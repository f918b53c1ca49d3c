package picture

var english = Locale{
	Name: "en_US", Decimal: ".", Grouping: ",", Minus: "-", Percent: "%", CurrencySymbol: "$", CurrencyName: "USD",
	Months: [12]string{
		"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
	},
	ShortMonths: [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	Days:        [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	ShortDays:   [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
	AM:          "AM", PM: "PM", BC: "BC", AD: "AD",
	DatePatterns: [4]string{"M/D/YY", "MMM D, YYYY", "MMMM D, YYYY", "EEEE, MMMM D, YYYY"},
	TimePatterns: [4]string{"h:MM A", "h:MM:SS A", "h:MM:SS A Z", "h:MM:SS A Z"},
	Integer:      "z,zz9", Number: "z,zz9.zzz", Currency: "$z,zz9.99|($z,zz9.99)", PercentPattern: "z,zz9%",
}

var british = Locale{
	Name: "en_GB", Decimal: ".", Grouping: ",", Minus: "-", Percent: "%", CurrencySymbol: "£", CurrencyName: "GBP",
	Months: english.Months, ShortMonths: english.ShortMonths, Days: english.Days, ShortDays: english.ShortDays,
	AM: "AM", PM: "PM", BC: "BC", AD: "AD",
	DatePatterns: [4]string{"DD/MM/YYYY", "D MMM YYYY", "D MMMM YYYY", "EEEE, D MMMM YYYY"},
	TimePatterns: [4]string{"HH:MM", "HH:MM:SS", "HH:MM:SS Z", "HH:MM:SS Z"},
	Integer:      "z,zz9", Number: "z,zz9.zzz", Currency: "$z,zz9.99|-$z,zz9.99", PercentPattern: "z,zz9%",
}

var german = Locale{
	Name: "de_DE", Decimal: ",", Grouping: ".", Minus: "-", Percent: "%", CurrencySymbol: "€", CurrencyName: "EUR",
	Months: [12]string{
		"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember",
	},
	ShortMonths: [12]string{"Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."},
	Days:        [7]string{"Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"},
	ShortDays:   [7]string{"So.", "Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa."},
	AM:          "AM", PM: "PM", BC: "v. Chr.", AD: "n. Chr.",
	DatePatterns: [4]string{"DD.MM.YY", "DD.MM.YYYY", "D. MMMM YYYY", "EEEE, D. MMMM YYYY"},
	TimePatterns: [4]string{"HH:MM", "HH:MM:SS", "HH:MM:SS Z", "HH:MM:SS Z"},
	Integer:      "z,zz9", Number: "z,zz9.zzz", Currency: "z,zz9.99 $|-z,zz9.99 $", PercentPattern: "z,zz9 %",
}

var french = Locale{
	Name: "fr_FR", Decimal: ",", Grouping: "\u00a0", Minus: "-", Percent: "%", CurrencySymbol: "€", CurrencyName: "EUR",
	Months: [12]string{
		"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
	},
	ShortMonths: [12]string{"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."},
	Days:        [7]string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"},
	ShortDays:   [7]string{"dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."},
	AM:          "AM", PM: "PM", BC: "av. J.-C.", AD: "ap. J.-C.",
	DatePatterns: [4]string{"DD/MM/YY", "D MMM YYYY", "D MMMM YYYY", "EEEE D MMMM YYYY"},
	TimePatterns: [4]string{"HH:MM", "HH:MM:SS", "HH:MM:SS Z", "HH:MM:SS Z"},
	Integer:      "z,zz9", Number: "z,zz9.zzz", Currency: "z,zz9.99 $|-z,zz9.99 $", PercentPattern: "z,zz9 %",
}

var spanish = Locale{
	Name: "es_ES", Decimal: ",", Grouping: ".", Minus: "-", Percent: "%", CurrencySymbol: "€", CurrencyName: "EUR",
	Months: [12]string{
		"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
	},
	ShortMonths: [12]string{"ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"},
	Days:        [7]string{"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"},
	ShortDays:   [7]string{"dom", "lun", "mar", "mié", "jue", "vie", "sáb"},
	AM:          "a. m.", PM: "p. m.", BC: "a. C.", AD: "d. C.",
	DatePatterns: [4]string{"D/M/YY", "D MMM YYYY", "D 'de' MMMM 'de' YYYY", "EEEE, D 'de' MMMM 'de' YYYY"},
	TimePatterns: [4]string{"H:MM", "H:MM:SS", "H:MM:SS Z", "H:MM:SS Z"},
	Integer:      "z,zz9", Number: "z,zz9.zzz", Currency: "z,zz9.99 $|-z,zz9.99 $", PercentPattern: "z,zz9 %",
}

var italian = Locale{
	Name: "it_IT", Decimal: ",", Grouping: ".", Minus: "-", Percent: "%", CurrencySymbol: "€", CurrencyName: "EUR",
	Months: [12]string{
		"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre",
	},
	ShortMonths: [12]string{"gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"},
	Days:        [7]string{"domenica", "lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato"},
	ShortDays:   [7]string{"dom", "lun", "mar", "mer", "gio", "ven", "sab"},
	AM:          "AM", PM: "PM", BC: "a.C.", AD: "d.C.",
	DatePatterns: [4]string{"DD/MM/YY", "D MMM YYYY", "D MMMM YYYY", "EEEE D MMMM YYYY"},
	TimePatterns: [4]string{"HH:MM", "HH:MM:SS", "HH:MM:SS Z", "HH:MM:SS Z"},
	Integer:      "z,zz9", Number: "z,zz9.zzz", Currency: "z,zz9.99 $|-z,zz9.99 $", PercentPattern: "z,zz9%",
}

var dutch = Locale{
	Name: "nl_NL", Decimal: ",", Grouping: ".", Minus: "-", Percent: "%", CurrencySymbol: "€", CurrencyName: "EUR",
	Months: [12]string{
		"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december",
	},
	ShortMonths: [12]string{"jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"},
	Days:        [7]string{"zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"},
	ShortDays:   [7]string{"zo", "ma", "di", "wo", "do", "vr", "za"},
	AM:          "a.m.", PM: "p.m.", BC: "v.Chr.", AD: "n.Chr.",
	DatePatterns: [4]string{"DD-MM-YY", "D MMM YYYY", "D MMMM YYYY", "EEEE D MMMM YYYY"},
	TimePatterns: [4]string{"HH:MM", "HH:MM:SS", "HH:MM:SS Z", "HH:MM:SS Z"},
	Integer:      "z,zz9", Number: "z,zz9.zzz", Currency: "$ z,zz9.99|$ -z,zz9.99", PercentPattern: "z,zz9%",
}

var portuguese = Locale{
	Name: "pt_PT", Decimal: ",", Grouping: ".", Minus: "-", Percent: "%", CurrencySymbol: "€", CurrencyName: "EUR",
	Months: [12]string{
		"janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro",
	},
	ShortMonths: [12]string{"jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez"},
	Days: [7]string{
		"domingo", "segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado",
	},
	ShortDays: [7]string{"dom", "seg", "ter", "qua", "qui", "sex", "sáb"},
	AM:        "AM", PM: "PM", BC: "a.C.", AD: "d.C.",
	DatePatterns: [4]string{"DD/MM/YY", "D MMM YYYY", "D 'de' MMMM 'de' YYYY", "EEEE, D 'de' MMMM 'de' YYYY"},
	TimePatterns: [4]string{"HH:MM", "HH:MM:SS", "HH:MM:SS Z", "HH:MM:SS Z"},
	Integer:      "z,zz9", Number: "z,zz9.zzz", Currency: "$ z,zz9.99|-$ z,zz9.99", PercentPattern: "z,zz9%",
}

var japanese = Locale{
	Name: "ja_JP", Decimal: ".", Grouping: ",", Minus: "-", Percent: "%", CurrencySymbol: "¥", CurrencyName: "JPY",
	Months:      [12]string{"1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"},
	ShortMonths: [12]string{"1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"},
	Days:        [7]string{"日曜日", "月曜日", "火曜日", "水曜日", "木曜日", "金曜日", "土曜日"},
	ShortDays:   [7]string{"日", "月", "火", "水", "木", "金", "土"},
	AM:          "午前", PM: "午後", BC: "紀元前", AD: "西暦",
	DatePatterns: [4]string{"YY/MM/DD", "YYYY/MM/DD", "YYYY'年'M'月'D'日'", "YYYY'年'M'月'D'日' EEEE"},
	TimePatterns: [4]string{"H:MM", "H:MM:SS", "H:MM:SS Z", "H:MM:SS Z"},
	Integer:      "z,zz9", Number: "z,zz9.zzz", Currency: "$z,zz9|-$z,zz9", PercentPattern: "z,zz9%",
}
