package pdf_test

import (
	"bytes"
	stdcmp "cmp"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/imsx/imsx/emulator/forms/pdf"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	f := open(t, plain(t, "Tidings", 3))
	if f.PageCount() != 3 || f.Encrypted() || f.HasForm() || f.IsXFA() || f.Signed() {
		t.Errorf("%d pages, encrypted %t, form %t, XFA %t, signed %t; want 3 and none of these",
			f.PageCount(), f.Encrypted(), f.HasForm(), f.IsXFA(), f.Signed())
	}
	if got := f.Version(); got != "1.3" {
		t.Errorf("version %q, want 1.3", got)
	}
	if got := f.Info(); got.Title != "Tidings" || got.Author != "Ada" {
		t.Errorf("information %+v", got)
	}
	sizes, err := f.PageSizes()
	if err != nil {
		t.Fatal(err)
	}
	if len(sizes) != 3 || math.Abs(sizes[0].Width-595.28) > 0.1 || math.Abs(sizes[0].Height-841.89) > 0.1 {
		t.Errorf("sizes %v, want three of A4", sizes)
	}
	text, err := f.PageText(2)
	if want := "page 2 of Tidings"; err != nil || text != want {
		t.Errorf("text %q, error %v, want %q", text, err, want)
	}
	if _, err := f.PageText(4); !isPDFError(err) {
		t.Errorf("the text of a page that is not there: error %v", err)
	}
}

func isPDFError(err error) bool {
	var own *pdf.Error
	return errors.As(err, &own)
}

