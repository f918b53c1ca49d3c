package pdf

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// FillOptions are for [Fill]. The zero value fills and leaves the form interactive.
type FillOptions struct {
	// Password opens an encrypted document. What comes out is encrypted in the same way.
	Password string
	// Flatten draws the fields into the pages and removes the form, so that the result is not interactive.
	Flatten bool
	// Time becomes the date of modification. Zero leaves the dates as they are.
	Time time.Time
}

// FillReport tells what [Fill] did.
type FillReport struct {
	Filled []string // full names of the fields that got a value
	Unused []string // paths of data that no field has
	Notes  []string // what could not be done as the data says, one sentence each
}

// Fill puts XML data into the form fields of a document, draws their new appearances, and returns the new document.
//
// An element without child elements is a value. It goes to the field with the same name; of several, to the one whose
// full name agrees with more of the path, numbers included ("item[1].price" is the second item's price); the root, the
// wrappers xfa:datasets and xfa:data, and the parts of XFA names that begin with # do not count. A space in a field's
// name is an underscore in the data. A checkbox is on for its own value and for 1, true, yes, on, and off for 0, false,
// no, off and nothing; a radio button and a choice take one of their values, a list with multiple selection one for each
// line. Data may be empty, or have [MaxData] bytes, [MaxDataElements] elements and a depth of [MaxDataDepth], and no
// document type declaration.
//
// An XFA form's fields are filled where the document has AcroForm fields for them too; the XFA form is removed, because it
// would contradict. Signatures are removed, because filling breaks them. Text is drawn in the standard fonts nearest to the
// field's: characters they have not are question marks in the picture, and right in the field's value. Scripts of fields
// are not run.
//
// The error is an [*Error], also where the document has no form.
func Fill(data, xml []byte, o FillOptions) ([]byte, FillReport, error) {
	f, err := Open(data, OpenOptions{Password: o.Password})
	if err != nil {
		return nil, FillReport{}, err
	}
	var all []*datum
	if len(xml) > 0 {
		if all, err = parseData(xml); err != nil {
			return nil, FillReport{}, err
		}
	}
	var report FillReport
	err = Guard("the form cannot be filled", func() error { return f.fill(all, o, &report) })
	if err != nil {
		return nil, FillReport{}, err
	}
	out, err := Write(f.ctx, o.Time)
	return out, report, err
}

func (f *File) fill(all []*datum, o FillOptions, report *FillReport) error {
	form, err := acroForm(f.ctx)
	if err != nil {
		return err
	}
	if form == nil {
		return errorf("the document has no form")
	}
	fields, err := form.fields()
	if err != nil {
		return err
	}
	x := indexData(all)
	for _, field := range fields {
		d := x.find(field.name)
		if d == nil || field.kind == FieldButton || field.kind == FieldSignature {
			continue
		}
		d.used = true
		note, err := field.set(d.value)
		if err != nil {
			return err
		}
		if note != "" {
			report.Notes = append(report.Notes, fmt.Sprintf("field %q: %s", field.name, note))
		}
		report.Filled = append(report.Filled, field.name)
	}
	for _, d := range all {
		if !d.used {
			report.Unused = append(report.Unused, d.String())
		}
	}
	form.dropXFA(report)
	if n, err := DropSignatures(f.ctx); err != nil {
		return err
	} else if n > 0 {
		report.Notes = append(report.Notes, fmt.Sprintf("%d signatures were removed, because filling breaks them", n))
	}
	if o.Flatten {
		return form.flatten(fields)
	}
	return nil
}

func (f *form) dropXFA(report *FillReport) {
	if _, ok := f.dict.Find("XFA"); ok {
		f.dict.Delete("XFA")
		f.ctx.RootDict.Delete("NeedsRendering")
		report.Notes = append(report.Notes, "the XFA form was removed, its AcroForm fields were filled")
	}
	f.dict.Delete("NeedAppearances")
}

