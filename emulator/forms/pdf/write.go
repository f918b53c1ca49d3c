package pdf

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// producer stands in documents that name no other.
const producer = "imsx emulator (not for production)"

// Write writes ctx as a whole new document. A document that was decrypted for reading is encrypted again in the same way,
// unless [File.DropEncryption] was called; one that is not encrypted is encrypted where ctx.Cmd is model.ENCRYPT. Signatures
// do not hold afterwards: see [DropSignatures].
//
// The entries of the info dictionary stay; ModDate becomes t, and CreationDate too where there is none. Where t is zero,
// dates that are there stay, and none is added. What is not encrypted is the same, byte for byte, for the same ctx and t.
// Afterwards ctx is of no further use.
func Write(ctx *model.Context, t time.Time) ([]byte, error) {
	var out []byte
	err := Guard("the document cannot be written", func() (err error) {
		out, err = write(ctx, t)
		return err
	})
	return out, err
}

func write(ctx *model.Context, t time.Time) ([]byte, error) {
	if err := stampInfo(ctx, t); err != nil {
		return nil, err
	}
	// pdfcpu puts its own name and the machine's time into the info dictionary of everything before PDF 2.0, so it
	// writes PDF 2.0, and the header is set right afterwards.
	old := ctx.XRefTable.Version() < model.V20
	if old {
		v := model.V20
		ctx.RootVersion = &v
		ctx.RootDict.Delete("Version")
	}
	settleID(ctx)
	if ctx.Cmd == model.ENCRYPT && old && !(ctx.EncryptUsingAES && ctx.EncryptKeyLength == 256) {
		if err := borrowEncryption(ctx); err != nil {
			return nil, err
		}
	}
	ctx.WriteObjectStream, ctx.WriteXRefStream = false, false
	var buf bytes.Buffer
	if err := api.WriteContext(ctx, &buf); err != nil {
		return nil, err
	}
	out, err := arrange(buf.Bytes(), ctx)
	if err != nil {
		return nil, err
	}
	if old {
		out = bytes.Replace(out, []byte("%PDF-2.0"), []byte("%PDF-1.7"), 1)
	}
	replaceID(out, ctx)
	return out, nil
}

// settleID gives the document the first half of an identifier. It is part of the key of encrypted documents, so one that
// is there stays.
func settleID(ctx *model.Context) {
	if len(ctx.ID) == 2 {
		return
	}
	fixed := types.HexLiteral(strings.Repeat("0", 32))
	ctx.ID = types.Array{fixed, fixed}
}

// replaceID replaces the second half of the identifier, which pdfcpu derives from the time, by a hash of the rest. It
// stands in plain text at the end of every document.
func replaceID(out []byte, ctx *model.Context) {
	id, ok := ctx.ID[1].(types.HexLiteral)
	if !ok || len(id) != 32 {
		return
	}
	i := bytes.LastIndex(out, []byte(id))
	if i < 0 {
		return
	}
	h := sha256.New()
	h.Write(out[:i])
	h.Write(out[i+len(id):])
	hex.Encode(out[i:i+len(id)], h.Sum(nil)[:len(id)/2])
}

// Date writes t as a date of PDF.
func Date(t time.Time) string { return types.DateString(t) }

func stampInfo(ctx *model.Context, t time.Time) error {
	d, err := infoDict(ctx)
	if err != nil {
		return err
	}
	if _, ok := d.Find("Producer"); !ok {
		d.Update("Producer", textString(producer))
	}
	if t.IsZero() {
		return nil
	}
	if _, ok := d.Find("CreationDate"); !ok {
		d.Update("CreationDate", types.StringLiteral(Date(t)))
	}
	d.Update("ModDate", types.StringLiteral(Date(t)))
	return nil
}

// infoDict returns the info dictionary, and makes one where there is none.
func infoDict(ctx *model.Context) (types.Dict, error) {
	if ctx.Info != nil {
		d, err := ctx.DereferenceDict(*ctx.Info)
		if err != nil || d != nil {
			return d, err
		}
	}
	d := types.NewDict()
	ref, err := ctx.IndRefForNewObject(d)
	if err != nil {
		return nil, err
	}
	ctx.Info = ref
	return d, nil
}

// textString encodes a text as PDF does: as it is where that is plain ASCII, as UTF-16 otherwise.
func textString(s string) types.Object {
	for _, r := range s {
		if r < ' ' || r > '~' {
			return types.NewHexLiteral([]byte(types.EncodeUTF16String(s)))
		}
	}
	escaped := strings.NewReplacer(`\`, `\\`, `(`, `\(`, `)`, `\)`).Replace(s)
	return types.StringLiteral(escaped)
}

// SetInfo returns the document with entries of its info dictionary set: Title, Author, Subject, Keywords, Creator, Producer,
// CreationDate, ModDate ("D:2026…") and any other name. An empty value removes the entry. Metadata in XMP, which would
// contradict, is removed. Encrypted documents are an [*Error].
func SetInfo(data []byte, info map[string]string) ([]byte, error) {
	f, err := Open(data, OpenOptions{})
	if err != nil {
		return nil, err
	}
	if f.Encrypted() {
		return nil, errorf("the document is encrypted, and its information cannot be changed")
	}
	if err := PutInfo(f.ctx, info); err != nil {
		return nil, err
	}
	return Write(f.ctx, time.Time{})
}

// PutInfo does to ctx what [SetInfo] does.
func PutInfo(ctx *model.Context, info map[string]string) error {
	return Guard("the information cannot be set", func() error {
		d, err := infoDict(ctx)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(info)) {
			if err := putInfo(d, name, info[name]); err != nil {
				return err
			}
		}
		ctx.RootDict.Delete("Metadata")
		return nil
	})
}

func notInNames(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("()<>[]{}/%#", r) }

func putInfo(d types.Dict, name, value string) error {
	switch {
	case name == "" || len(name) > 127 || strings.ContainsFunc(name, notInNames):
		return errorf("%q cannot be the name of an entry of the information", short(name))
	case value == "":
		d.Delete(name)
	case name == "Trapped":
		d.Update(name, types.Name(value))
	default:
		d.Update(name, textString(value))
	}
	return nil
}
