package assure

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

// maxObject is the greatest object number that an update may give out, as Acrobat has it.
const maxObject = 8388607

// update is an incremental update of a document: objects that are new, and new versions of old ones.
type update struct {
	doc  []byte
	ctx  *model.Context
	tail tail
	key  *cryptKey // nil unless the document is encrypted
	next int       // the next free object number

	objects map[int]updated
	slots   map[string]slot // the placeholders, once they are written
}

type updated struct {
	gen    int
	object types.Object
}

// slot is where a placeholder stands in the finished document.
type slot struct{ start, end int }

// placeholder is text that is written as it is, and whose place is remembered under its name.
type placeholder struct{ name, text string }

// Clone, String and PDFString make a placeholder an object.
func (p placeholder) Clone() types.Object { return p }
func (p placeholder) String() string      { return p.text }
func (p placeholder) PDFString() string   { return p.text }

// openUpdate reads a document that is to be updated.
func openUpdate(doc []byte, unlock Unlock) (*update, error) {
	if err := checkOutside(doc); err != nil {
		return nil, err
	}
	if unlock.Encryption != "" && unlock.Encryption != PasswordBasedEncrypt {
		return nil, errorf("unlock.encryption is %s, and must be %s", quoted(string(unlock.Encryption)), PasswordBasedEncrypt)
	}
	if err := refuseOtherHandlers(doc); err != nil {
		return nil, err
	}
	t, err := readTail(doc)
	if err != nil {
		return nil, err
	}
	u := &update{doc: doc, tail: t, objects: map[int]updated{}, slots: map[string]slot{}}
	err = guard("the document cannot be read", func() (err error) {
		conf := pdf.Configuration()
		conf.UserPW, conf.OwnerPW = unlock.UnlockWith, unlock.UnlockWith
		u.ctx, err = api.ReadContext(bytes.NewReader(doc), conf)
		return err
	})
	if err != nil {
		return nil, err
	}
	if root := t.dict.IndirectRefEntry("Root"); u.ctx.Root == nil || *root != *u.ctx.Root {
		return nil, errorf("the document's trailer names another catalog than the rest of it")
	}
	u.next = u.ctx.MaxObjNr + 1
	if size := t.dict.Size(); size != nil {
		u.next = max(u.next, *size)
	}
	if u.ctx.Encrypt != nil {
		u.key, err = newCryptKey(u.ctx)
	}
	return u, err
}

func refuseOtherHandlers(doc []byte) error {
	d, found := encryption(doc)
	if !found {
		return nil
	}
	name := d.NameEntry("Filter")
	if name == nil || *name != "Standard" {
		return errorf("the document is not encrypted with a password, and cannot be unlocked")
	}
	return nil
}

// add gives an object a number.
func (u *update) add(o types.Object) (types.IndirectRef, error) {
	if u.next > maxObject {
		return types.IndirectRef{}, errorf("the document has no object number left below %d", maxObject)
	}
	ref := *types.NewIndirectRef(u.next, 0)
	u.next++
	u.objects[ref.ObjectNumber.Value()] = updated{0, o}
	return ref, nil
}

// replace gives a new version of an object.
func (u *update) replace(ref types.IndirectRef, o types.Object) {
	u.objects[ref.ObjectNumber.Value()] = updated{ref.GenerationNumber.Value(), o}
}

// dict returns the dictionary to change for a reference: the one that this update has already, or a copy.
func (u *update) dict(ref types.IndirectRef) (types.Dict, error) {
	if have, ok := u.objects[ref.ObjectNumber.Value()]; ok {
		if d, ok := have.object.(types.Dict); ok {
			return d, nil
		}
	}
	d, err := u.ctx.DereferenceDict(ref)
	if err != nil || d == nil {
		return nil, errorf("object %d is not a dictionary", ref.ObjectNumber)
	}
	d = clone(d)
	u.replace(ref, d)
	return d, nil
}

// catalog returns the catalog to change.
func (u *update) catalog() (types.Dict, error) { return u.dict(*u.ctx.Root) }

