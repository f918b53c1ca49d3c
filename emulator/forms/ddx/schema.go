package ddx

import (
	"slices"
	"strings"
)

// rule says what is emulated of an element: its attributes, with a check for each, and its child elements.
type rule struct {
	attrs map[string]check
	kids  []string
	need  []string // attributes that must be there
	text  bool     // may have text of its own
}

// check returns what a value should be, or nothing where it is right.
type check func(value string) (want string)

func anyText(string) string { return "" }

func notEmpty(v string) string {
	if strings.TrimSpace(v) == "" {
		return "a name"
	}
	return ""
}

func oneOf(values ...string) check {
	return func(v string) string {
		if slices.Contains(values, v) {
			return ""
		}
		return "one of " + strings.Join(values, ", ")
	}
}

var boolean = oneOf("true", "false")

func lengthCheck(v string) string {
	if _, ok := parseLength(v); !ok {
		return "a length such as 36pt, 0.5in, 12mm"
	}
	return ""
}

func percentCheck(v string) string {
	if _, ok := parsePercent(v); !ok {
		return "a percentage such as 50%"
	}
	return ""
}

func integerCheck(v string) string {
	if _, ok := parseInteger(v); !ok {
		return "a whole number of at most 9 digits"
	}
	return ""
}

func pagesCheck(v string) string {
	if _, err := parsePages(v); err != nil {
		return "pages such as 1-3,5,last"
	}
	return ""
}

// Elements that are children of whatever holds pages.
var (
	pageContent = []string{
		"Header", "NoHeaders", "Footer", "NoFooters", "Watermark", "NoWatermarks", "Background", "NoBackgrounds",
		"PageOverlay", "PageUnderlay",
	}
	pageProperties = []string{"PageSize", "PageRotation", "PageMargins"}
	takeAway       = []string{
		"NoBookmarks", "NoComments", "NoLinks", "NoThumbnails", "NoFileAttachments", "NoJavaScripts", "NoForms", "NoXFA",
	}
	properties = []string{"Title", "Author", "Subject", "Keywords"}
	keys       = []string{
		"_PageNumber", "_LastPageNumber", "_PageLabel", "_LastPageLabel", "_Title", "_Author", "_Subject", "_SourceTitle",
		"_SourceAuthor", "_SourceSubject", "_Created", "_Modified", "_DateTime", "BatesNumber", "_BatesNumber",
	}
	rich = concat([]string{"b", "i", "span", "Space"}, keys)
)

func concat(lists ...[]string) []string { return slices.Concat(lists...) }

func join(maps ...map[string]check) map[string]check {
	all := map[string]check{}
	for _, m := range maps {
		for k, v := range m {
			all[k] = v
		}
	}
	return all
}

var (
	alternation = map[string]check{"alternation": oneOf("None", "OddPages", "EvenPages")}
	shown       = map[string]check{
		// What is only on the screen or only on paper is not emulated.
		"showOnScreen": oneOf("true"), "showWhenPrinting": oneOf("true"), "replaceExisting": boolean,
	}
	place = map[string]check{
		"horizontalAnchor": oneOf("Left", "Center", "Right"), "verticalAnchor": oneOf("Top", "Middle", "Bottom"),
		"horizontalOffset": lengthCheck, "verticalOffset": lengthCheck, "opacity": percentCheck, "rotation": integerCheck,
		"scale": percentCheck, "fitToPage": boolean,
	}
	band  = join(alternation, shown, map[string]check{"padding": lengthCheck, "styleReference": notEmpty})
	stamp = join(alternation, shown, place, map[string]check{"styleReference": notEmpty})
	typed = join(cssProperties(), map[string]check{"style": styleCheck})
	bates = map[string]check{
		"prefix": anyText, "suffix": anyText, "numberOfDigits": integerCheck, "start": integerCheck,
	}
)