func TestFields(t *testing.T) {
	t.Parallel()
	fields, err := open(t, formPDF()).Fields()
	if err != nil {
		t.Fatal(err)
	}
	want := []pdf.Field{
		{Name: "form1[0].name", Kind: pdf.FieldText},
		{Name: "form1[0].notes", Kind: pdf.FieldText},
		{Name: "form1[0].agree", Kind: pdf.FieldCheckBox, Options: []string{"Yes"}},
		{Name: "form1[0].color", Kind: pdf.FieldRadio, Options: []string{"red", "blue"}},
		{Name: "form1[0].country", Kind: pdf.FieldCombo, Options: []string{"DE", "FR"}},
		{Name: "form1[0].topics", Kind: pdf.FieldList, Options: []string{"one", "two", "three"}},
		{Name: "form1[0].code", Kind: pdf.FieldText},
		{Name: "form1[0].price[1]", Kind: pdf.FieldText},
		{Name: "form1[0].signature", Kind: pdf.FieldSignature},
	}
	if diff := cmp.Diff(want, fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if !open(t, formPDF()).HasForm() {
		t.Error("the form is not seen")
	}
}

func encrypted(t *testing.T, password string) []byte {
	t.Helper()
	conf := pdf.Configuration()
	conf.UserPW, conf.OwnerPW = password, password+"-owner"
	conf.EncryptKeyLength = 256
	var b bytes.Buffer
	if err := api.Encrypt(bytes.NewReader(plain(t, "secret", 1)), &b, conf); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestOpenEncrypted(t *testing.T) {
	t.Parallel()
	data := encrypted(t, "sesame")
	for _, password := range []string{"", "wrong"} {
		if _, err := pdf.Open(data, pdf.OpenOptions{Password: password}); !errors.Is(err, pdf.ErrPassword) || !isPDFError(err) {
			t.Errorf("password %q: error %v, want ErrPassword", password, err)
		}
	}
	for _, password := range []string{"sesame", "sesame-owner"} {
		f, err := pdf.Open(data, pdf.OpenOptions{Password: password})
		if err != nil {
			t.Fatal(err)
		}
		if text, err := f.PageText(1); !f.Encrypted() || text != "page 1 of secret" || err != nil {
			t.Errorf("password %q: encrypted %t, text %q, error %v", password, f.Encrypted(), text, err)
		}
		again, err := pdf.Write(f.Context(), noon)
		if err != nil {
			t.Fatal(err)
		}
		if f, err := pdf.Open(again, pdf.OpenOptions{Password: password}); err != nil || f.Info().Title != "secret" {
			t.Errorf("written again: error %v", err)
		}
		if _, err := pdf.Open(again, pdf.OpenOptions{}); !errors.Is(err, pdf.ErrPassword) {
			t.Errorf("written again: opens without a password: %v", err)
		}
	}
}

func TestSetInfo(t *testing.T) {
	t.Parallel()
	out, err := pdf.SetInfo(plain(t, "old", 1), map[string]string{"Title": "Grüße (neu)", "Author": "", "Department": "4"})
	if err != nil {
		t.Fatal(err)
	}
	got := open(t, out).Info()
	if got.Title != "Grüße (neu)" || got.Author != "" || got.Properties["Department"] != "4" {
		t.Errorf("information %+v", got)
	}
	for _, name := range []string{"", "a b", "a/b", "ä"} {
		if _, err := pdf.SetInfo(plain(t, "old", 1), map[string]string{name: "x"}); !isPDFError(err) {
			t.Errorf("name %q: error %v", name, err)
		}
	}
}

func TestWriteIsTheSame(t *testing.T) {
	t.Parallel()
	data := plain(t, "same", 4)
	var first []byte
	for range 4 {
		out, err := pdf.Write(open(t, data).Context(), noon)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = out
		}
		if !bytes.Equal(out, first) {
			t.Fatal("the same document is written differently")
		}
	}
	if got := open(t, first).Info(); got.ModDate != "D:20260304120000+00'00'" || got.Producer == "" {
		t.Errorf("information %+v", got)
	}
}

func bomb(size int) string {
	var b bytes.Buffer
	w, _ := zlib.NewWriterLevel(&b, zlib.BestSpeed)
	zeros := make([]byte, 1<<20)
	for range size >> 20 {
		_, _ = w.Write(zeros)
	}
	_ = w.Close()
	return b.String()
}

// TestOpenHostile holds documents that must not crash or exhaust anything, be they refused or not.
func TestOpenHostile(t *testing.T) {
	t.Parallel()
	good := formPDF()
	pages := `<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 9 9]>>`
	for name, data := range map[string][]byte{
		"nothing":                 {},
		"something else":          []byte("GIF89a and more"),
		"only a header":           []byte("%PDF-1.7\n"),
		"cut in the middle":       good[:len(good)/2],
		"no end":                  good[:len(good)-40],
		"a wrong start of xref":   bytes.Replace(good, []byte("startxref\n"), []byte("startxref\n9"), 1),
		"a wrong length":          bytes.Replace(good, []byte("/Length 48"), []byte("/Length 99999999"), 1),
		"a negative length":       bytes.Replace(good, []byte("/Length 48"), []byte("/Length -8"), 1),
		"pages within themselves": assemble(`<</Type/Catalog/Pages 2 0 R>>`, `<</Type/Pages/Kids[2 0 R]/Count 1>>`),
		"xref within itself":      bytes.Replace(good, []byte("/Root 1 0 R"), fmt.Appendf(nil, "/Root 1 0 R/Prev %d", bytes.LastIndex(good, []byte("xref\n0"))), 1),
		"a huge size":             bytes.Replace(good, []byte("/Size 21"), []byte("/Size 2147483647"), 1),
		"no pages":                assemble(`<</Type/Catalog>>`),
		"deep arrays":             assemble(`<</Type/Catalog/Pages 2 0 R/X`+strings.Repeat("[", 100_000)+`>>`, pages),
		"deep dictionaries":       assemble(`<</Type/Catalog/Pages 2 0 R/X`+strings.Repeat("<</A", 50_000)+`>>`, pages),
		"a field within itself": assemble(`<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>`, pages,
			`<</Type/Page/Parent 2 0 R>>`, `<</T(a)/Kids[4 0 R]>>`),
		"a length that is itself": assemble(`<</Type/Catalog/Pages 2 0 R>>`, pages, `<</Type/Page/Parent 2 0 R/Contents 4 0 R>>`,
			"<</Length 4 0 R>>\nstream\nx\nendstream"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := pdf.Open(data, pdf.OpenOptions{})
			if err != nil {
				if !isPDFError(err) || len(err.Error()) > 400 {
					t.Errorf("error of type %T: %v", err, err)
				}
				return
			}
			for _, err := range exercise(f) {
				if err != nil && !isPDFError(err) {
					t.Errorf("error of type %T: %v", err, err)
				}
			}
		})
	}
}

// exercise calls what reads a document.
func exercise(f *pdf.File) []error {
	_, err1 := f.PageText(1)
	_, err2 := f.Fields()
	_, err3 := f.PageSizes()
	_ = f.HasForm() || f.IsXFA()
	_, err4 := pdf.Write(f.Context(), noon)
	return []error{err1, err2, err3, err4}
}

