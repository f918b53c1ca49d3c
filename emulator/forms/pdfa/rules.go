package pdfa

// rule is a rule of PDF/A that can be seen from outside: its clause in ISO 19005-1 and in the later parts, which number
// alike. Where a clause is empty, the part has no such rule.
type rule struct {
	one, later string
	what       string
}

// clause returns the rule's clause in a part, which is empty if the part does not have the rule.
func (r rule) clause(part int) string {
	if part == 1 {
		return r.one
	}
	return r.later
}

// The rules of the file, ISO 19005-1, 6.1, and ISO 19005-2, 6.1.
var (
	ruleHeader      = rule{"6.1.2", "6.1.2", "the file does not begin with a header and a comment of four bytes above 127"}
	ruleID          = rule{"6.1.3", "6.1.3", "the trailer has no file identifier"}
	ruleEncrypt     = rule{"6.1.3", "6.1.3", "the document is encrypted"}
	ruleXRefStream  = rule{"6.1.4", "", "the document has cross-reference streams or object streams"}
	ruleExternal    = rule{"6.1.7", "6.1.7.1", "a stream has its data outside of the document"}
	ruleLZW         = rule{"6.1.10", "6.1.7.2", "a stream is compressed with LZW"}
	ruleCrypt       = rule{"", "6.1.7.2", "a stream has a Crypt filter"}
	ruleEmbedded    = rule{"6.1.11", "", "a file is embedded"}
	ruleLimits      = rule{"6.1.12", "6.1.13", "a name, a string or a number is beyond the limits"}
	ruleOptional    = rule{"6.1.13", "", "the document has optional content"}
	ruleNotPDFA     = rule{"", "6.8", "an embedded file is not PDF/A"} // part 2
	ruleRelation    = rule{"", "6.8", "an embedded file has no relationship, no type or no name"}
	ruleConfigName  = rule{"", "6.9", "a configuration of optional content has no name"}
	ruleConfigState = rule{"", "6.9", "a configuration of optional content changes states automatically"}
)

// The rules of graphics.
var (
	ruleIntent      = rule{"6.2.2", "6.2.3", "the output intent is not usable"}
	ruleTwoIntents  = rule{"6.2.2", "6.2.3", "two output intents have different profiles"}
	ruleDevice      = rule{"6.2.3.3", "6.2.4.3", "a device color is used without an output intent for it"}
	ruleImage       = rule{"6.2.4", "6.2.8.1", "an image has alternates, OPI data or is interpolated"}
	ruleForm        = rule{"6.2.5", "6.2.9.1", "a form has OPI or PostScript data"}
	ruleReference   = rule{"6.2.6", "6.2.9.2", "a form refers to another document"}
	rulePostScript  = rule{"6.2.7", "6.2.9.3", "there is a PostScript object"}
	ruleState       = rule{"6.2.8", "6.2.5", "a state of graphics has a transfer function"}
	ruleRendering   = rule{"6.2.9", "6.2.6", "a rendering intent is not known"}
	ruleBlend       = rule{"", "6.2.10", "a blend mode is not known"}
	ruleTransparent = rule{"6.4", "", "transparency is used"}
)

// The rules of fonts.
var (
	ruleFont     = rule{"6.3.4", "6.2.11.4.1", "a font is not embedded"}
	ruleCIDMap   = rule{"6.3.3.2", "6.2.11.3.2", "a composite TrueType font has no map to its glyphs"}
	ruleCMap     = rule{"6.3.3.3", "6.2.11.3.3", "a character map is not embedded"}
	ruleEncoding = rule{"6.3.7", "6.2.11.6", "a TrueType font's encoding does not fit its flags"}
)

// The rules of annotations, actions and forms.
var (
	ruleAnnotation  = rule{"6.5.2", "6.3.1", "an annotation has a type that is not allowed"}
	ruleFlags       = rule{"6.5.3", "6.3.2", "an annotation is hidden or is not printed"}
	ruleOpacity     = rule{"6.5.3", "", "an annotation is not opaque"}
	ruleTint        = rule{"6.5.3", "", "an annotation has a color without an output intent of RGB"}
	ruleAppearance  = rule{"", "6.3.3", "an annotation has no appearance"}
	ruleAppearances = rule{"6.5.3", "6.3.3", "an annotation has another appearance beside the normal one"}
	ruleAction      = rule{"6.6.1", "6.5.1", "there is an action that is not allowed"}
	ruleTrigger     = rule{"6.6.2", "6.5.2", "there is an action that an event triggers"}
	ruleField       = rule{"6.9", "6.4.1", "a form makes appearances or a field has actions"}
	ruleXFA         = rule{"", "6.4.2", "the document has an XFA form"}
)

// The rules of metadata.
var (
	ruleMetadata = rule{"6.7.2", "6.6.2.1", "the document has no readable metadata"}
	ruleFiltered = rule{"6.7.2", "", "the metadata is compressed"}
	ruleInfo     = rule{"6.7.3", "", "the document's information and its metadata differ"}
	ruleVersion  = rule{"6.7.11", "6.6.4", "the metadata does not identify the part and the level"}
)