// rules holds all elements. Those whose meaning depends on an attribute are keyed with it.
var rules = map[string]rule{
	"DDX": {kids: []string{
		"PDF result", "PDFsFromBookmarks", "Bookmarks result", "DocumentInformation result", "DocumentText result",
		"StyleProfile", "PasswordAccessProfile", "PasswordEncryptionProfile", "InitialViewProfile",
	}},
	"PDF result": {
		attrs: map[string]check{
			"result": notEmpty, "return": boolean, "encryption": notEmpty, "initialView": notEmpty,
			"format": oneOf("PDF"), "save": oneOf("Full", "Incremental", "FastWebView"),
		},
		kids: concat([]string{"PDF source", "PDFGroup", "BlankPage", "Bookmarks source", "FileAttachments source"},
			pageContent, pageProperties, takeAway, properties),
	},
	"PDF source": {
		attrs: map[string]check{
			"source": notEmpty, "pages": pagesCheck, "bookmarkTitle": anyText, "access": notEmpty, "baseDocument": boolean,
			"includeInTOC": boolean, "required": boolean,
		},
		kids: concat([]string{"Bookmarks source", "FileAttachments source"}, pageContent, pageProperties, takeAway),
	},
	"PDFGroup": {
		kids: concat([]string{"PDF source", "PDFGroup", "BlankPage", "Bookmarks source"}, pageContent, pageProperties, takeAway),
	},
	"BlankPage": {
		attrs: map[string]check{"forceEven": boolean}, kids: concat(pageContent, pageProperties),
	},
	"PDFsFromBookmarks": {
		attrs: map[string]check{"prefix": notEmpty, "encryption": notEmpty, "initialView": notEmpty, "return": boolean},
		need:  []string{"prefix"},
		kids:  concat([]string{"PDF source", "PDFGroup"}, pageContent, pageProperties, takeAway, properties),
	},
	"Bookmarks result": {
		attrs: map[string]check{"result": notEmpty, "return": boolean},
		kids:  []string{"PDF source", "PDFGroup", "Bookmarks source"},
	},
	"Bookmarks source": {attrs: map[string]check{"source": notEmpty, "required": boolean}},
	"DocumentInformation result": {
		attrs: map[string]check{"result": notEmpty, "return": boolean}, kids: []string{"PDF source", "PDFGroup"},
	},
	"DocumentText result": {
		attrs: map[string]check{"result": notEmpty, "return": boolean}, kids: []string{"PDF source", "PDFGroup"},
	},

	"Header": {attrs: band, kids: []string{"Left", "Center", "Right"}},
	"Footer": {attrs: band, kids: []string{"Left", "Center", "Right"}},
	"Left":   {kids: []string{"StyledText"}}, "Center": {kids: []string{"StyledText"}}, "Right": {kids: []string{"StyledText"}},
	"Watermark":    {attrs: stamp, kids: []string{"StyledText", "PDF source"}},
	"Background":   {attrs: stamp, kids: []string{"StyledText", "PDF source"}},
	"PageOverlay":  {attrs: join(alternation, place), kids: []string{"PDF source"}},
	"PageUnderlay": {attrs: join(alternation, place), kids: []string{"PDF source"}},
	"NoHeaders":    {attrs: alternation}, "NoFooters": {attrs: alternation},
	"NoWatermarks": {attrs: alternation}, "NoBackgrounds": {attrs: alternation},
	"StyledText": {attrs: typed, kids: []string{"p"}},
	"p":          {attrs: typed, kids: rich, text: true}, "span": {attrs: typed, kids: rich, text: true},
	"b": {attrs: typed, kids: rich, text: true}, "i": {attrs: typed, kids: rich, text: true}, "Space": {},
	"_PageNumber": {}, "_LastPageNumber": {}, "_PageLabel": {}, "_LastPageLabel": {}, "_Title": {}, "_Author": {}, "_Subject": {},
	"_SourceTitle": {}, "_SourceAuthor": {}, "_SourceSubject": {}, "_Created": {}, "_Modified": {}, "_DateTime": {},
	"BatesNumber": {attrs: bates}, "_BatesNumber": {attrs: bates},

	"PageSize": {
		attrs: map[string]check{"width": lengthCheck, "height": lengthCheck, "name": oneOf(paperNames()...)},
	},
	"PageRotation": {
		attrs: map[string]check{"rotate90": oneOf("0", "90", "180", "270", "-90", "-180", "-270")}, need: []string{"rotate90"},
	},
	"PageMargins": {attrs: join(alternation, map[string]check{
		"left": lengthCheck, "top": lengthCheck, "right": lengthCheck, "bottom": lengthCheck,
	})},

	"NoBookmarks": {}, "NoComments": {}, "NoLinks": {}, "NoThumbnails": {}, "NoFileAttachments": {}, "NoJavaScripts": {},
	"NoForms": {}, "NoXFA": {},
	"Title": {text: true}, "Author": {text: true}, "Subject": {text: true},
	"Keywords": {kids: []string{"Keyword"}}, "Keyword": {text: true},
	"FileAttachments source": {
		attrs: map[string]check{"source": notEmpty, "required": boolean}, kids: []string{"File", "Description"},
	},
	"File":        {attrs: map[string]check{"filename": notEmpty, "mimetype": anyText}},
	"Description": {text: true},

	"StyleProfile": {
		attrs: map[string]check{"name": notEmpty}, need: []string{"name"},
		kids: []string{"Header", "Footer", "Watermark", "Background"},
	},
	"PasswordAccessProfile": {
		attrs: map[string]check{"name": notEmpty}, need: []string{"name"}, kids: []string{"Password"},
	},
	"Password": {text: true},
	"PasswordEncryptionProfile": {
		attrs: map[string]check{
			"name": notEmpty, "compatibilityLevel": oneOf("Acrobat5", "Acrobat6", "Acrobat7", "Acrobat9", "Acrobat10", "AcrobatX"),
		},
		need: []string{"name"}, kids: []string{"OpenPassword", "MasterPassword"},
	},
	"OpenPassword": {text: true}, "MasterPassword": {text: true},
	"InitialViewProfile": {
		attrs: map[string]check{
			"name": notEmpty, "show": oneOf("PageOnly", "BookmarksPanel", "PagesPanel", "AttachmentsPanel", "LayersPanel"),
			"pageLayout":    oneOf("Default", "SinglePage", "Continuous", "Facing", "ContinuousFacing"),
			"magnification": oneOf("Default", "FitPage", "FitWidth", "FitVisible", "ActualSize"), "openToPage": integerCheck,
			"hideMenuBar": boolean, "hideToolBars": boolean, "hideWindowControls": boolean, "resizeToFit": boolean,
			"centerOnScreen": boolean, "fullScreen": boolean, "titleBar": oneOf("FileName", "DocumentTitle"),
		},
		need: []string{"name"},
	},
}