// bytes returns the document with the update appended.
func (u *update) bytes() ([]byte, error) {
	out := bytes.NewBuffer(make([]byte, 0, len(u.doc)+64<<10))
	out.Write(u.doc)
	if last := u.doc[len(u.doc)-1]; last != '\n' && last != '\r' {
		out.WriteByte('\n')
	}
	offsets := map[int]int{}
	for _, nr := range u.numbers() {
		o := u.objects[nr]
		offsets[nr] = out.Len()
		fmt.Fprintf(out, "%d %d obj\n", nr, o.gen)
		if err := u.write(out, o.object, nr, o.gen, 0); err != nil {
			return nil, err
		}
		out.WriteString("\nendobj\n")
	}
	at := out.Len()
	if u.tail.stream {
		u.writeStream(out, offsets)
	} else {
		u.writeTable(out, offsets)
	}
	fmt.Fprintf(out, "startxref\n%d\n%%%%EOF\n", at)
	if out.Len() > pdf.MaxSize+maxGrowth {
		return nil, errorf("the document would have %d bytes, and %d is the most", out.Len(), pdf.MaxSize+maxGrowth)
	}
	return out.Bytes(), nil
}

// maxGrowth is the most bytes that an update adds to a document of the greatest size.
const maxGrowth = 16 << 20

func (u *update) numbers() []int { return slices.Sorted(maps.Keys(u.objects)) }

// runs splits sorted numbers where they are not consecutive.
func runs(numbers []int) [][]int {
	var all [][]int
	for i, nr := range numbers {
		if i == 0 || nr != numbers[i-1]+1 {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], nr)
	}
	return all
}

func (u *update) writeTable(out *bytes.Buffer, offsets map[int]int) {
	out.WriteString("xref\n")
	for _, run := range runs(u.numbers()) {
		fmt.Fprintf(out, "%d %d\n", run[0], len(run))
		for _, nr := range run {
			fmt.Fprintf(out, "%010d %05d n\r\n", offsets[nr], u.objects[nr].gen)
		}
	}
	out.WriteString("trailer\n" + u.trailer(u.next).PDFString() + "\n")
}

// writeStream writes a cross-reference stream, which lists itself.
func (u *update) writeStream(out *bytes.Buffer, offsets map[int]int) {
	self := u.next
	offsets[self] = out.Len()
	var rows []byte
	index := types.Array{}
	for _, run := range runs(append(u.numbers(), self)) {
		index = append(index, types.Integer(run[0]), types.Integer(len(run)))
		for _, nr := range run {
			at, gen := offsets[nr], u.objects[nr].gen
			rows = append(rows, 1, byte(at>>24), byte(at>>16), byte(at>>8), byte(at), byte(gen>>8), byte(gen))
		}
	}
	d := u.trailer(self + 1)
	d["Type"] = types.Name("XRef")
	d["W"] = types.Array{types.Integer(1), types.Integer(4), types.Integer(2)}
	d["Index"] = index
	d["Length"] = types.Integer(len(rows))
	fmt.Fprintf(out, "%d 0 obj\n%s\nstream\n", self, d.PDFString())
	out.Write(rows)
	out.WriteString("\nendstream\nendobj\n")
}

func (u *update) trailer(size int) types.Dict {
	d := types.Dict{
		"Size": types.Integer(size), "Root": *u.ctx.Root, "Prev": types.Integer(u.tail.offset), "ID": u.identifier(),
	}
	for _, key := range []string{"Info", "Encrypt"} {
		if o, ok := u.tail.dict.Find(key); ok {
			d[key] = o
		}
	}
	return d
}

// identifier keeps the first half of the document's identifier, which is part of the key of encrypted documents.
func (u *update) identifier() types.Array {
	h := sha256.New()
	h.Write(u.doc)
	for _, nr := range u.numbers() {
		fmt.Fprint(h, nr, " ")
	}
	fresh := types.HexLiteral(hex.EncodeToString(h.Sum(nil)[:16]))
	if id, ok := u.tail.dict["ID"].(types.Array); ok && len(id) == 2 {
		return types.Array{id[0], fresh}
	}
	if len(u.ctx.ID) == 2 {
		return types.Array{u.ctx.ID[0], fresh}
	}
	return types.Array{fresh, fresh}
}

