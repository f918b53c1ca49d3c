package console

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/imsx/imsx/secret"
)

const (
	sessionCookie = "imsx_console"
	sessionLife   = 12 * time.Hour
)

// sessions makes and checks the cookies of browsers that were signed in. A cookie is the time of its end and a MAC over
// it, under a key that is new in each server: nothing is stored, and the control key is not in it.
type sessions struct {
	enabled bool
	mac     []byte
}

func newSessions(key secret.Text) sessions {
	mac := make([]byte, sha256.Size)
	_, _ = rand.Read(mac)
	return sessions{enabled: !key.IsZero(), mac: mac}
}

func (s sessions) sum(expiry string) string {
	h := hmac.New(sha256.New, s.mac)
	_, _ = h.Write([]byte("console session " + expiry))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// cookie returns a new session's cookie. It is sent by no page of another site, and read by no script.
func (s sessions) cookie(r *http.Request) *http.Cookie {
	expiry := strconv.FormatInt(time.Now().Add(sessionLife).Unix(), 10)
	return &http.Cookie{
		Name: sessionCookie, Value: expiry + "." + s.sum(expiry), Path: Prefix, MaxAge: int(sessionLife / time.Second),
		Secure: r.TLS != nil, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
}

// ended returns the cookie that makes a browser forget its session.
func (s sessions) ended(r *http.Request) *http.Cookie {
	c := s.cookie(r)
	c.Value, c.MaxAge = "", -1
	return c
}

// valid reports whether a request carries a session that has not ended.
func (s sessions) valid(r *http.Request) bool {
	c, err := r.Cookie(sessionCookie)
	if err != nil || !s.enabled {
		return false
	}
	expiry, sum, _ := strings.Cut(c.Value, ".")
	if !hmac.Equal([]byte(sum), []byte(s.sum(expiry))) {
		return false
	}
	end, err := strconv.ParseInt(expiry, 10, 64)
	return err == nil && time.Now().Unix() < end
}