// set gives the field a value. The note says what was not possible.
func (f *field) set(value string) (note string, err error) {
	switch f.kind {
	case FieldCheckBox, FieldRadio:
		return f.setButton(value)
	case FieldCombo, FieldList:
		return f.setChoice(value)
	}
	if r := []rune(value); f.maxLen > 0 && len(r) > f.maxLen {
		value = string(r[:f.maxLen])
		note = fmt.Sprintf("the value was cut to the %d characters that the field holds", f.maxLen)
	}
	f.dict["V"] = textString(value)
	more, err := f.draw(value)
	return strings.Trim(note+"; "+more, "; "), err
}

// draw makes the appearances of a text or choice.
func (f *field) draw(text string) (note string, err error) {
	lost := 0
	for _, w := range f.widgets {
		_, _, b, ok := f.form.rect(w)
		if !ok || b.w == 0 || b.h == 0 {
			continue
		}
		if f.form.rotation(w)%180 != 0 {
			b.w, b.h = b.h, b.w
		}
		stream, replaced := f.textStream(w, text, b)
		lost = max(lost, replaced)
		if err := f.form.setAppearance(w, stream, f.parseLook().face, b); err != nil {
			return "", err
		}
	}
	if lost > 0 {
		return fmt.Sprintf("%d characters are question marks in the picture, because the standard fonts do not have them", lost), nil
	}
	return "", nil
}

var (
	wordsOn  = []string{"1", "true", "yes", "on"}
	wordsOff = []string{"", "0", "false", "no", "off"}
)

// setButton turns checkboxes and radio buttons on and off.
func (f *field) setButton(value string) (note string, err error) {
	chosen := ""
	for _, w := range f.widgets {
		on := f.onState(w)
		if on != "" && (on == value || f.stateValue(on) == value) {
			chosen = on
			break
		}
	}
	word := strings.ToLower(value)
	if chosen == "" && f.kind == FieldCheckBox && slices.Contains(wordsOn, word) && len(f.widgets) > 0 {
		chosen = f.onState(f.widgets[0])
	}
	if chosen == "" && !slices.Contains(wordsOff, word) {
		note = fmt.Sprintf("%q is none of its values %q, so it is off", short(value), f.optionValues())
	}
	state := types.Name("Off")
	if chosen != "" {
		state = types.Name(chosen)
	}
	f.dict["V"] = state
	for _, w := range f.widgets {
		if f.onState(w) == chosen && chosen != "" {
			w["AS"] = state
			continue
		}
		w["AS"] = types.Name("Off")
	}
	return note, nil
}

// setChoice selects in combos and lists.
func (f *field) setChoice(value string) (note string, err error) {
	options := f.options()
	wanted := []string{value}
	if f.kind == FieldList && f.flags&flagMultiSelect != 0 {
		wanted = strings.Split(value, "\n")
	}
	var shown []string
	var values, numbers types.Array
	for _, v := range wanted {
		v = strings.TrimSpace(v)
		i := slices.IndexFunc(options, func(o option) bool { return o.export == v || o.shown == v })
		switch {
		case i >= 0:
			numbers = append(numbers, types.Integer(i))
			values = append(values, textString(options[i].export))
			shown = append(shown, options[i].shown)
		case v == "":
		case f.kind == FieldCombo && f.flags&flagEdit != 0:
			values, shown = append(values, textString(v)), append(shown, v)
		default:
			note = fmt.Sprintf("%q is none of its values %q", short(v), f.optionValues())
		}
	}
	f.dict.Delete("V")
	f.dict.Delete("I")
	if len(values) == 1 {
		f.dict["V"] = values[0]
	} else if len(values) > 1 {
		f.dict["V"] = values
	}
	if len(numbers) > 0 && f.kind == FieldList {
		f.dict["I"] = numbers
	}
	more, err := f.draw(strings.Join(shown, ", "))
	return strings.Trim(note+"; "+more, "; "), err
}
