package printer_test

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/ascii85"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/imsx/imsx/emulator/forms/page"
	"github.com/imsx/imsx/emulator/forms/printer"
)

func TestPostScriptComments(t *testing.T) {
	t.Parallel()
	d := everything(t)
	d.Title = strings.Repeat("Ä (long) title ", 40) + "\n%%EOF"
	d.Pages = append(d.Pages, page.Page{Width: 841.89, Height: 595.28})
	got := written(t, func(w io.Writer, d *page.Document) error {
		return printer.PostScript(w, d, printer.PostScriptOptions{Level: 3, Copies: 4, Duplex: printer.ShortEdge})
	}, d)
	for _, want := range []string{
		"%!PS-Adobe-3.0\n", "\n%%LanguageLevel: 3\n", "\n%%Title: (A \\(long\\) title ", "\n%%Pages: 2\n", "\n%%BoundingBox: 0 0 842 596\n",
		"\n%%HiResBoundingBox: 0 0 841.89 595.28\n", "\n%%Requirements: numcopies(4) duplex(tumble)\n", "\n%%EndComments\n",
		"\n%%DocumentNeededResources: font Helvetica\n", "\n<< /NumCopies 4 >> ask\n", "\n<< /Duplex true /Tumble true >> ask\n",
		"\n%%Page: 1 1\n%%PageBoundingBox: 0 0 288 432\n", "\n%%Page: 2 2\n%%PageBoundingBox: 0 0 842 596\n", "\n%%Trailer\n%%EOF\n",
	} {
		if strings.Count(got, want) != 1 && !strings.HasPrefix(got, want) {
			t.Errorf("%q does not come once", want)
		}
	}
	for lines := bufio.NewScanner(strings.NewReader(got)); lines.Scan(); {
		if len(lines.Text()) > 255 {
			t.Errorf("a line has %d characters: %.60s…", len(lines.Text()), lines.Text())
		}
	}
	if i := strings.IndexFunc(got, func(r rune) bool { return r > '~' || r < ' ' && r != '\n' }); i >= 0 {
		t.Errorf("not clean: %q", got[i:min(i+20, len(got))])
	}
}

var psImage = regexp.MustCompile(`(?s)/Width (\d+) /Height (\d+).*?/(RunLength|Flate)Decode filter >> image\n(.*?)~>`)

// readImage returns the samples of the only image.
func readImage(t *rapid.T, ps string) []byte {
	m := psImage.FindStringSubmatch(ps)
	if m == nil {
		t.Fatal("no image")
	}
	packed, err := io.ReadAll(ascii85.NewDecoder(strings.NewReader(m[4])))
	if err != nil {
		t.Fatal(err)
	}
	if m[3] == "RunLength" {
		return unpackRuns(t, packed)
	}
	z, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func unpackRuns(t *rapid.T, b []byte) []byte {
	var all []byte
	for i := 0; i < len(b); {
		n := int(b[i])
		switch {
		case n == 128:
			if i != len(b)-1 {
				t.Fatalf("%d bytes after the end", len(b)-1-i)
			}
			return all
		case n < 128:
			all = append(all, b[i+1:i+2+n]...)
			i += 2 + n
		default:
			all = append(all, bytes.Repeat(b[i+1:i+2], 257-n)...)
			i += 2
		}
	}
	t.Fatal("the data does not end")
	return nil
}

func TestPostScriptImages(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 90).Draw(t, "width"), rapid.IntRange(1, 20).Draw(t, "height")
		img := image.NewRGBA(image.Rect(0, 0, w, h))
		var want []byte
		run, c := 0, color.RGBA{A: 255}
		for y := range h {
			for x := range w {
				if run--; run < 0 {
					run = rapid.IntRange(0, 60).Draw(t, "run")
					v := rapid.Uint16().Draw(t, "color")
					c = color.RGBA{byte(v), byte(v >> 4), byte(v >> 8), 255}
				}
				img.SetRGBA(x, y, c)
				want = append(want, c.R, c.G, c.B)
			}
		}
		var b, ps bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		d := label(page.Image{W: 10, H: 10, Format: "png", Data: b.Bytes()})
		level := rapid.SampledFrom([]int{2, 3}).Draw(t, "level")
		if err := printer.PostScript(&ps, d, printer.PostScriptOptions{Level: level}); err != nil {
			t.Fatal(err)
		}
		if got := readImage(t, ps.String()); !bytes.Equal(got, want) {
			t.Errorf("got %d samples, want %d, or others", len(got), len(want))
		}
		if strings.Contains(psImage.FindStringSubmatch(ps.String())[4], "\n%") {
			t.Error("a line of data looks like a comment")
		}
	})
}

