package ddx

import (
	"maps"
	"slices"
	"sync"
)

// rules returns what is emulated of all elements. Those whose meaning depends on an attribute are keyed with it.
var rules = sync.OnceValue(func() map[string]rule {
	all := resultRules()
	maps.Copy(all, contentRules())
	maps.Copy(all, otherRules())
	return all
})

// Elements that are children of whatever holds pages.
var (
	pageContent = []string{
		"Header", "NoHeaders", "Footer", "NoFooters", "Watermark", "NoWatermarks", "Background", "NoBackgrounds",
		"PageOverlay", "PageUnderlay",
	}
	pageProperties = []string{"PageSize", "PageRotation", "PageMargins", "PageLabel", "NoPageLabels"}
	takeAway       = []string{
		"NoBookmarks", "NoComments", "NoLinks", "NoThumbnails", "NoFileAttachments", "NoJavaScripts", "NoForms", "NoXFA",
	}
	properties = []string{"Title", "Author", "Subject", "Keywords"}
	keys       = []string{
		"_PageNumber", "_LastPageNumber", "_PageLabel", "_LastPageLabel", "_Title", "_Author", "_Subject", "_SourceTitle",
		"_SourceAuthor", "_SourceSubject", "_Created", "_Modified", "_DateTime", "BatesNumber", "_BatesNumber",
		"_BookmarkTitle", "_BookmarkPageCitation",
	}
)

func concat(lists ...[]string) []string { return slices.Concat(lists...) }

func join(some ...map[string]check) map[string]check {
	all := map[string]check{}
	for _, m := range some {
		maps.Copy(all, m)
	}
	return all
}

// resultRules are for results and what brings pages into them.
func resultRules() map[string]rule {
	return map[string]rule{
		"DDX": {kids: []string{
			"PDF result", "PDFsFromBookmarks", "Bookmarks result", "DocumentInformation result", "DocumentText result",
			"StyleProfile", "PasswordAccessProfile", "PasswordEncryptionProfile", "InitialViewProfile",
		}},
		"PDF result": {
			attrs: map[string]check{
				"result": notEmpty, "return": boolean, "encryption": notEmpty, "initialView": notEmpty,
				"format": oneOf("PDF"), "save": oneOf("Full", "Incremental", "FastWebView"),
			},
			kids: concat([]string{"PDF source", "PDFGroup", "BlankPage", "TableOfContents", "Bookmarks source", "FileAttachments source"},
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
			kids: concat([]string{"PDF source", "PDFGroup", "BlankPage", "TableOfContents", "Bookmarks source"},
				pageContent, pageProperties, takeAway),
		},
		"BlankPage": {
			attrs: map[string]check{"forceEven": boolean}, kids: concat(pageContent, pageProperties),
		},
		"TableOfContents": {
			attrs: map[string]check{
				"bookmarkTitle": anyText, "createLiveLinks": boolean, "maxBookmarkLevel": levelCheck, "styleReference": notEmpty,
			},
			kids: concat([]string{"TableOfContentsEntryPattern"}, pageContent, pageProperties),
		},
		"TableOfContentsEntryPattern": {attrs: map[string]check{"applicableLevel": levelCheck}, kids: []string{"StyledText"}},
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
	}
}

// contentRules are for what is drawn on pages, and for what pages are.
func contentRules() map[string]rule {
	alternation := map[string]check{"alternation": oneOf("None", "OddPages", "EvenPages")}
	shown := map[string]check{
		// What is only on the screen or only on paper is not emulated.
		"showOnScreen": oneOf("true"), "showWhenPrinting": oneOf("true"), "replaceExisting": boolean,
	}
	place := map[string]check{
		"horizontalAnchor": oneOf("Left", "Center", "Right"), "verticalAnchor": oneOf("Top", "Middle", "Bottom"),
		"horizontalOffset": lengthCheck, "verticalOffset": lengthCheck, "opacity": percentCheck, "rotation": integerCheck,
		"scale": percentCheck, "fitToPage": boolean,
	}
	band := join(alternation, shown, map[string]check{"padding": lengthCheck, "styleReference": notEmpty})
	stamp := join(alternation, shown, place, map[string]check{"styleReference": notEmpty})
	typed := join(cssProperties(), map[string]check{"style": styleCheck})
	bates := map[string]check{
		"prefix": anyText, "suffix": anyText, "numberOfDigits": integerCheck, "start": integerCheck,
	}
	rich := concat([]string{"b", "i", "span", "Space", "leader"}, keys)
	return map[string]rule{
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
		"BatesNumber": {attrs: bates}, "_BatesNumber": {attrs: bates}, "_BookmarkTitle": {}, "_BookmarkPageCitation": {},
		"leader": {attrs: map[string]check{"leader-pattern": oneOf("dotted", "dots", "dashed", "solid", "rule", "space")}},

		"PageSize": {
			attrs: map[string]check{"width": lengthCheck, "height": lengthCheck, "name": oneOf(paperNames()...)},
		},
		"PageRotation": {
			attrs: map[string]check{"rotate90": oneOf("0", "90", "180", "270", "-90", "-180", "-270")}, need: []string{"rotate90"},
		},
		"PageMargins": {attrs: join(alternation, map[string]check{
			"left": lengthCheck, "top": lengthCheck, "right": lengthCheck, "bottom": lengthCheck,
		})},
		"PageLabel": {attrs: map[string]check{
			"mode": oneOf("Define", "Continue", "Preserve"), "format": oneOf(sorted(labelStyles())...), "prefix": anyText,
			"start": integerCheck,
		}},
		"NoPageLabels": {},
	}
}

// otherRules are for what is taken away, for properties, attachments and profiles.
func otherRules() map[string]rule {
	return map[string]rule{
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
			kids: []string{"Header", "Footer", "Watermark", "Background", "TableOfContents"},
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
}