// key returns under which key of rules an element is looked up.
func (n *node) key() string {
	switch n.name {
	case "PDF", "Bookmarks", "FileAttachments", "DocumentInformation", "DocumentText":
		if _, ok := n.attrs["result"]; ok {
			return n.name + " result"
		}
		return n.name + " source"
	}
	return n.name
}

// validate checks an element and all below it.
func (n *node) validate() error {
	key := n.key()
	r, ok := rules[key]
	if !ok {
		return errorf(n.line, "the DDX element <%s> in line %d is not emulated", short(n.name), n.line)
	}
	if err := n.validateAttributes(key, r); err != nil {
		return err
	}
	for _, k := range n.kids {
		if k.name == "" {
			if !r.text && strings.TrimSpace(k.text) != "" {
				return errorf(k.line, "there is text in <%s>, where none can be", n.name)
			}
			continue
		}
		if _, known := rules[k.key()]; known && !slices.Contains(r.kids, k.key()) {
			return errorf(k.line, "the DDX element <%s> in line %d is not emulated within <%s>", k.name, k.line, n.name)
		}
		if err := k.validate(); err != nil {
			return err
		}
	}
	return nil
}

func (n *node) validateAttributes(key string, r rule) error {
	need := r.need
	if strings.HasSuffix(key, " source") {
		need = []string{"source"}
	}
	for _, name := range need {
		if _, ok := n.attrs[name]; !ok {
			return errorf(n.line, "<%s> needs the attribute %q", n.name, name)
		}
	}
	for _, name := range sorted(n.attrs) {
		c, ok := r.attrs[name]
		if !ok {
			return errorf(n.line, "the attribute %q of the DDX element <%s> in line %d is not emulated", short(name), n.name, n.line)
		}
		if want := c(n.attrs[name]); want != "" {
			return errorf(n.line, "the attribute %q of <%s> is %q, and must be %s", name, n.name, short(n.attrs[name]), want)
		}
	}
	return nil
}