// write writes an object, encrypted where the document is.
func (u *update) write(out *bytes.Buffer, o types.Object, nr, gen, depth int) error {
	if depth > maxDepth {
		return errorf("object %d is nested more than %d deep", nr, maxDepth)
	}
	switch o := o.(type) {
	case nil:
		out.WriteString("null")
	case types.Dict:
		return u.writeDict(out, o, nr, gen, depth)
	case types.Array:
		return u.writeArray(out, o, nr, gen, depth)
	case types.StreamDict:
		return u.writeData(out, o, nr, gen, depth)
	case types.StringLiteral, types.HexLiteral:
		return u.writeString(out, o, nr, gen)
	case types.Float:
		out.WriteString(strconv.FormatFloat(float64(o), 'f', -1, 64))
	case placeholder:
		u.slots[o.name] = slot{out.Len(), out.Len() + len(o.text)}
		out.WriteString(o.text)
	case types.Name:
		out.WriteString("/" + types.EncodeName(string(o)))
	case types.Integer, types.Boolean, types.IndirectRef:
		out.WriteString(o.PDFString())
	default:
		return errorf("object %d has something in it that cannot be written", nr)
	}
	return nil
}

func (u *update) writeDict(out *bytes.Buffer, d types.Dict, nr, gen, depth int) error {
	out.WriteString("<<")
	for _, k := range slices.Sorted(maps.Keys(d)) {
		out.WriteString("/" + types.EncodeName(k) + " ")
		if err := u.write(out, d[k], nr, gen, depth+1); err != nil {
			return err
		}
		out.WriteByte('\n')
	}
	out.WriteString(">>")
	return nil
}

func (u *update) writeArray(out *bytes.Buffer, a types.Array, nr, gen, depth int) error {
	out.WriteByte('[')
	for i, o := range a {
		if i > 0 {
			out.WriteByte(' ')
		}
		if err := u.write(out, o, nr, gen, depth+1); err != nil {
			return err
		}
	}
	out.WriteByte(']')
	return nil
}

func (u *update) writeData(out *bytes.Buffer, s types.StreamDict, nr, gen, depth int) error {
	raw := s.Raw
	if u.key != nil {
		raw = u.key.encrypt(raw, nr, gen, u.key.aesStreams)
	}
	d := clone(s.Dict)
	d["Length"] = types.Integer(len(raw))
	if err := u.writeDict(out, d, nr, gen, depth); err != nil {
		return err
	}
	out.WriteString("\nstream\n")
	out.Write(raw)
	out.WriteString("\nendstream")
	return nil
}

func (u *update) writeString(out *bytes.Buffer, o types.Object, nr, gen int) error {
	if u.key == nil {
		out.WriteString(o.PDFString())
		return nil
	}
	plain, err := stringBytes(o)
	if err != nil {
		return errorf("object %d has a string in it that cannot be read", nr)
	}
	out.WriteString("<" + hex.EncodeToString(u.key.encrypt(plain, nr, gen, u.key.aesStrings)) + ">")
	return nil
}

// stringBytes returns what a string stands for.
func stringBytes(o types.Object) ([]byte, error) {
	switch o := o.(type) {
	case types.StringLiteral:
		return types.Unescape(string(o))
	case types.HexLiteral:
		digits := bytes.Join(bytes.Fields([]byte(o)), nil)
		if len(digits)%2 == 1 {
			digits = append(digits, '0')
		}
		return hex.AppendDecode(nil, digits)
	}
	return nil, errorf("not a string")
}

// textString encodes a text as PDF does: as it is where that is plain ASCII, as UTF-16 otherwise.
func textString(s string) types.Object {
	for _, r := range s {
		if r < ' ' || r > '~' {
			return types.NewHexLiteral([]byte(types.EncodeUTF16String(s)))
		}
	}
	escaped, _ := types.Escape(s)
	return types.StringLiteral(*escaped)
}