// TestOpenBomb holds streams that decode to four times the limit, in the places where they are decoded. Tests of other
// functions do not run at the same time, so that what is allocated can be counted.
func TestOpenBomb(t *testing.T) {
	whole, half := bomb(4*pdf.MaxDecoded), bomb(pdf.MaxDecoded/2)
	stream := streamObject("/Filter/FlateDecode/Type/Metadata/Subtype/XML", whole)
	const tree = `<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 9 9]>>`
	for name, data := range map[string][]byte{
		"content": assemble(`<</Type/Catalog/Pages 2 0 R>>`, tree, `<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<<>>>>`, stream),
		"content of many streams": assemble(`<</Type/Catalog/Pages 2 0 R>>`, tree,
			`<</Type/Page/Parent 2 0 R/Contents[4 0 R 4 0 R 4 0 R]/Resources<<>>>>`,
			streamObject("/Filter/FlateDecode", half)),
		"metadata": assemble(`<</Type/Catalog/Pages 2 0 R/Metadata 4 0 R>>`, tree, `<</Type/Page/Parent 2 0 R/Resources<<>>>>`, stream),
		"a form": assemble(`<</Type/Catalog/Pages 2 0 R>>`, tree,
			`<</Type/Page/Parent 2 0 R/Contents 5 0 R/Resources<</XObject<</X 4 0 R>>>>>>`,
			streamObject("/Filter/FlateDecode/Type/XObject/Subtype/Form/BBox[0 0 9 9]", whole), streamObject("", "/X Do")),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f, err := pdf.Open(data, pdf.OpenOptions{})
		if err == nil {
			_, err = f.PageText(1)
		}
		runtime.ReadMemStats(&after)
		if want := map[string]string{"metadata": "the metadata has more than"}[name]; !isPDFError(err) ||
			!strings.Contains(err.Error(), stdcmp.Or(want, "decode limit exceeded")) {
			t.Errorf("%s: error %v, want one about the limit", name, err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 10*pdf.MaxDecoded {
			t.Errorf("%s: %d MiB were allocated for a limit of %d MiB", name, took>>20, pdf.MaxDecoded>>20)
		}
	}
}

func TestOpenLimits(t *testing.T) {
	t.Parallel()
	if _, err := pdf.Open(make([]byte, pdf.MaxSize+1), pdf.OpenOptions{}); !isPDFError(err) {
		t.Errorf("too many bytes: error %v", err)
	}
	objects := []string{`<</Type/Catalog/Pages 2 0 R>>`, ""}
	var refs strings.Builder
	for i := range pdf.MaxPages + 1 {
		fmt.Fprintf(&refs, "%d 0 R ", i+3)
		objects = append(objects, `<</Type/Page/Parent 2 0 R>>`)
	}
	objects[1] = fmt.Sprintf(`<</Type/Pages/Kids[%s]/Count %d/MediaBox[0 0 9 9]>>`, refs.String(), pdf.MaxPages+1)
	if _, err := pdf.Open(assemble(objects...), pdf.OpenOptions{}); err == nil || !strings.Contains(err.Error(), "5001 pages") {
		t.Errorf("too many pages: error %v", err)
	}
}

func TestGuard(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]func() error{
		"a panic with a text":  func() error { panic("help") },
		"a panic with a value": func() error { panic(errors.New("help")) },
		"an index too far":     func() error { s := []error{}; return s[len(s)] },
		"an error":             func() error { return errors.New("help") },
	} {
		if err := pdf.Guard("doing it", f); !isPDFError(err) || !strings.HasPrefix(err.Error(), "pdf: doing it: ") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if err := pdf.Guard("doing it", func() error { return nil }); err != nil {
		t.Errorf("nothing: error %v", err)
	}
}

// TestConcurrent runs different work on documents of their own at the same time; it is for the race detector.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	text, form := plain(t, "many", 3), formPDF()
	work := []func() error{
		func() error {
			_, _, err := pdf.Fill(form, []byte(application), pdf.FillOptions{Flatten: true, Time: time.Now()})
			return err
		},
		func() error { _, _, err := pdf.Fill(form, []byte(application), pdf.FillOptions{}); return err },
		func() error { _, err := pdf.SetInfo(text, map[string]string{"Title": "x"}); return err },
		func() error {
			f, err := pdf.Open(text, pdf.OpenOptions{})
			if err != nil {
				return err
			}
			return errors.Join(exercise(f)...)
		},
		func() error {
			conf := pdf.Configuration()
			conf.UserPW, conf.OwnerPW = "a", "b"
			return api.Encrypt(bytes.NewReader(text), &bytes.Buffer{}, conf)
		},
		func() error {
			wm, err := api.TextWatermark("draft", "font:Helvetica", true, false, types.POINTS)
			if err != nil {
				return err
			}
			return api.AddWatermarks(bytes.NewReader(text), &bytes.Buffer{}, nil, wm, pdf.Configuration())
		},
		func() error {
			return api.MergeRaw(readers(text, form), &bytes.Buffer{}, false, pdf.Configuration())
		},
		func() error { return api.Validate(bytes.NewReader(text), pdf.Configuration()) },
	}
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for range 3 {
				if err := work[i%len(work)](); err != nil {
					t.Errorf("work %d: %v", i%len(work), err)
				}
			}
		})
	}
	wg.Wait()
}

func readers(all ...[]byte) []io.ReadSeeker {
	var rs []io.ReadSeeker
	for _, b := range all {
		rs = append(rs, bytes.NewReader(b))
	}
	return rs
}

// TestNoFolder checks that pdfcpu leaves the user's configuration alone, in a home of its own.
func TestNoFolder(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "config"))
	if _, _, err := pdf.Fill(formPDF(), []byte(application), pdf.FillOptions{Flatten: true}); err != nil {
		t.Fatal(err)
	}
	if model.ConfigPath != "disable" {
		t.Errorf("the folder is %q", model.ConfigPath)
	}
	if left, err := os.ReadDir(home); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, error %v", left, err)
	}
}
