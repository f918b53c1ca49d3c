package credentials_test

import (
	"encoding/base64"
	"errors"
	"testing"

	"github.com/imsx/imsx/credentials"
	"github.com/imsx/imsx/secret"
)

func FuzzParse(f *testing.F) {
	p := validPair(f, 0)
	for _, tt := range formatCases(f, p) {
		f.Add([]byte(tt.text))
	}
	for _, s := range []string{
		"", "\ufeff{}", "[]", "[{}]", `"{}"`, "{", `{"a":1,"a":2}`, "a: 1\nb: [x, y]\n", "a: &x 1\nb: *x\n", "<html>",
		"A=1\nB='x\ny'\n", "export A=\"x\\n\" # c\r\n", `{"ok":false,"statusCode":403}`, "eyJhbGciOi.e30.x",
		base64.StdEncoding.EncodeToString([]byte(toJSON(f, oauthFile()))), p.pkcs1(), p.cert(), string(p.certDER),
	} {
		f.Add([]byte(s))
	}
	opts := credentials.Options{Passphrase: secret.New("x")}
	f.Fuzz(func(t *testing.T, data []byte) {
		set, err := credentials.Parse(data, opts)
		if err != nil {
			onlyError(t, err)
			return
		}
		again, err := credentials.Parse(data, opts)
		if err != nil {
			t.Fatalf("accepted once, then refused: %v", err)
		}
		if got, want := dump(again), dump(set); got != want {
			t.Errorf("two readings differ:\n%s\n%s", got, want)
		}
		if len(set.All()) == 0 {
			t.Error("accepted without a credential")
		}
		if _, err := set.Select(""); err != nil {
			onlyError(t, err)
		}
		for _, c := range set.All() {
			c.Check(today)
			if c.Kind == credentials.KindServiceAccount && (len(c.Keys) == 0 || c.Keys[0].Signer == nil) {
				t.Error("a service account without a key")
			}
		}
	})
}

func onlyError(t *testing.T, err error) {
	t.Helper()
	var e *credentials.Error
	if !errors.As(err, &e) || error(e) != err {
		t.Fatalf("got a %T: %v", err, err)
	}
	if e.Reason == "" || e.Error() == "" || e.Hint() == "" {
		t.Errorf("an error without reason, text or hint: %#v", e)
	}
}

func FuzzParseKey(f *testing.F) {
	p := validPair(f, 0)
	for _, tt := range keyCases(f, p) {
		f.Add([]byte(tt.text), tt.passphrase)
	}
	for _, tt := range badKeyCases(f, p) {
		f.Add([]byte(tt.text), tt.passphrase)
	}
	f.Fuzz(func(t *testing.T, text []byte, passphrase string) {
		s, _, err := credentials.ParseKey(text, secret.New(passphrase))
		if (s == nil) == (err == nil) {
			t.Fatalf("got signer %v and error %v", s, err)
		}
		if err != nil {
			onlyError(t, err)
		}
	})
}

func FuzzDotenv(f *testing.F) {
	for _, s := range []string{
		"CLIENT_ID=a\nCLIENT_SECRET=b\nSCOPES=c,d\n", "export CLIENT_ID = 'a'\r\nCLIENT_SECRET=\"b\\\"c\"\nSCOPES=c # d\n",
		"# c\n! d\nCLIENT_ID=a\nCLIENT_SECRET='b\nc'\nSCOPES=[\"x\"]\n", "A=\"", "A='b' c", "AIO_ims_contexts_a__b_client__id=x",
		"aio_api_key=a\naio_client_secret=b\naio_oauth_scopes=c\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		set, err := credentials.Parse([]byte("CLIENT_SECRET=x\n"+text), credentials.Options{})
		if err != nil {
			onlyError(t, err)
			return
		}
		again, err := credentials.Parse([]byte("CLIENT_SECRET=x\n"+text+"\n# comment\n"), credentials.Options{})
		if err != nil {
			t.Fatalf("a comment at the end makes it an error: %v", err)
		}
		if got, want := dump(again), dump(set); got != want {
			t.Errorf("a comment at the end changes the result:\n%s\n%s", got, want)
		}
	})
}