// A picture of many pixels takes few bytes. It must not take much more memory than it says.
func TestImagesPastTheLimit(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 16, 16)), nil); err != nil {
		t.Fatal(err)
	}
	huge := bytes.Clone(b.Bytes())
	at := bytes.Index(huge, []byte{0xFF, 0xC0}) // start of frame: length, bits, height, width
	copy(huge[at+5:], []byte{0x27, 0x10, 0x27, 0x10})
	ok, past := page.Image{W: 10, H: 10, Data: b.Bytes()}, page.Image{W: 10, H: 10, Data: huge}
	got := written(t, languages["PostScript"], label(ok, past, ok))
	if n := strings.Count(got, " image\n"); n != 2 {
		t.Errorf("got %d images, want the 2 that are small", n)
	}
	if n := strings.Count(got, " R stroke\n"); n != 1 {
		t.Errorf("got %d frames, want 1", n)
	}
}

// ghostscript runs the interpreter on a document and returns the folder of its output.
func ghostscript(t *testing.T, ps string, args ...string) string {
	t.Helper()
	gs, err := exec.LookPath("gs")
	if err != nil {
		t.Skip("no PostScript interpreter (gs) is installed, so that what it makes of the document is not checked")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "in.ps"), []byte(ps), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), gs, append(args, "-q", "-dBATCH", "-dNOPAUSE", "-dSAFER", "in.ps")...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("gs: %v\n%s", err, out)
	}
	return dir
}

func TestGhostscriptPaints(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"PostScript", "PostScript 3"} {
		d := everything(t)
		d.Pages = append(d.Pages, page.Page{Width: 100, Height: 50})
		dir := ghostscript(t, written(t, languages[name], d), "-sDEVICE=png16m", "-r72", "-sOutputFile=%d.png")
		f, err := os.Open(filepath.Join(dir, "1.png"))
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if got := img.Bounds().Size(); got != (image.Point{288, 432}) {
			t.Errorf("%s: the first page has %v pixels", name, got)
		}
		for what, c := range map[string]struct {
			x, y int
			want color.RGBA
		}{
			"paper": {270, 10, color.RGBA{255, 255, 255, 255}}, "filled rectangle": {200, 225, color.RGBA{200, 0, 0, 255}},
			"inside of the round corners": {70, 225, color.RGBA{230, 230, 230, 255}}, "line": {150, 50, color.RGBA{200, 0, 0, 255}},
			"outside of a round corner": {21, 201, color.RGBA{255, 255, 255, 255}}, "image": {30, 310, color.RGBA{255, 0, 0, 255}},
			"translucent pixel": {110, 340, color.RGBA{127, 127, 255, 255}},
		} {
			r, g, b, _ := img.At(c.x, c.y).RGBA()
			got := color.RGBA{byte(r >> 8), byte(g >> 8), byte(b >> 8), 255}
			if got != c.want {
				t.Errorf("%s: %s is %v, want %v", name, what, got, c.want)
			}
		}
		if _, err := os.Stat(filepath.Join(dir, "2.png")); err != nil {
			t.Errorf("%s: the second page: %v", name, err)
		}
	}
}

func TestGhostscriptReadsTexts(t *testing.T) {
	t.Parallel()
	d := label(text(20, 40, `Größe (5 €) \ “quoted”`), text(20, 80, strings.Repeat("long ", 60)))
	ps := written(t, languages["PostScript"], d)
	out, err := os.ReadFile(filepath.Join(ghostscript(t, ps, "-sDEVICE=txtwrite", "-sOutputFile=out.txt"), "out.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`Größe (5 €) \ “quoted”`, "long long long"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in %q", want, out)
		}
	}
}
